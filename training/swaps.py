"""Does a name move the score? The same posts with other names in them.

Who somebody is must not change what a post does to them. Names of the defender are drawn anew: of the same sort, of the
other gender (the grammar around them is left, which a language with gender shows), and from another language. Where a
model replaces the defender's name by a mark, its shift is 0 by construction; so names of *other* people are swapped,
too.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import numpy.typing as npt
from anyascii import anyascii

from detector.domain import Passage
from detector.text.model import TextModel
from training.answers import Answers, ask
from training.corpus import CorpusPost, cast, placed
from training.examples import LABELS
from training.fit import Progress
from training.intervals import Estimate, bootstrap, rate
from training.names import Person, all_names, draw_person
from training.report import Headline, Section, Table
from training.target_level import select

DRAWS = 6
"""Names drawn for each post and swap."""

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
People = Mapping[str, Person]
Swap = Callable[[CorpusPost, People, Random], People | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifts:
    """What one swap did, for each post and draw; arrays have shape (posts, draws).

    `shift` is the largest change of any label's probability, `label` the place of that label, and `changed` whether the
    decision differs.
    """

    name: str
    langs: Sequence[str]
    shift: Floats
    changed: Truths
    label: npt.NDArray[np.int64]


def _other_gender(who: str) -> str:
    return "man" if who == "woman" else "woman"


def _same(post: CorpusPost, people: People, chance: Random) -> People | None:
    return {**people, "T": draw_person(post.lang, post.who, chance)} if "T" in people else None


def _gender(post: CorpusPost, people: People, chance: Random) -> People | None:
    if "T" not in people or post.who == "organisation":
        return None
    return {**people, "T": draw_person(post.lang, _other_gender(post.who), chance)}


def _elsewhere(post: CorpusPost, people: People, chance: Random) -> People | None:
    return {**people, "T": foreigner(post.lang, post.who, chance)} if "T" in people else None


def _others(post: CorpusPost, people: People, chance: Random) -> People | None:
    others = [who for who in people if who != "T"]
    if not others:
        return None
    drawn = {who: foreigner(post.lang, chance.choice(("woman", "man")), chance) for who in others}
    return {**people, **drawn}


SWAPS: Mapping[str, Swap] = {
    "defender: another name": _same,
    "defender: other gender": _gender,
    "defender: name of another language": _elsewhere,
    "other people: names of other languages": _others,
}


def foreigner(lang: str, who: str, chance: Random) -> Person:
    """Somebody named in another language, written in that of the post's scripts or, where it has another, in Latin."""
    elsewhere = chance.choice(sorted(set(all_names()) - {lang}))
    person = draw_person(elsewhere, who, chance)
    own = _script(draw_person(lang, who, Random(0)).name)  # noqa: S311
    if _script(person.name) in (own, "LATIN"):
        return person
    return replace(person, name=anyascii(person.name), short=anyascii(person.short))


def _script(name: str) -> str:
    found = Counter(unicodedata.name(letter, "?").split(" ")[0] for letter in name if letter.isalpha())
    return found.most_common(1)[0][0] if found else "NONE"


def measure(
    model: TextModel, posts: Sequence[CorpusPost], *, limit: int, seed: int, progress: Progress
) -> tuple[Shifts, ...]:
    """Judge posts as drawn, then with names swapped.

    Args:
        model: Any text model.
        posts: Of the corpus.
        limit: About so many posts a language for each swap, of those in which there is something to swap.
        seed: Of the names and of that choice.
        progress: Told after each batch.
    """
    shifts = []
    for name, swap in SWAPS.items():
        able = [post for post in posts if swap(post, cast(post, Random(0)), Random(0)) is not None]  # noqa: S311
        some = select(able, part=None, limit=limit, seed=seed)
        shifts.append(_measure(model, some, name, seed=seed, progress=progress))
    return tuple(shifts)


def _measure(model: TextModel, posts: Sequence[CorpusPost], name: str, *, seed: int, progress: Progress) -> Shifts:
    langs: list[str] = []
    passages: list[Passage] = []
    for post in posts:
        people = cast(post, Random(f"{seed}/{post.id}"))  # noqa: S311 - invented people, no secret
        drawn = (SWAPS[name](post, people, Random(f"{seed}/{post.id}/{name}/{draw}")) for draw in range(DRAWS))  # noqa: S311
        langs.append(post.lang)
        for chosen in (people, *drawn):
            assert chosen is not None
            passages.append(placed(post, chosen).passage("T", reply=post.reply, lang=post.lang))
    return _shifts(name, langs, ask(model, passages, progress, what=name))


def _shifts(name: str, langs: Sequence[str], answers: Answers) -> Shifts:
    chances = answers.chances.reshape(len(langs), DRAWS + 1, len(LABELS))
    moved = np.nan_to_num(np.abs(chances[:, 1:] - chances[:, :1]))
    decided = answers.decided.reshape(len(langs), DRAWS + 1)
    return Shifts(
        name=name,
        langs=langs,
        shift=moved.max(axis=2),
        changed=decided[:, 1:] != decided[:, :1],
        label=moved.argmax(axis=2),
    )


def percentile(shift: Floats) -> Estimate | None:
    """The 95th percentile of shifts, shape (posts, draws), with a bootstrap by post."""
    if not shift.size:
        return None
    flat, groups = shift.ravel(), np.repeat(np.arange(len(shift)), shift.shape[1])
    order = np.argsort(flat, kind="stable")

    def at(weights: Floats) -> float:
        mass = np.cumsum(weights[order])
        return float(flat[order][np.searchsorted(mass, 0.95 * mass[-1])])

    return bootstrap(at(np.ones(len(flat))), at, groups)


def headlines(found: Sequence[Shifts]) -> tuple[Headline, ...]:
    """The largest shift by the defender's name, and by anybody else's."""
    lines = []
    for what, part in (("the defender's name", "defender"), ("other people's names", "other people")):
        shifts = [one.shift for one in found if one.name.startswith(part) and one.shift.size]
        if shifts:
            largest = Estimate(value=max(float(s.max()) for s in shifts), low=None, high=None, of=len(shifts[0]))
            lines.append(Headline(what=f"names: largest shift of a probability by {what}", value=largest))
    return tuple(lines)


def section(found: Sequence[Shifts]) -> Section:
    """Shifts by swap, and by language."""
    rows = tuple(
        (
            one.name,
            len(one.shift),
            float(one.shift.max(initial=0.0)),
            _moved_most(one),
            percentile(one.shift),
            rate(np.logical_or.reduce(one.changed, axis=1)),
            float(one.changed.mean()) if one.changed.size else None,
        )
        for one in found
    )
    columns = ("swap", "posts", "largest shift", "of the label", "95th percentile", "decision changes in some draw")
    table = Table(
        name="names",
        caption="Shifts of any label's probability (0-1) when names are drawn anew",
        columns=(*columns, "decision changes, of all draws"),
        rows=rows,
    )
    return Section(
        name="names",
        title="Names must not move the score",
        lead=(
            (
                f"For each post and swap, {DRAWS} names are drawn anew and the answers held against those for the "
                "first. A shift is the largest change of any label's probability. Intervals for 95 %: a bootstrap "
                "by post for the percentile, Wilson's for shares; a largest value has none. A model that puts a "
                "mark in the defender's place has shifts of exactly 0 there; names of others are read as they "
                "stand unless they are handles."
            ),
        ),
        blocks=(table, _by_language(found)),
    )


def _moved_most(one: Shifts) -> str:
    if not one.shift.size or not one.shift.max():
        return "–"
    return LABELS[int(one.label.ravel()[int(one.shift.argmax())])]


def _by_language(found: Sequence[Shifts]) -> Table:
    rows = []
    for lang in sorted({lang for one in found for lang in one.langs}):
        cells: list[float | None] = []
        for one in found:
            inside = np.array(one.langs) == lang
            cells += [float(one.shift[inside].max()), float(one.changed[inside].mean())] if inside.any() else [None] * 2
        rows.append((lang, *cells))
    columns = tuple(f"{one.name}: {what}" for one in found for what in ("largest shift", "decisions changed"))
    return Table(
        name="names-languages",
        caption="Names, by language",
        columns=("language", *columns),
        rows=tuple(rows),
        folded=True,
    )
