"""How far annotators agree: Krippendorff's alpha for nominal values, label by label.

alpha = 1 - Do / De, the observed over the expected disagreement, from the coincidences of values within units
(Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, part C: nominal data, any number of observers, missing
values). 1 is perfect, 0 is what chance gives. Says nothing about who is right.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from training.annotation import Annotated
from training.examples import TARGET_COLUMNS
from training.majority import Settled


def krippendorff_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Alpha over units, each the values that its observers gave, missing ones left out.

    Returns:
        Alpha (at most 1), or None where it has no meaning: no unit has two values, or all values are the same.
    """
    counts = [Counter(unit) for unit in units if len(unit) > 1]
    totals: Counter[Hashable] = Counter()
    observed = 0.0
    for unit in counts:
        totals += unit
        observed += _differing(unit) / (unit.total() - 1)
    expected = _differing(totals)
    if not expected:
        return None
    return 1 - (totals.total() - 1) * observed / expected


def _differing(counts: Counter[Hashable]) -> int:
    """Ordered pairs of two different values."""
    return counts.total() ** 2 - sum(count**2 for count in counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How one column was judged: tasks with a vote, with two or more, settled as 1 and as 0, tied; alpha."""

    column: str
    judged: int
    by_several: int
    positive: int
    negative: int
    tied: int
    alpha: float | None


def agreements(entries: Sequence[Annotated], settled: Sequence[Settled]) -> list[Agreement]:
    """The agreement on every column, over tasks and how each was settled (same length, same order)."""
    return [_agreement(column, entries, settled) for column in TARGET_COLUMNS]


def _agreement(column: str, entries: Sequence[Annotated], settled: Sequence[Settled]) -> Agreement:
    units = [[answer.votes[column] for answer in entry.answers.values() if column in answer.votes] for entry in entries]
    values = [one.marks[column] for one in settled]
    return Agreement(
        column=column,
        judged=sum(bool(unit) for unit in units),
        by_several=sum(len(unit) > 1 for unit in units),
        positive=values.count(1),
        negative=values.count(0),
        tied=sum(bool(unit) and value is None for unit, value in zip(units, values, strict=True)),
        alpha=krippendorff_alpha(units),
    )


def table(rows: Sequence[Agreement]) -> list[str]:
    """The statistics as lines for a terminal."""
    head = f"{'label':<12}{'judged':>8}{'by 2+':>8}{'yes':>8}{'no':>8}{'open':>8}{'alpha':>8}"
    lines = [
        f"{row.column:<12}{row.judged:>8,}{row.by_several:>8,}{row.positive:>8,}{row.negative:>8,}{row.tied:>8,}"
        + (f"{row.alpha:>8.2f}" if row.alpha is not None else f"{'-':>8}")
        for row in rows
    ]
    return [head, *lines]
