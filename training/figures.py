"""How good a model is, in numbers with their counts: precision, recall, F1, area under the curve, false-flag rate.

Pure arithmetic on marks and probabilities. A figure that its rows cannot give (no positive row, say) is None, not 0.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

ANY = "any"
"""The pseudo-label "some label is flagged", held against `offensive`: its false-flag rate is what reviewers feel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of a report: one label on one slice of the data.

    `by` is "all", "language" or "set" and `slice` which; `rows` are annotated and scored, `positives` of them have the
    label, `unscored` are annotated rows for which the model gave no score (they count in nothing else). `precision`,
    `recall`, `f1`, `macro_f1` (mean of both classes' F1) and `false_flag_rate` (flagged among the negatives) are at the
    model's thresholds; `auc` is free of them. All 0-1.
    """

    by: str
    slice: str
    label: str
    rows: int
    positives: int
    flagged: int
    unscored: int
    precision: float | None
    recall: float | None
    f1: float | None
    macro_f1: float | None
    auc: float | None
    false_flag_rate: float | None


def figure(
    names: tuple[str, str, str], truth: Truths, flagged: Truths, chances: Floats | None, *, unscored: int = 0
) -> Figure:
    """Compute one line.

    Args:
        names: `by`, `slice`, `label`.
        truth: Whether each row has the label, shape (n,).
        flagged: Whether the model flags it, shape (n,).
        chances: Probabilities, shape (n,), or None where there is no single one (no area under the curve then).
        unscored: Annotated rows that are not among these.
    """
    hits, false = int((truth & flagged).sum()), int((flagged & ~truth).sum())
    positives, negatives = int(truth.sum()), int((~truth).sum())
    both = positives > 0 and negatives > 0
    f1 = _f1(hits, false, positives - hits) if positives else None
    other = _f1(negatives - false, positives - hits, false)
    return Figure(
        by=names[0],
        slice=names[1],
        label=names[2],
        rows=len(truth),
        positives=positives,
        flagged=hits + false,
        unscored=unscored,
        precision=_ratio(hits, hits + false),
        recall=_ratio(hits, positives),
        f1=f1,
        macro_f1=(f1 + other) / 2 if both and f1 is not None else None,
        auc=area_under_curve(truth, chances) if both and chances is not None else None,
        false_flag_rate=_ratio(false, negatives),
    )


def area_under_curve(truth: Truths, chances: Floats) -> float:
    """The chance that a positive row scores above a negative one, ties counting half (Mann and Whitney's U)."""
    _, place, counts = np.unique(chances, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positives = int(truth.sum())
    u = float(ranks[truth].sum()) - positives * (positives + 1) / 2
    return u / (positives * (len(truth) - positives))


def macro_f1(truth: Truths, flagged: Truths, weights: Floats) -> float | None:
    """The mean of both classes' F1 on weighted rows, or None where a class is missing."""
    hits, false, missed, quiet = (
        float(weights[rows].sum()) for rows in (truth & flagged, ~truth & flagged, truth & ~flagged, ~truth & ~flagged)
    )
    if not hits + missed or not false + quiet:
        return None
    positive = 2 * hits / (2 * hits + false + missed)
    negative = 2 * quiet / (2 * quiet + false + missed)
    return (positive + negative) / 2


def balanced(truth: Truths, flags: Truths, weights: Floats) -> float | None:
    """Balanced accuracy of weighted rows, or None where a class is missing."""
    positive, negative = float(weights[truth].sum()), float(weights[~truth].sum())
    if not positive or not negative:
        return None
    return (float(weights[truth & flags].sum()) / positive + float(weights[~truth & ~flags].sum()) / negative) / 2


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of the figures that exist, or None."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def macro(
    figures: Sequence[Figure], label: str, *, by: str = "language", fewest: int = 25
) -> dict[str, float | int | None]:
    """Averages over slices, each counting the same.

    Args:
        figures: Lines of one report.
        label: Of these only.
        by: "language" or "set".
        fewest: A slice counts if it has at least so many positive and so many negative rows.
    """
    counted = [
        one
        for one in figures
        if one.by == by and one.label == label and min(one.positives, one.rows - one.positives) >= fewest
    ]
    return {
        "slices": len(counted),
        "precision": mean(one.precision for one in counted),
        "recall": mean(one.recall for one in counted),
        "f1": mean(one.f1 for one in counted),
        "macro_f1": mean(one.macro_f1 for one in counted),
        "auc": mean(one.auc for one in counted),
        "false_flag_rate": mean(one.false_flag_rate for one in counted),
    }


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _f1(hits: int, false: int, missed: int) -> float:
    return 2 * hits / (2 * hits + false + missed) if hits else 0.0
