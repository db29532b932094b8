"""Two models on the same rows: differences with paired bootstrap intervals, and where they disagree most.

Every draw of the bootstrap takes the same rows for both, so that what makes rows hard for either cancels out. Rows that
one of them did not score are left out, and counted. Ids are all that is told of a row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.charts import Row, dot_chart, nice_scale
from training.figures import balanced, macro_f1
from training.intervals import Estimate, bootstrap, weighted_area
from training.report import Cell, Chart, Section, Table

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Groups = npt.NDArray[np.int64]
Statistic = Callable[[Floats], float | None]

TOLD = 200
"""Rows of disagreement that are listed."""

FEWEST = 15
"""Rows of either class that a slice must have to be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What a model said of the rows: decisions, a ranking that is 0 at the threshold, and whether it scored them."""

    model: str
    flagged: Truths
    ranking: Floats
    scored: Truths


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What both were asked.

    `where` names these rows in files, `main` is the measure for slices; `slices` name the slice of each row, by kind.
    """

    where: str
    title: str
    main: str
    ids: Sequence[str]
    groups: Groups
    truth: Truths
    slices: Mapping[str, Sequence[str]]

    def some(self, rows: Truths) -> "Rows":
        """Only these rows, shape (n,)."""
        keep = np.flatnonzero(rows).tolist()
        return Rows(
            where=self.where,
            title=self.title,
            main=self.main,
            ids=[self.ids[row] for row in keep],
            groups=self.groups[rows],
            truth=self.truth[rows],
            slices={by: [names[row] for row in keep] for by, names in self.slices.items()},
        )


def measures(truth: Truths, verdicts: Verdicts) -> dict[str, Statistic]:
    """Each measure by name, as a function of row weights; None where a class is missing."""
    flagged = verdicts.flagged

    def share(rows: Truths) -> Statistic:
        return lambda weights: (
            float(weights[rows & flagged].sum() / weights[rows].sum()) if weights[rows].any() else None
        )

    return {
        "balanced accuracy": lambda weights: balanced(truth, flagged, weights),
        "macro F1": lambda weights: macro_f1(truth, flagged, weights),
        "recall": share(truth),
        "false flags": share(~truth),
        "AUC": weighted_area(truth, verdicts.ranking),
    }


def difference(first: Statistic, second: Statistic, groups: Groups) -> Estimate | None:
    """How much more the first gives than the second, with an interval from a paired bootstrap by group."""

    def more(weights: Floats) -> float | None:
        a, b = first(weights), second(weights)
        return None if a is None or b is None else a - b

    return bootstrap(more(np.ones(len(groups))), more, groups)


def section(rows: Rows, first: Verdicts, second: Verdicts) -> Section:
    """All measures over all rows, the main one by slice, and the rows on which the models disagree most."""
    both = first.scored & second.scored
    rows, first, second = rows.some(both), _some(first, both), _some(second, both)
    overall = Table(
        name=f"against-{rows.where}",
        caption=f"{rows.title}: all rows",
        columns=("measure", first.model, second.model, "difference"),
        rows=tuple(_lines(rows, first, second)),
    )
    charts = [_chart(rows, by, first, second) for by in rows.slices]
    return Section(
        name=f"against-{rows.where}",
        title=f"Side by side: {rows.title}",
        lead=(
            (
                f"{first.model} against {second.model} on the same {len(rows.ids):,} rows; {int((~both).sum()):,} "
                "that one of them did not score are left out. Differences above 0 favour the first, but for false "
                "flags. Intervals are for 95 %, from a bootstrap that draws the same rows for both."
            ),
        ),
        blocks=(overall, *(chart for chart in charts if chart), _disagreements(rows, first, second)),
    )


def _some(verdicts: Verdicts, rows: Truths) -> Verdicts:
    return Verdicts(
        model=verdicts.model,
        flagged=verdicts.flagged[rows],
        ranking=verdicts.ranking[rows],
        scored=verdicts.scored[rows],
    )


def _lines(rows: Rows, first: Verdicts, second: Verdicts) -> list[tuple[Cell, ...]]:
    ones = np.ones(len(rows.truth))
    second_measures = measures(rows.truth, second)
    lines: list[tuple[Cell, ...]] = []
    for name, mine in measures(rows.truth, first).items():
        theirs = second_measures[name]
        if mine(ones) is not None:
            lines.append((name, mine(ones), theirs(ones), difference(mine, theirs, rows.groups)))
    return lines


def _chart(rows: Rows, by: str, first: Verdicts, second: Verdicts) -> Chart | None:
    lines = []
    names = np.array(rows.slices[by])
    for name in sorted(set(names.tolist())):
        inside = names == name
        own, a, b = rows.some(inside), _some(first, inside), _some(second, inside)
        if not _enough(own.truth, rows.main):
            continue
        mine, theirs = measures(own.truth, a)[rows.main], measures(own.truth, b)[rows.main]
        ones = np.ones(len(own.truth))
        lines.append((name, len(own.truth), mine(ones), theirs(ones), difference(mine, theirs, own.groups)))
    if not lines:
        return None
    lines.sort(key=lambda line: -(line[4].value if line[4] else 0.0))
    shown = [Row(name=line[0][:24], points=(line[4],)) for line in lines]
    return Chart(
        pictures=(dot_chart(shown, title=f"Difference by {by}", scale=nice_scale(shown, ((0.0, "no difference"),))),),
        caption=f"{rows.main.capitalize()} of {first.model} less that of {second.model}, by {by}. "
        "Dashed: no difference.",
        table=Table(
            name=f"against-{rows.where}-{by}".replace(" ", "-"),
            caption=f"{rows.main.capitalize()} by {by}",
            columns=(by, "rows", first.model, second.model, "difference"),
            rows=tuple(lines),
        ),
    )


def _enough(truth: Truths, main: str) -> bool:
    positive = int(truth.sum())
    if main == "false flags":
        return len(truth) - positive >= FEWEST
    return min(positive, len(truth) - positive) >= FEWEST


def _disagreements(rows: Rows, first: Verdicts, second: Verdicts) -> Table:
    gap = first.ranking - second.ranking
    order = np.flatnonzero(first.flagged != second.flagged)
    order = order[np.argsort(-np.abs(gap[order]), kind="stable")][:TOLD]
    lines = tuple(
        (
            rows.ids[row],
            "yes" if rows.truth[row] else "no",
            "yes" if first.flagged[row] else "no",
            "yes" if second.flagged[row] else "no",
            float(gap[row]),
        )
        for row in order.tolist()
    )
    return Table(
        name=f"against-{rows.where}-disagreements",
        caption="Rows that one flags and the other does not, furthest apart first (ids only)",
        columns=("row", "is an attack", f"{first.model} flags", f"{second.model} flags", "apart"),
        rows=lines,
        folded=True,
    )
