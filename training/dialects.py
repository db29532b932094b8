"""Is ordinary talk in a stigmatised variety flagged more often? The same things said in it, and in the standard.

`data/fairness/VARIETY.jsonl` holds pairs of ordinary posts that mention a defender: nothing in them attacks anybody, so
whatever is flagged is a false flag. What is asked is the difference between the halves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from detector.domain import Passage
from detector.errors import InputError
from detector.shelf import DATA
from detector.text.model import TextModel
from training.answers import Answers, ask
from training.charts import Row, dot_chart, nice_scale
from training.corpus import draw, ordinary_post
from training.fit import Progress
from training.intervals import Estimate, bootstrap, rate
from training.report import Chart, Headline, Section, Table

FAIRNESS = DATA / "fairness"

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


class Pair(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same thing said in a variety (`text`, in `lang`) and in the standard (`standard`, in `standard_lang`).

    `{T}` and `{@T}` stand for the defender; `reply`: both answer them.
    """

    id: str
    variety: str
    lang: str
    text: str
    standard_lang: str
    standard: str
    who: Literal["woman", "man", "organisation"]
    reply: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """A model's answers to both halves of every pair."""

    pairs: Sequence[Pair]
    variety: Answers
    standard: Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class VarietyFigure:
    """One variety: shares flagged in it and in the standard, how much more (paired), and the shift of the ranking."""

    variety: str
    pairs: int
    unscored: int
    flagged: Estimate | None
    standard: Estimate | None
    more: Estimate | None
    shift: Estimate | None


def read_pairs(folder: Path = FAIRNESS) -> list[Pair]:
    """All pairs, in order of file and line.

    Raises:
        InputError: There are none, or a line is none.
    """
    pairs = []
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_bytes().splitlines(), 1):
            try:
                pairs.append(msgspec.json.decode(line, type=Pair))
            except msgspec.DecodeError as error:
                raise InputError(f"{file}, line {number}: {error}") from error
    if not pairs:
        raise InputError(f"There are no pairs in {folder}")
    return pairs


def measure(model: TextModel, pairs: Sequence[Pair], *, seed: int, progress: Progress) -> Fairness:
    """Judge both halves of every pair, with names of each half's language."""
    return Fairness(
        pairs=pairs,
        variety=ask(model, [_passage(p, p.text, p.lang, seed) for p in pairs], progress, what="varieties"),
        standard=ask(
            model, [_passage(p, p.standard, p.standard_lang, seed) for p in pairs], progress, what="standards"
        ),
    )


def _passage(pair: Pair, text: str, lang: str, seed: int) -> Passage:
    post = ordinary_post(pair.id, text, lang, who=pair.who, register="tweet", reply=pair.reply)
    drawn = draw(post, Random(f"{seed}/{pair.id}"))  # noqa: S311 - invented people, no secret
    return drawn.passage("T", reply=pair.reply, lang=lang)


def figures(found: Fairness) -> list[VarietyFigure]:
    """One figure a variety."""
    varieties = np.array([pair.variety for pair in found.pairs])
    return [_figure(name, found, varieties == name) for name in sorted(set(varieties.tolist()))]


def _figure(name: str, found: Fairness, rows: Truths) -> VarietyFigure:
    scored = rows & found.variety.scored & found.standard.scored
    flags, standard = found.variety.decided[scored], found.standard.decided[scored]
    return VarietyFigure(
        variety=name,
        pairs=int(rows.sum()),
        unscored=int(rows.sum() - scored.sum()),
        flagged=rate(flags),
        standard=rate(standard),
        more=_mean(flags.astype(np.float64) - standard),
        shift=_mean(found.variety.ranking[scored] - found.standard.ranking[scored]),
    )


def _mean(values: Floats) -> Estimate | None:
    """A mean with a bootstrap of pairs."""
    if not len(values):
        return None
    return bootstrap(
        float(values.mean()), lambda weights: float(weights @ values / weights.sum()), np.arange(len(values))
    )


def headlines(found: Sequence[VarietyFigure]) -> tuple[Headline, ...]:
    """The variety that is flagged most beyond its standard."""
    worst = max((one for one in found if one.more), key=lambda one: one.more.value if one.more else 0.0, default=None)
    if worst is None:
        return ()
    return (Headline(what="dialects: most flagged beyond the standard", value=worst.more, detail=worst.variety),)


def section(found: Sequence[VarietyFigure]) -> Section:
    """Both halves side by side."""
    rows = [Row(name=one.variety, points=(one.standard, one.flagged)) for one in found]
    picture = dot_chart(
        rows,
        title="Ordinary posts flagged, in the standard and in the variety",
        series=("standard", "variety"),
        scale=nice_scale(rows),
    )
    table = Table(
        name="dialects",
        caption="False flags in a variety and in the standard",
        columns=(
            "variety",
            "pairs",
            "flagged in the standard",
            "flagged in the variety",
            "difference",
            "shift of the ranking, logits",
            "unscored",
        ),
        rows=tuple((o.variety, o.pairs, o.standard, o.flagged, o.more, o.shift, o.unscored) for o in found),
    )
    return Section(
        name="dialects",
        title="Dialect fairness",
        lead=(
            (
                "Ordinary posts about a defender, each said in a variety and in the standard. None attacks "
                "anybody: every flag is false. The posts are invented, written by a machine; speakers would say "
                "these things better."
            ),
        ),
        blocks=(
            Chart(
                pictures=(picture,),
                caption="Share flagged. Intervals for 95 %: Wilson's for shares, a bootstrap of pairs for differences.",
                table=table,
            ),
        ),
    )
