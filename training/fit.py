"""Fits the heads of the n-gram model: masked logistic regression, all heads at once, by Adagrad.

One pass over a row updates every head that it teaches and no other. Groups have intercepts of their own, which the
model forgets. The result is quantised to 8 bits with one scale a head. Method: Duchi, Hazan and Singer 2011.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.normalize import normalize
from detector.text.hashing import Grams, compiled, cut
from detector.text.ngram import Linear
from training.recipe import Fit
from training.supervision import Supervision

Progress = Callable[[str, float], None]
"""Told what is being done and how much of it is done (0-1)."""

CHUNK = 5_000
"""Texts cut at a time."""

_EPSILON = np.float32(1e-8)
_STEPS = 127  # of an int8, on either side of zero


@dataclass(frozen=True, slots=True)
class Rows:
    """Hashed texts: text i has `features[indptr[i]:indptr[i + 1]]`."""

    features: npt.NDArray[np.uint32]
    indptr: npt.NDArray[np.int64]


def hashed(texts: Sequence[str], grams: Grams, progress: Progress) -> Rows:
    """Normalise and hash texts, as the model will see them."""
    features, sizes = [np.empty(0, np.uint32)], [np.zeros(1, np.int64)]
    for start in range(0, len(texts), CHUNK):
        words = cut([normalize(text).text for text in texts[start : start + CHUNK]], grams)
        features.append(words.features)
        sizes.append(np.diff(words.indptr))
        progress("reading texts", min(1.0, (start + CHUNK) / len(texts)))
    return Rows(np.concatenate(features), np.cumsum(np.concatenate(sizes)))


def fit_heads(rows: Rows, supervision: Supervision, *, grams: Grams, fit: Fit, progress: Progress) -> Linear:
    """Fit every head and quantise.

    Args:
        rows: Hashed texts.
        supervision: What they teach; a head that nothing teaches keeps weights of zero.
        grams: What was hashed.
        fit: Step, penalty, passes, seed.
        progress: Told after each pass.
    """
    heads = supervision.targets.shape[1]
    weights = np.zeros((1 << grams.bits, heads), np.float32)
    squares = np.full_like(weights, _EPSILON)
    # Column 0 of the last axis: the intercept; column 1: its sum of squared gradients.
    groups = np.zeros((int(supervision.groups.max(initial=0)) + 1, heads, 2), np.float32)
    random = np.random.default_rng(fit.seed)
    useful = np.flatnonzero(supervision.weights.any(axis=1) & (np.diff(rows.indptr) > 0))
    for epoch in range(fit.epochs):
        _epoch(
            (rows.features, rows.indptr, random.permutation(useful)),
            (supervision.targets, supervision.weights, supervision.groups),
            (weights, squares, groups),
            (np.float32(fit.rate), np.float32(fit.ridge)),
        )
        progress("fitting", (epoch + 1) / fit.epochs)
    return quantised(weights, grams)


def quantised(weights: npt.NDArray[np.float32], grams: Grams) -> Linear:
    """8-bit weights with one scale a head: errors of single features cancel in the sum over a text."""
    largest = np.abs(weights).max(axis=0)
    scales = np.where(largest > 0, largest / _STEPS, 1).astype(np.float32)
    return Linear(np.rint(weights / scales).astype(np.int8), scales, grams)


_Data = tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], npt.NDArray[np.int64]]
_Lessons = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.int32]]
_State = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]


@compiled
def _gradients(
    row: int, score: npt.NDArray[np.float32], lessons: _Lessons, groups: npt.NDArray[np.float32], rate: np.float32
) -> npt.NDArray[np.float32]:
    """The gradient of each head's loss by its score, 0 where the row does not teach it; moves the group's intercept."""
    targets, row_weights, row_groups = lessons
    group = groups[row_groups[row]]
    out = np.zeros(len(score), np.float32)
    for head in range(len(score)):
        weight = row_weights[row, head]
        if weight > 0:
            chance = np.float32(1) / (np.float32(1) + np.exp(-(score[head] + group[head, 0])))
            out[head] = weight * (chance - targets[row, head])
            group[head, 1] += out[head] * out[head]
            group[head, 0] -= rate * out[head] / np.sqrt(group[head, 1] + np.float32(1e-8))
    return out


@compiled
def _epoch(data: _Data, lessons: _Lessons, state: _State, steps: tuple[np.float32, np.float32]) -> None:
    features, indptr, order = data
    weights, squares, groups = state
    rate, ridge = steps
    heads = weights.shape[1]
    score = np.empty(heads, np.float32)
    for row in order:
        start, end = indptr[row], indptr[row + 1]
        size = np.float32(1) / np.sqrt(np.float32(end - start))
        score[:] = 0
        for place in range(start, end):
            for head in range(heads):
                score[head] += weights[features[place], head]
        gradient = _gradients(row, score * size, lessons, groups, rate) * size
        for place in range(start, end):
            feature = features[place]
            for head in range(heads):
                if gradient[head] != 0:
                    slope = gradient[head] + ridge * weights[feature, head]
                    squares[feature, head] += slope * slope
                    weights[feature, head] -= rate * slope / np.sqrt(squares[feature, head])
