"""Ordinary mentions as a section of the report: shares flagged by file, language, label and way of mention."""

from collections.abc import Iterator, Sequence

import numpy as np

from training.examples import LABELS
from training.intervals import rate
from training.ordinary import GOALS, NATIVE, OrdinaryAnswers
from training.report import Headline, Section, Table


def headlines(found: Sequence[OrdinaryAnswers]) -> tuple[Headline, ...]:
    """The share flagged in each file."""
    return tuple(
        Headline(
            what=f"ordinary mentions flagged: {one.asked.source}",
            value=rate(one.answers.decided[one.answers.scored]),
            goal=GOALS[one.asked.kind],
            most=True,
        )
        for one in found
    )


def section(found: Sequence[OrdinaryAnswers]) -> Section:
    """Tables of shares, and the ids of what was flagged (to be read where the texts are)."""
    return Section(
        name="ordinary",
        title="Ordinary mentions",
        lead=(
            (
                "Posts that mention somebody and were never meant as attacks on a defender. Whatever is flagged "
                "goes to a person for nothing. Native posts are judged as they are; into inoffensive rows of "
                "labelled sets a mention was put, as a handle, a name or a reply. Decisions are the model's, "
                "before any policy."
            ),
            (
                "Intervals are Wilson's, 95 %. Labelled sets err, and angry customers do insult: a flag is not always "
                "false."
            ),
        ),
        blocks=(_by_file(found), _by_label(found), _by_language(found), _by_way(found), _flagged(found)),
    )


def _by_file(found: Sequence[OrdinaryAnswers]) -> Table:
    rows = tuple(
        (
            one.asked.source,
            "posts as they are" if one.asked.kind == NATIVE else one.asked.kind,
            len(one.answers),
            int((~one.answers.scored).sum()),
            rate(one.answers.decided[one.answers.scored]),
        )
        for one in found
    )
    return Table(
        name="ordinary",
        caption="Share flagged, by file",
        columns=("file", "kind", "mentions", "unscored", "share flagged"),
        rows=rows,
    )


def _by_label(found: Sequence[OrdinaryAnswers]) -> Table:
    rows = []
    for one in found:
        for place, label in enumerate(LABELS):
            scored = ~np.isnan(one.answers.chances[:, place])
            rows.append((one.asked.source, label, int(scored.sum()), rate(one.answers.flags[scored, place])))
    return Table(
        name="ordinary-labels",
        caption="Share flagged, by file and label",
        columns=("file", "label", "mentions scored", "share flagged"),
        rows=tuple(rows),
    )


def _by_language(found: Sequence[OrdinaryAnswers]) -> Table:
    return _cut(found, "language", {id(one): one.asked.langs for one in found}, folded=True)


def _by_way(found: Sequence[OrdinaryAnswers]) -> Table:
    return _cut(found, "mention", {id(one): one.asked.how for one in found}, folded=False)


def _cut(found: Sequence[OrdinaryAnswers], by: str, names: dict[int, Sequence[str]], *, folded: bool) -> Table:
    rows = []
    for one in found:
        own = np.array(names[id(one)])
        for name in sorted(set(own.tolist())):
            inside = (own == name) & one.answers.scored
            rows.append((one.asked.source, name, int(inside.sum()), rate(one.answers.decided[inside])))
    return Table(
        name=f"ordinary-{by}s",
        caption=f"Share flagged, by file and {by}",
        columns=("file", by, "mentions", "share flagged"),
        rows=tuple(rows),
        folded=folded,
    )


def _flagged(found: Sequence[OrdinaryAnswers]) -> Table:
    rows = sorted((row for one in found for row in _flagged_rows(one)), key=lambda row: -row[4])
    return Table(
        name="ordinary-flagged",
        caption="Mentions flagged, the surest first (ids only: read them where the texts are)",
        columns=("id", "file", "language", "labels", "distance above the threshold, logits"),
        rows=tuple(rows),
        folded=True,
    )


def _flagged_rows(one: OrdinaryAnswers) -> Iterator[tuple[str, str, str, str, float]]:
    flags, ranking, asked = one.answers.flags, one.answers.ranking, one.asked
    for row in np.flatnonzero(one.answers.decided).tolist():
        labels = " ".join(label for place, label in enumerate(LABELS) if flags[row, place])
        yield asked.ids[row], asked.source, asked.langs[row], labels, float(ranking[row])
