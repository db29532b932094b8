"""Splits labelled texts into parts that share no near-duplicates.

Near-duplicates are found by MinHash (Broder 1997) over character 5-grams with banding: two texts that agree in a band
are put into one group, and groups go into a part whole. A post and its copies never stand on both sides of a
measurement.
"""

import re
from collections.abc import Mapping, Sequence
from random import Random

import numpy as np
import numpy.typing as npt

from training.corpus import PLACEHOLDER

HASHES, BANDS = 64, 16
"""With 16 bands of 4, texts with half of their shingles in common meet with a chance of .64, with .7 of them .99."""

SHINGLE = 5
_PRIME = (1 << 61) - 1

Groups = npt.NDArray[np.int64]


def near_duplicates(texts: Sequence[str]) -> Groups:
    """A group number a text, shape (texts,); near-duplicates have the same."""
    chance = Random(0)  # noqa: S311 - hash functions, not secrets
    factors = np.array([chance.randrange(1, 1 << 31) for _ in range(HASHES)], np.uint64)
    offsets = np.array([chance.randrange(1 << 31) for _ in range(HASHES)], np.uint64)
    parents = list(range(len(texts)))
    buckets: dict[tuple[int, bytes], int] = {}
    for row, text in enumerate(texts):
        signature = _signature(text, factors, offsets)
        for band, part in enumerate(np.split(signature, BANDS)):
            other = buckets.setdefault((band, part.tobytes()), row)
            parents[_root(parents, row)] = _root(parents, other)
    return np.array([_root(parents, row) for row in range(len(texts))], np.int64)


def split(groups: Groups, shares: Mapping[str, float], *, seed: int) -> list[str]:
    """A part for each row: whole groups, dealt in a shuffled order to the part that is furthest below its share."""
    members: dict[int, list[int]] = {}
    for row, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(row)
    order = sorted(members)
    Random(seed).shuffle(order)  # noqa: S311
    order.sort(key=lambda group: -len(members[group]))
    counts = dict.fromkeys(shares, 0)
    parts = [""] * len(groups)
    for group in order:
        part = max(shares, key=lambda name: shares[name] * (len(groups)) - counts[name])
        counts[part] += len(members[group])
        for row in members[group]:
            parts[row] = part
    return parts


def _signature(text: str, factors: npt.NDArray[np.uint64], offsets: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    plain = re.sub(r"\W+", " ", PLACEHOLDER.sub(" ", text)).casefold().strip() or text
    shingles = {plain[start : start + SHINGLE] for start in range(max(1, len(plain) - SHINGLE + 1))}
    values = np.array([_hash(one) for one in sorted(shingles)], np.uint64)
    mixed = (values[:, None] * factors + offsets) % np.uint64(_PRIME)
    lowest: npt.NDArray[np.uint64] = mixed.min(axis=0)
    return lowest


def _hash(text: str) -> int:
    """FNV-1a, 32 bits: the same on every machine and in every run."""
    value = 2166136261
    for byte in text.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


def _root(parents: list[int], row: int) -> int:
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row
