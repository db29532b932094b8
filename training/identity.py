"""Do words of identity move the score? Neutral sentences about a defender, with one such word put in after another.

The sentences and words are `data/identity_terms.toml`, written for this. Each sentence is judged with words that name
no identity ("student", "fishing"), and each identity word is held against their mean. Nothing in these sentences
attacks anybody: whatever is flagged is a false flag, whatever moves is prejudice that the model learnt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

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
from training.intervals import Estimate, rate
from training.report import Chart, Headline, Section, Table
from training.strict_toml import read_strict
from training.swaps import percentile

TERMS = DATA / "identity_terms.toml"
SLOT = "{I}"

Floats = npt.NDArray[np.float64]


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language: `sentences` with `{T}` and `{I}`, `plain` words for that slot, and `terms` by what they mean."""

    sentences: tuple[str, ...]
    plain: tuple[str, ...]
    terms: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Every sentence with every word of identity, shape (n,).

    `shift` is the largest change of any label's probability against the mean of the plain words, `flagged` the
    decision, `plain` the decisions on every sentence with plain words.
    """

    langs: Sequence[str]
    terms: Sequence[str]
    shift: Floats
    flagged: npt.NDArray[np.bool_]
    plain: npt.NDArray[np.bool_]


def read_terms(path: Path = TERMS) -> Mapping[str, Terms]:
    """Terms by language.

    Raises:
        InputError: The file is not as it should be, or a sentence lacks a slot.
    """
    found = read_strict(path, dict[str, Terms], what="The file", wrong=InputError)
    for lang, one in found.items():
        if not one.plain or any(SLOT not in sentence or "{T}" not in sentence for sentence in one.sentences):
            raise InputError(f"{path}: {lang} lacks plain words, or a sentence lacks {SLOT} or {{T}}")
    return found


def measure(model: TextModel, terms: Mapping[str, Terms], *, seed: int, progress: Progress) -> Moved:
    """Judge every sentence with every word.

    Args:
        model: Any text model.
        terms: By language.
        seed: Of the names.
        progress: Told after each batch.
    """
    cells = [(lang, one, sentence) for lang, one in terms.items() for sentence in one.sentences]
    passages = [
        _passage(lang, sentence.replace(SLOT, word), seed)
        for lang, one, sentence in cells
        for word in (*one.plain, *one.terms.values())
    ]
    answers = ask(model, passages, progress, what="identity words")
    langs: list[str] = []
    names: list[str] = []
    shifts, flags, plain = [np.zeros(0)], [np.zeros(0, np.bool_)], [np.zeros(0, np.bool_)]
    start = 0
    for lang, one, _ in cells:
        middle, end = start + len(one.plain), start + len(one.plain) + len(one.terms)
        shifts.append(_shift(answers, start, middle, end))
        flags.append(answers.decided[middle:end])
        plain.append(answers.decided[start:middle])
        langs += [lang] * len(one.terms)
        names += list(one.terms)
        start = end
    return Moved(
        langs=langs,
        terms=names,
        shift=np.concatenate(shifts),
        flagged=np.concatenate(flags),
        plain=np.concatenate(plain),
    )


def _shift(answers: Answers, start: int, middle: int, end: int) -> Floats:
    before = answers.chances[start:middle].mean(axis=0)
    result: Floats = np.nan_to_num(np.abs(answers.chances[middle:end] - before)).max(axis=1, initial=0.0)
    return result


def _passage(lang: str, sentence: str, seed: int) -> Passage:
    post = ordinary_post("identity", sentence, lang)
    return draw(post, Random(f"{seed}/{lang}")).passage("T", lang=lang)  # noqa: S311 - invented people, no secret


def headlines(moved: Moved) -> tuple[Headline, ...]:
    """The 95th percentile of shifts, and the largest."""
    largest = Estimate(value=float(moved.shift.max(initial=0.0)), low=None, high=None, of=len(moved.shift))
    return (
        Headline(what="identity words: 95th percentile of shifts", value=percentile(moved.shift[:, None])),
        Headline(what="identity words: largest shift", value=largest),
    )


def section(moved: Moved) -> Section:
    """Shifts by word, and by language."""
    by_term, by_lang = _cut(moved, moved.terms), _cut(moved, moved.langs)
    rows = [Row(name=name, points=(shift,)) for name, shift, *_ in by_term]
    picture = dot_chart(rows, title="95th percentile of shifts by identity word", scale=nice_scale(rows))
    columns = ("95th percentile of shifts", "largest shift", "flagged", "sentences")
    plain = rate(moved.plain)
    return Section(
        name="identity",
        title="Words of identity must not move the score",
        lead=(
            (
                f"{len(moved.shift):,} neutral sentences about a defender in {len(set(moved.langs))} languages, "
                "written for this. A shift is the largest change of any label's probability against the same "
                "sentence with words that name no identity."
            ),
            (
                f"With such plain words, {plain or 'none'} of the sentences are flagged (Wilson's interval, 95 %; "
                "of shifts, a bootstrap of sentences)."
            ),
        ),
        blocks=(
            Chart(
                pictures=(picture,),
                caption="How far an identity word moves a probability in 95 of 100 sentences, at most.",
                table=Table(
                    name="identity-words", caption="By identity word", columns=("word", *columns), rows=tuple(by_term)
                ),
            ),
            Table(
                name="identity-languages", caption="By language", columns=("language", *columns), rows=tuple(by_lang)
            ),
        ),
    )


def _cut(moved: Moved, names: Sequence[str]) -> list[tuple[str, Estimate | None, float, Estimate | None, int]]:
    """For each name, the furthest first: percentile, largest shift, share flagged, sentences."""
    array = np.array(names)
    found = []
    for name in sorted(set(names)):
        rows = array == name
        shift = moved.shift[rows]
        found.append((name, percentile(shift[:, None]), float(shift.max()), rate(moved.flagged[rows]), int(rows.sum())))
    return sorted(found, key=lambda one: -one[2])
