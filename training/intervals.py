"""How sure a figure is: Wilson's interval for rates, the bootstrap by group for everything else.

All intervals are for 95 %. Rows that belong together (the two halves of a twin) are drawn together, so that their
likeness does not pass for evidence. What these intervals do not hold: that writers, languages and data sets are a
choice, too.
"""

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Groups = npt.NDArray[np.int64]

Z = 1.959963984540054
"""The standard normal's 97.5 % point."""

REPLICATES = 400
"""Draws of a bootstrap: enough for two figures of a percentile interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its interval: `value`, `low` and `high` in one unit; `of` rows (or groups) it rests on.

    A figure that its rows cannot give is no Estimate but None; one without a sensible interval has None for both ends.
    """

    value: float
    low: float | None
    high: float | None
    of: int

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def wilson(hits: int, of: int) -> Estimate | None:
    """A rate with Wilson's score interval (Wilson 1927), which keeps inside 0-1 and is honest at either end.

    Args:
        hits: Successes.
        of: Trials, independent of each other.
    """
    if of == 0:
        return None
    rate, square = hits / of, Z * Z
    middle = (rate + square / (2 * of)) / (1 + square / of)
    half = Z / (1 + square / of) * math.sqrt(rate * (1 - rate) / of + square / (4 * of * of))
    return Estimate(value=rate, low=max(0.0, min(middle - half, rate)), high=min(1.0, max(middle + half, rate)), of=of)


def rate(flags: Truths) -> Estimate | None:
    """The share of true values, with Wilson's interval."""
    return wilson(int(flags.sum()), len(flags))


def group_numbers(names: Sequence[Hashable]) -> Groups:
    """A number for each different name, from 0 up in order of appearance, shape (n,)."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)


def resampled(groups: Groups, *, seed: int, replicates: int = REPLICATES) -> Iterator[Floats]:
    """How often each row is drawn when its groups are drawn with replacement: arrays of shape (rows,)."""
    size = int(groups.max(initial=-1)) + 1
    random = np.random.default_rng(seed)
    for _ in range(replicates if size else 0):
        yield np.bincount(random.integers(0, size, size), minlength=size)[groups].astype(np.float64)


def bootstrap(
    value: float | None, statistic: Callable[[Floats], float | None], groups: Groups, *, seed: int = 0
) -> Estimate | None:
    """A figure with a percentile interval from the bootstrap by group (Efron and Tibshirani 1993).

    Where no draw differs (every row is decided alike), the draws say nothing of how sure the figure is, and there is no
    interval.

    Args:
        value: The figure itself, or None where there is none.
        statistic: The figure from row weights of shape (n,); None where a draw cannot give it (that draw is left out).
        groups: The group of each row, from 0 up, shape (n,).
        seed: Of the draws: two figures on the same groups and seed see the same draws.
    """
    if value is None:
        return None
    compact = np.unique(groups, return_inverse=True)[1]
    found = [statistic(weights) for weights in resampled(compact, seed=seed)]
    known = [one for one in found if one is not None]
    low, high = np.quantile(known, (0.025, 0.975)) if known else (value, value)
    spread = low != high
    return Estimate(
        value=value,
        low=float(low) if spread else None,
        high=float(high) if spread else None,
        of=int(compact.max(initial=-1)) + 1,
    )


def halfway(first: Estimate | None, second: Estimate | None) -> Estimate | None:
    """The mean of two independent rates, by the variance estimates recovered from their intervals.

    (Zou and Donner 2008.) For slices where every bootstrap draw gives the same, which would look like certainty.
    """
    if first is None or second is None:
        return None
    down = math.hypot(first.value - (first.low or 0.0), second.value - (second.low or 0.0)) / 2
    up = math.hypot((first.high or 1.0) - first.value, (second.high or 1.0) - second.value) / 2
    middle = (first.value + second.value) / 2
    return Estimate(value=middle, low=max(0.0, middle - down), high=min(1.0, middle + up), of=first.of + second.of)


def weighted_area(truth: Truths, ranking: Floats) -> Callable[[Floats], float | None]:
    """The area under the curve as a function of row weights; the order of the ranking is worked out once.

    Args:
        truth: Shape (n,).
        ranking: Any score that rises with the truth, shape (n,).
    """
    order = np.argsort(ranking, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(ranking[order]) != 0, True)) if len(order) else np.zeros(0, np.int64)
    sorted_truth = truth[order]

    def area(weights: Floats) -> float | None:
        drawn = weights[order]
        positive, negative = (_by_run(drawn * side, ends) for side in (sorted_truth, ~sorted_truth))
        total = float(positive.sum() * negative.sum())
        if total == 0:
            return None
        below = np.cumsum(negative) - negative / 2
        return float(positive @ below) / total

    return area


def _by_run(values: Floats, ends: Groups) -> Floats:
    return np.diff(np.cumsum(values)[ends], prepend=0.0)
