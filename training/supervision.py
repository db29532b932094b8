"""What each row teaches each head: its target, how much it counts, and to which group it belongs.

A label that nobody annotated has weight 0 and teaches nothing. A group is a data set in one language: its share of
attacks says how it was collected, so the fit gives every group an intercept of its own and throws it away afterwards.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.domain import Label
from detector.text.bundle import HOSTILITY
from training.examples import UNKNOWN, Examples, Marks
from training.recipe import Fit, Hints

Floats = npt.NDArray[np.float32]
Groups = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Supervision:
    """`targets` (0-1) and `weights` (0: not taught) of shape (rows, heads); `groups` of shape (rows,), from 0 up."""

    targets: Floats
    weights: Floats
    groups: Groups


def supervise(
    examples: Examples, heads: Sequence[str], *, fit: Fit, hints: Hints, set_weights: Mapping[str, float]
) -> Supervision:
    """Turn annotations into targets and weights.

    Args:
        examples: The rows to learn from.
        heads: Labels, in the order of the columns.
        fit: How languages and rare labels are weighed.
        hints: What `offensive` says about insult.
        set_weights: How much the rows of a set count.
    """
    groups = group_numbers(examples)
    marks = np.stack([examples.marks(head) for head in heads], axis=1)
    annotated = taught(marks, groups, fewest=fit.fewest)
    targets = np.where(marks == 1, 1, 0).astype(np.float32)
    weights = annotated.astype(np.float32)
    if Label.INSULT.value in heads:
        column = list(heads).index(Label.INSULT.value)
        _hint(targets[:, column], weights[:, column], examples.marks(HOSTILITY), groups, hints=hints, fit=fit)
    weights *= _rarity(targets, weights, fit.rare)
    rows = language_weights(examples.langs, temperature=fit.temperature, heaviest=fit.heaviest)
    rows *= np.array([set_weights[name] for name in examples.sets], np.float32)
    return Supervision(targets, weights * rows[:, None], groups)


def group_numbers(examples: Examples) -> Groups:
    """A number for each pair of set and language, shape (rows,), in order of appearance."""
    numbers: dict[tuple[str, str], int] = {}
    pairs = zip(examples.sets, examples.langs, strict=True)
    return np.array([numbers.setdefault(pair, len(numbers)) for pair in pairs], np.int32)


def taught(marks: Marks, groups: Groups, *, fewest: int) -> npt.NDArray[np.bool_]:
    """Which annotations count: those of groups with at least `fewest` rows of either class for the label.

    Args:
        marks: Annotations, shape (rows, heads).
        groups: Shape (rows,).
        fewest: At least 1 is assumed: one class alone teaches nothing.
    """
    size = int(groups.max(initial=-1)) + 1
    enough = np.empty((size, marks.shape[1]), np.bool_)
    for column in range(marks.shape[1]):
        ones = np.bincount(groups[marks[:, column] == 1], minlength=size)
        zeros = np.bincount(groups[marks[:, column] == 0], minlength=size)
        enough[:, column] = np.minimum(ones, zeros) >= max(fewest, 1)
    result: npt.NDArray[np.bool_] = (marks != UNKNOWN) & enough[groups]
    return result


def language_weights(langs: Sequence[str], *, temperature: float, heaviest: float) -> Floats:
    """A weight a row, mean 1 before capping: rows of a language with n rows count n ** (temperature - 1)."""
    counts = Counter(langs)
    weights = np.array([counts[lang] ** (temperature - 1) for lang in langs], np.float64)
    weights /= weights.mean() if len(weights) else 1
    return np.minimum(weights, heaviest).astype(np.float32)


def _hint(targets: Floats, weights: Floats, offensive: Marks, groups: Groups, *, hints: Hints, fit: Fit) -> None:
    usable = taught(offensive[:, None], groups, fewest=fit.fewest)[:, 0] & (weights == 0)
    for value, weight in ((0, hints.inoffensive), (1, hints.offensive)):
        rows = usable & (offensive == value)
        targets[rows] = value
        weights[rows] = weight


def _rarity(targets: Floats, weights: Floats, most: float) -> Floats:
    positives = (weights * targets).sum(axis=0)
    negatives = (weights * (1 - targets)).sum(axis=0)
    factor = np.sqrt(negatives / np.maximum(positives, 1)).clip(1, most)
    result: Floats = np.where(targets > 0, factor, 1).astype(np.float32)
    return result
