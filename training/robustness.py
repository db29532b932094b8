"""How a model stands up to disguised spelling: the same posts, undisguised and under each disguise.

Names and handles are left as they are: finding a name in disguise is the matcher's affair. A disguise that leaves a
post as it was (upper case in Arabic) does not count it, so each disguise is held against the same posts undisguised.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import numpy.typing as npt

from detector.domain import Passage, Span
from detector.text.model import TextModel
from training.answers import Answers, ask
from training.charts import Row, dot_chart
from training.corpus import CorpusPost
from training.disguises import DISGUISES, TextChange
from training.fit import Progress
from training.intervals import Estimate, rate
from training.report import Chart, Headline, Section, Table
from training.target_level import ask_about

Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisguiseFigure:
    """One disguise: shares flagged of the attacks and of the other posts that it changes, before and after."""

    name: str
    posts: int
    recall_before: Estimate | None
    recall: Estimate | None
    false_flags_before: Estimate | None
    false_flags: Estimate | None
    unscored: int


def disguised(passage: Passage, change: TextChange, chance: Random) -> Passage:
    """A passage with its text changed outside its spans, which are moved to where they now stand."""
    spans = sorted({*passage.targets, *passage.others}, key=lambda span: span.start)
    moved: dict[Span, Span] = {}
    parts: list[str] = []
    place = size = 0
    for span in spans:
        if span.start < place:  # overlaps the one before
            continue
        before, name = change(passage.text[place : span.start], chance), passage.text[span.start : span.end]
        moved[span] = Span(start=size + len(before), end=size + len(before) + len(name))
        parts += (before, name)
        size += len(before) + len(name)
        place = span.end
    text = "".join([*parts, change(passage.text[place:], chance)])
    return replace(
        passage,
        text=text,
        targets=tuple(moved[span] for span in passage.targets if span in moved),
        others=tuple(moved[span] for span in passage.others if span in moved),
    )


def measure(
    model: TextModel, posts: Sequence[CorpusPost], *, seed: int, progress: Progress
) -> tuple[DisguiseFigure, ...]:
    """Judge posts undisguised, and under each disguise those that it changes.

    Args:
        model: Any text model.
        posts: Of the corpus, attacks and others.
        seed: Of names and disguises.
        progress: Told after each batch.
    """
    passages = [ask_about(post, "T", seed=seed) for post in posts]
    truth = np.array([post.attack for post in posts], np.bool_)
    before = ask(model, passages, progress, what="undisguised")
    figures = []
    for name, change in DISGUISES.items():
        made = [
            disguised(passage, change, Random(f"{seed}/{name}/{post.id}"))  # noqa: S311 - sampling, not secrecy
            for post, passage in zip(posts, passages, strict=True)
        ]
        rows = np.array([one.text != passage.text for one, passage in zip(made, passages, strict=True)], np.bool_)
        after = ask(model, [made[row] for row in np.flatnonzero(rows).tolist()], progress, what=name)
        figures.append(_figure(name, truth[rows], before.rows(rows), after))
    return tuple(figures)


def _figure(name: str, truth: Truths, before: Answers, after: Answers) -> DisguiseFigure:
    scored = before.scored & after.scored
    attacks, others = truth & scored, ~truth & scored
    return DisguiseFigure(
        name=name,
        posts=len(truth),
        recall_before=rate(before.decided[attacks]),
        recall=rate(after.decided[attacks]),
        false_flags_before=rate(before.decided[others]),
        false_flags=rate(after.decided[others]),
        unscored=int((~scored).sum()),
    )


def headlines(figures: Sequence[DisguiseFigure]) -> tuple[Headline, ...]:
    """The disguise under which most recall is lost."""
    lost = [(one.recall_before.value - one.recall.value, one) for one in figures if one.recall and one.recall_before]
    if not lost:
        return ()
    most, worst = max(lost, key=lambda pair: pair[0])
    value = Estimate(value=most, low=None, high=None, of=worst.recall.of if worst.recall else 0)
    return (Headline(what="disguises: most recall lost", value=value, detail=worst.name),)


def section(figures: Sequence[DisguiseFigure], posts: int) -> Section:
    """Two charts: attacks found, and other posts flagged, before and under each disguise."""
    series = ("undisguised", "disguised")
    found = dot_chart(
        [Row(name=one.name, points=(one.recall_before, one.recall)) for one in figures],
        title="Attacks flagged, undisguised and disguised",
        series=series,
    )
    false = dot_chart(
        [Row(name=one.name, points=(one.false_flags_before, one.false_flags)) for one in figures],
        title="Other posts flagged, undisguised and disguised",
        series=series,
    )
    table = Table(
        name="disguises",
        caption="Shares flagged before and under each disguise",
        columns=(
            "disguise",
            "posts changed",
            "recall undisguised",
            "recall disguised",
            "false flags undisguised",
            "false flags disguised",
            "unscored",
        ),
        rows=tuple(
            (o.name, o.posts, o.recall_before, o.recall, o.false_flags_before, o.false_flags, o.unscored)
            for o in figures
        ),
    )
    return Section(
        name="disguises",
        title="Disguised spelling",
        lead=(
            (
                f"{posts:,} posts of the corpus. Disguises of words change half of the words of four letters or "
                "more; names stay as they are. Intervals are Wilson's, 95 %."
            ),
        ),
        blocks=(
            Chart(
                pictures=(found, false),
                caption="Above: attacks flagged (recall). Below: other posts flagged.",
                table=table,
            ),
        ),
    )
