"""Which words moved a score: the spans a reviewer sees marked.

For a linear model the answer is exact: the raw score is the sum of its features' weights, each feature belongs to one
word, and so each word has a share. A long run without spaces is narrowed to the stretch that
carries the share. For an encoder the answer is an experiment: leave out one word at a time and see how far the
probability falls (occlusion; Zeiler and Fergus 2014). Says what the model looked at, not whether it was right to.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from detector.domain import Passage, Span
from detector.normalize import Normalized

Shares = npt.NDArray[np.float32]

MOST = 3
"""Spans given for a label."""

LONG = 14
"""Code points above which a word is narrowed."""

MOST_OCCLUDED = 24
"""Stretches of a text that are left out in turn; in a longer text each holds several words."""

_STRETCH = re.compile(rf"[^\W_]{{1,{LONG}}}|[^\s\w]+")


def top_words(shares: Shares) -> list[int]:
    """The words that raised a score most, best first.

    Args:
        shares: What each word added to the raw score, shape (words,).

    Returns:
        At most `MOST` indices, all with a positive share; words with less than a tenth of the best are left out.
    """
    if not len(shares):
        return []
    order = np.argsort(-shares, kind="stable")[:MOST]
    least = max(float(shares[order[0]]) / 10, 1e-9)
    return [int(word) for word in order if shares[word] >= least]


def narrowed(weights: Sequence[float], length: int, lengths: range) -> tuple[int, int]:
    """The stretch of a word that carries most of its share (maximum sum above the word's mean: Kadane's algorithm).

    Args:
        weights: The weight of each n-gram of the word, in the order of `hashing`: by start (the border before the word
            first), then by length.
        length: Code points of the word.
        lengths: Lengths of the n-grams.

    Returns:
        Start (inclusive) and end (exclusive) within the word.
    """
    shares = np.zeros(length + 2)
    places = ((start, n) for start in range(length + 2) for n in lengths if start + n <= length + 2)
    for (start, n), weight in zip(places, weights, strict=False):
        shares[start : start + n] += weight / n
    return _best_stretch(shares[1:-1] - shares[1:-1].mean())


def _best_stretch(values: npt.NDArray[np.float64]) -> tuple[int, int]:
    best, best_span = -np.inf, (0, len(values))
    total, start = 0.0, 0
    for place, value in enumerate(values):
        if total <= 0:
            total, start = 0.0, place
        total += float(value)
        if total > best:
            best, best_span = total, (start, place + 1)
    return best_span


def original_spans(text: Normalized, places: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
    """Spans of the original text behind stretches of the normalised one, empty stretches left out."""
    return tuple(text.original(start, end) for start, end in places if start < end)


def occlusions(passage: Passage) -> list[Span]:
    """The stretches of a text to leave out in turn: its words, in pieces where they are long, the targets aside."""
    words = [
        Span(start=found.start(), end=found.end())
        for found in _STRETCH.finditer(passage.text)
        if all(found.end() <= one.start or one.end <= found.start() for one in (*passage.targets, *passage.others))
    ]
    each = -(-len(words) // MOST_OCCLUDED) if words else 1
    groups = [words[start : start + each] for start in range(0, len(words), each)]
    return [Span(start=group[0].start, end=group[-1].end) for group in groups]


def told_by(spans: Sequence[Span], drops: Sequence[float]) -> tuple[Span, ...]:
    """The spans whose absence lowers a score most, best first, at most `MOST`."""
    return tuple(spans[place] for place in top_words(np.asarray(drops, np.float32)))
