"""Does a probability mean what it says? Reliability diagrams and the expected calibration error, label by label.

Rows are sorted by the probability said and cut into `BINS` of like size. In each, the mean said is held against the
share found. The expected calibration error is the mean distance, each bin counting by its rows (Naeini et al. 2015);
it is never 0 for few rows, and its bootstrap interval shares that bias.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.answers import Answers
from training.charts import Bin, reliability_chart
from training.examples import LABELS
from training.intervals import Estimate, bootstrap, wilson
from training.report import Chart, Section, Table

BINS = 10
FEWEST = 100
"""Scored rows that a label must have before its calibration is judged."""

Floats = npt.NDArray[np.float64]
Groups = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Marks = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """One label's calibration on some rows: `said` and `found` are means over all of them."""

    label: str
    bins: tuple[Bin, ...]
    error: Estimate | None
    said: float
    found: float
    brier: float


def reliability(label: str, chances: Floats, truth: Truths, groups: Groups) -> Reliability | None:
    """Judge one label's calibration, or None where too few rows were scored or all of them are of one class.

    Args:
        label: Its name.
        chances: Probabilities, shape (n,), NaN where unscored.
        truth: Whether each row has the label, shape (n,).
        groups: Rows that belong together share a number, shape (n,).
    """
    scored = ~np.isnan(chances)
    chances, truth, groups = chances[scored], truth[scored], groups[scored]
    if len(chances) < FEWEST or truth.all() or not truth.any():
        return None
    numbers = _bin_numbers(chances)
    bins = []
    for number in range(int(numbers.max()) + 1):
        rows = numbers == number
        found = wilson(int(truth[rows].sum()), int(rows.sum()))
        assert found is not None
        bins.append(Bin(said=float(chances[rows].mean()), found=found))

    def error(weights: Floats) -> float:
        gaps = np.bincount(numbers, weights * (chances - truth))
        return float(np.abs(gaps).sum() / weights.sum())

    return Reliability(
        label=label,
        bins=tuple(bins),
        error=bootstrap(error(np.ones(len(chances))), error, groups),
        said=float(chances.mean()),
        found=float(truth.mean()),
        brier=float(((chances - truth) ** 2).mean()),
    )


def _bin_numbers(chances: Floats) -> Groups:
    """Bins of like size in which equal probabilities stay together, numbered from 0 without gaps."""
    edges = np.unique(np.quantile(chances, np.arange(1, BINS) / BINS))
    return np.unique(np.searchsorted(edges, chances, side="left"), return_inverse=True)[1].astype(np.int64)


def section(
    where: str, answers: Answers, marks: Mapping[str, Marks], groups: Groups, lead: Sequence[str] = ()
) -> Section | None:
    """Diagrams and figures, or None where no label has enough rows.

    Args:
        where: A word for these rows, part of file names.
        answers: A model's answers.
        marks: For each label, 1, 0, or -1 where nobody said, shape (rows,).
        groups: See `reliability`.
        lead: Paragraphs before the diagrams.
    """
    found = []
    for place, label in enumerate(LABELS):
        known = marks[label] >= 0
        one = reliability(label, answers.chances[known, place], marks[label][known] == 1, groups[known])
        found += [one] if one else []
    if not found:
        return None
    summary = Table(
        name=f"calibration-{where}",
        caption="Calibration by label",
        columns=("label", "expected calibration error", "mean probability said", "share found", "Brier score", "rows"),
        rows=tuple((o.label, o.error, o.said, o.found, o.brier, sum(b.found.of for b in o.bins)) for o in found),
    )
    bins = Table(
        name=f"calibration-{where}-bins",
        caption="Bins of the diagrams",
        columns=("label", "said", "found", "rows"),
        rows=tuple((one.label, b.said, b.found, b.found.of) for one in found for b in one.bins),
    )
    chart = Chart(
        pictures=tuple(reliability_chart(one.bins, title=one.label) for one in found),
        caption="Across: the probability said; up: the share of rows that have the label. On the dashed line a "
        "probability means what it says; below it the model says too much. Dots grow with their rows.",
        table=bins,
    )
    return Section(
        name=f"calibration-{where}", title=f"Calibration: {where}", lead=tuple(lead), blocks=(chart, summary)
    )
