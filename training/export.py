"""From a fitted network to files that run without torch: a graph for onnxruntime and a tokeniser, both pruned.

What is kept exact and what is not:

- Embeddings keep the pretrained encoder's own 4 bits a weight where the base has them (they were frozen), so packing
  loses nothing; other bases are packed the same way and lose a little. The graph unpacks rows as it looks them up.
- Matrices become 8-bit integers in blocks with a scale each; activations are quantised in the same blocks as they come.
- The vocabulary loses pieces that the training texts hardly use. Every single character stays, so any text can be read.
"""

import json
import logging
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from torch import nn

from detector.text.marking import MARKS
from training.network import Network
from training.wheel_encoder import BLOCK

OPSET = 17
EACH_SCRIPT = 2_500
"""Pieces of a script that are kept however seldom the training texts use them."""

MATRIX_BLOCK = 128
INT8 = 4
"""onnxruntime's `accuracy_level` for 8-bit arithmetic."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """A pruned tokeniser, and for each of its ids the row of the unpruned embeddings (marks have none)."""

    tokenizer: Tokenizer
    rows: npt.NDArray[np.int64]


def counted(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[int]:
    """How often each piece occurs in texts."""
    counts: Counter[int] = Counter()
    batch: list[str] = []
    tokenizer.no_truncation()
    tokenizer.no_padding()
    for text in texts:
        batch.append(text)
        if len(batch) == 4096:
            for one in tokenizer.encode_batch(batch, add_special_tokens=False):
                counts.update(one.ids)
            batch = []
    for one in tokenizer.encode_batch(batch, add_special_tokens=False):
        counts.update(one.ids)
    return counts


def pruned(tokenizer: Tokenizer, counts: Counter[int], *, most: int) -> Vocabulary:
    """Keep special tokens, single characters, the commonest pieces of every script, and what the texts use most.

    The commonest pieces of a script are those that the tokeniser itself scores highest (log probabilities in what it
    was pretrained on): a language that no training text is in would otherwise be spelt letter by letter.

    Args:
        tokenizer: A Unigram tokeniser that knows the marks.
        counts: From `counted`.
        most: Pieces to keep in all, marks aside.
    """
    state = json.loads(tokenizer.to_str())
    pieces: list[list[Any]] = state["model"]["vocab"]
    special = {entry["id"] for entry in state["added_tokens"] if entry["content"] not in MARKS}
    short = {place for place, (piece, _) in enumerate(pieces) if len(piece.strip("▁")) <= 1}
    kept = special | short | set(range(5)) | set(_commonest(pieces))
    for place, _count in counts.most_common():
        if len(kept) >= most:
            break
        if place < len(pieces):
            kept.add(place)
    rows = sorted(kept)
    new = {old: place for place, old in enumerate(rows)}
    state["model"]["vocab"] = [pieces[row] for row in rows if row < len(pieces)]
    state["model"]["unk_id"] = new[state["model"]["unk_id"]]
    for entry in state["added_tokens"]:
        marks = entry["content"] in MARKS
        entry["id"] = len(rows) + MARKS.index(entry["content"]) if marks else new[entry["id"]]
    state["truncation"] = state["padding"] = None
    _renumber(state.get("post_processor"), new)
    return Vocabulary(tokenizer=Tokenizer.from_str(json.dumps(state)), rows=np.array(rows, np.int64))


def _commonest(pieces: list[list[Any]]) -> Iterator[int]:
    """The ids of the commonest pieces of each script."""
    by_script: dict[str, list[int]] = {}
    for place, (piece, _) in enumerate(pieces):
        letters = [character for character in piece if character.isalpha()]
        if letters:
            # "GREEK SMALL LETTER ALPHA": the first word of a letter's name is its script.
            by_script.setdefault(unicodedata.name(letters[0], "").partition(" ")[0], []).append(place)
    for places in by_script.values():
        yield from sorted(places, key=lambda place: -float(pieces[place][1]))[:EACH_SCRIPT]


def unpruned(tokenizer: Tokenizer, network: Network) -> Vocabulary:
    """Every piece of a tokeniser that knows the marks, such as one that was pruned before."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Vocabulary(tokenizer=tokenizer, rows=np.arange(network.first_mark, dtype=np.int64))


def _renumber(part: Any, new: dict[int, int]) -> None:
    """Ids inside a post-processor, wherever they stand."""
    for special in (part or {}).get("special_tokens", {}).values():
        special["ids"] = [new[one] for one in special["ids"]]


class Tail(nn.Module):
    """The network above its embeddings: what is exported through torch."""

    def __init__(self, network: Network, first_mark: int) -> None:
        super().__init__()
        self.network = network
        self.first_mark = first_mark

    def forward(self, plain: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Raw scores from looked-up embeddings; see `Network.forward`."""
        return self.network.heads_over(plain, ids, mask, self.first_mark)


def exported(network: Network, vocabulary: Vocabulary, *, exact: bool = False) -> bytes:
    """The graph: inputs `ids`, `mask` (int64, posts x tokens); outputs `anybody`, `target` (float, posts x heads).

    Args:
        network: Fitted, on the CPU.
        vocabulary: The pruned tokeniser that will feed it.
        exact: Leave everything but the embeddings in fp32 (the reference for parity).
    """
    network = network.eval()
    size = network.encoder.config.hidden_size
    first = len(vocabulary.rows)
    ids = torch.tensor([[0, 5, first + 1, 2], [0, 6, 2, 1]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    buffer = BytesIO()
    axes = {0: "posts", 1: "tokens"}
    with warnings.catch_warnings():
        # torch would have everybody move to its new exporter, whose graphs onnxruntime does not quantise yet.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Tail(network, first),
            (torch.zeros(2, 4, size), ids, mask),
            buffer,  # type: ignore[arg-type]  # a file-like object is taken
            input_names=["plain", "ids", "mask"],
            output_names=["anybody", "target"],
            dynamic_axes={"plain": axes, "ids": axes, "mask": axes, "anybody": {0: "posts"}, "target": {0: "posts"}},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load_from_string(buffer.getvalue())
    if not exact:
        model = quantised(model)
    table = network.encoder.embeddings.word_embeddings.weight.detach().numpy()[vocabulary.rows]
    packed: bytes = with_embeddings(model, table).SerializeToString()
    return packed


def with_embeddings(model: onnx.ModelProto, table: Floats) -> onnx.ModelProto:
    """Put the look-up of packed embeddings before a graph that wants them as its input `plain`.

    Args:
        model: From `Tail`; changed.
        table: Shape (pieces, size). Marks look up row 0; the graph replaces them.
    """
    packed, scales = packed_rows(table)
    graph = model.graph
    data = TensorProto(name="words", data_type=TensorProto.INT4, dims=table.shape, raw_data=packed.tobytes())
    graph.initializer.extend([data, numpy_helper.from_array(scales, "word_scales")])
    graph.initializer.append(numpy_helper.from_array(np.array(len(table), np.int64), "pieces"))
    graph.initializer.append(numpy_helper.from_array(np.array(0, np.int64), "nothing"))
    nodes = [
        helper.make_node("Less", ["ids", "pieces"], ["is_piece"]),
        helper.make_node("Where", ["is_piece", "ids", "nothing"], ["piece_ids"]),
        helper.make_node(
            "GatherBlockQuantized",
            ["words", "piece_ids", "word_scales"],
            ["plain16"],
            domain="com.microsoft",
            block_size=BLOCK,
            gather_axis=0,
            quantize_axis=1,
        ),
        helper.make_node("Cast", ["plain16"], ["plain"], to=TensorProto.FLOAT),
    ]
    for place, node in enumerate(nodes):
        graph.node.insert(place, node)
    kept = [one for one in graph.input if one.name != "plain"]
    del graph.input[:]
    graph.input.extend(kept)
    if not any(one.domain == "com.microsoft" for one in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


def packed_rows(table: Floats) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
    """Rows at 4 bits a weight, two a byte (first in the low nibble), a scale for each 32.

    weight = nibble (two's complement) * scale. The scale is the block's largest weight over -8, the rule by which the
    pretrained file was made, so that its rows come back as they were.
    """
    blocks = table.reshape(len(table), -1, BLOCK)
    place = np.abs(blocks).argmax(axis=2, keepdims=True)
    largest = np.take_along_axis(blocks, place, axis=2)
    scales = (largest / -8).astype(np.float16)
    safe = np.where(scales == 0, 1, scales).astype(np.float32)
    weights = np.clip(np.rint(blocks / safe), -8, 7).astype(np.int8)
    nibbles = (weights & 15).astype(np.uint8).reshape(len(table), -1)
    return nibbles[:, 0::2] | nibbles[:, 1::2] << 4, scales[..., 0]


def quantised(model: onnx.ModelProto) -> onnx.ModelProto:
    """Every matrix to 8 bits in blocks, activations to 8 bits in the same blocks as they come.

    Blocks matter: the inputs of the second feed-forward matrix have a few very large values, and one scale for all of
    them (plain dynamic quantisation) changes one decision in twenty.
    """
    from onnxruntime.quantization.matmul_nbits_quantizer import (  # noqa: PLC0415 - slow to import
        DefaultWeightOnlyQuantConfig,
        MatMulNBitsQuantizer,
    )

    config = DefaultWeightOnlyQuantConfig(block_size=MATRIX_BLOCK, is_symmetric=True, accuracy_level=INT8, bits=8)
    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    quantiser = MatMulNBitsQuantizer(model, algo_config=config)
    quantiser.process()
    whole: onnx.ModelProto = quantiser.model.model
    return whole
