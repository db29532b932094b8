"""A packed encoder, opened again for training: the network that a bundle's graph holds.

Matrices come back as the 8-bit numbers say, embeddings exactly as they were; nothing else was ever rounded. So whoever
has a bundle can teach it more, without the state of the run that made it.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer
from transformers import BertConfig

from detector.errors import BundleError
from detector.text.bundle import Bundle
from detector.text.encoder import GRAPH, TOKENIZER
from detector.text.marking import MARKS
from training.network import Network, plain_bert
from training.wheel_encoder import BLOCK

Floats = npt.NDArray[np.float32]

HEADS = "attention_heads"
"""The setting of a bundle that no weight tells."""


def reopened(bundle: Bundle) -> tuple[Network, Tokenizer]:
    """The network and the tokeniser of an encoder bundle.

    Raises:
        BundleError: Its graph is not one that `training.export` writes.
    """
    try:
        tokenizer = Tokenizer.from_file(str(bundle.file(TOKENIZER)))
        model = onnx.load(str(bundle.file(GRAPH)))
        arrays = {one.name: one for one in model.graph.initializer}
        state = dict(_plain(arrays)) | dict(_matrices(model, arrays))
        table = _embeddings(arrays)
        heads = int(bundle.manifest.settings[HEADS])  # type: ignore[arg-type]
        encoder = plain_bert(_config(state, table, heads))
        network = Network(encoder, first_mark=tokenizer.token_to_id(MARKS[0]) or 0)
        state["encoder.embeddings.word_embeddings.weight"] = torch.from_numpy(table)
        network.load_state_dict(state, strict=True)
    except (KeyError, ValueError, RuntimeError) as error:
        raise BundleError(f"The bundle {bundle.path} cannot be opened for training") from error
    return network.eval(), tokenizer


def _plain(arrays: dict[str, onnx.TensorProto]) -> Iterator[tuple[str, torch.Tensor]]:
    """What was never quantised: biases, norms, heads, marks."""
    for name, one in arrays.items():
        if name.startswith("network."):
            yield name.removeprefix("network."), torch.from_numpy(numpy_helper.to_array(one).copy())


def _matrices(model: onnx.ModelProto, arrays: dict[str, onnx.TensorProto]) -> Iterator[tuple[str, torch.Tensor]]:
    """Weights of the encoder's linear layers, [out, in], named after the module that used them."""
    for node in model.graph.node:
        if node.op_type != "MatMulNBits":
            continue
        packed = numpy_helper.to_array(arrays[node.input[1]]).astype(np.float32)
        scales = numpy_helper.to_array(arrays[node.input[2]]).reshape(*packed.shape[:2], 1)
        inputs = next(one.i for one in node.attribute if one.name == "K")
        weights = ((packed - 128) * scales).reshape(len(packed), -1)[:, :inputs]
        module = node.name.removeprefix("/").rpartition("/")[0].replace("encoder/encoder/", "encoder/encoder.", 1)
        yield f"{module.replace('/', '.')}.weight", torch.from_numpy(np.ascontiguousarray(weights))


def _embeddings(arrays: dict[str, onnx.TensorProto]) -> Floats:
    packed = np.frombuffer(arrays["words"].raw_data, np.uint8)
    size = arrays["words"].dims[1]
    nibbles = np.stack([packed & 15, packed >> 4], axis=-1).reshape(-1, size).astype(np.int8)
    scales = numpy_helper.to_array(arrays["word_scales"]).astype(np.float32)
    weights: Floats = np.where(nibbles > 7, nibbles - 16, nibbles).astype(np.float32) * np.repeat(scales, BLOCK, axis=1)
    return weights


def _config(state: dict[str, torch.Tensor], table: Floats, heads: int) -> BertConfig:
    """The encoder's shape, as its weights tell it."""
    return BertConfig(
        vocab_size=len(table),
        hidden_size=table.shape[1],
        num_hidden_layers=len({name.split(".")[3] for name in state if name.startswith("encoder.encoder.layer.")}),
        num_attention_heads=heads,
        intermediate_size=len(state["encoder.encoder.layer.0.intermediate.dense.bias"]),
        max_position_embeddings=len(state["encoder.embeddings.position_embeddings.weight"]),
        type_vocab_size=len(state["encoder.embeddings.token_type_embeddings.weight"]),
    )
