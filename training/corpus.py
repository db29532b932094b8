"""The defender corpus: invented posts about defenders, half of them twins, and how they become lessons.

`data/corpus/LANGUAGE.jsonl` holds one post a line. In its text, people are placeholders: `{T}` the defender, `{O}`,
`{O2}` others, `{@T}` their handles, and `{T.dat}` where the language would decline the name. What a post does to a
person is said for each: `labels = {"T": [...], "O": [...]}`, where an empty list is "does not attack them" and a
missing entry "nobody said". See `data/corpus/README.md` (the datasheet).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

import msgspec
import numpy as np

from detector.domain import Label, Passage, Span
from detector.errors import InputError
from detector.shelf import DATA
from detector.text.marking import DEFENDER, OTHER, REPLY, marked
from training.augment import Augment, augmented
from training.examples import COLUMNS, UNKNOWN
from training.lessons import NOTHING_KNOWN, WIDTH, Lesson, Marks
from training.names import Person, draw_person

CORPUS = DATA / "corpus"
PLACEHOLDER = re.compile(r"\{(?P<at>@?)(?P<who>T|O2?)(?:\.(?P<case>gen|dat|acc|ins|loc|voc))?\}")
PARTS = ("train", "dev", "test")

Who = Literal["woman", "man", "organisation"]
Register = Literal["tweet", "comment", "forum", "chat"]
Part = Literal["train", "dev", "test"]


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a second reader said, who saw neither labels nor kind."""

    attack: bool
    labels: tuple[Label, ...]


class CorpusPost(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A post of the corpus.

    `twin` is the id of the post with the same surface and the opposite label; `certainty` the writer's, 1 (borderline)
    to 3 (sure); `reply`: it answers the defender; `country` where usage is local to one; `second` the second reader.
    """

    id: str
    text: str
    lang: str
    who: Who
    register: Register
    kind: str
    labels: dict[str, tuple[Label, ...]]
    certainty: int
    writer: str
    part: Part
    reply: bool = False
    twin: str | None = None
    country: str | None = None
    second: Reading | None = None

    @property
    def attack(self) -> bool:
        """Whether it attacks the defender."""
        return bool(self.labels["T"])

    @property
    def doubtful(self) -> bool:
        """Whether its writer called it borderline, or a second reader saw it otherwise."""
        return self.certainty == 1 or (self.second is not None and self.second.attack != self.attack)


def read_corpus(folder: Path = CORPUS) -> list[CorpusPost]:
    """All posts of a corpus, in order of language and line.

    Raises:
        InputError: A line is not a post of the corpus, an id comes twice, or a twin is missing.
    """
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise InputError(f"There is no corpus in {folder}: no .jsonl file")
    posts = [post for file in files for post in _read_file(file)]
    ids = {post.id for post in posts}
    if len(ids) != len(posts):
        raise InputError(f"The corpus in {folder} has an id twice")
    lost = [post.id for post in posts if post.twin and post.twin not in ids]
    if lost:
        raise InputError(f"The corpus in {folder} lacks the twin of {lost[0]}")
    return posts


def _read_file(file: Path) -> Iterator[CorpusPost]:
    decoder = msgspec.json.Decoder(CorpusPost)
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            post = decoder.decode(line)
        except msgspec.DecodeError as error:
            raise InputError(f"{file}, line {number}: {error}") from error
        if "T" not in post.labels:
            raise InputError(f"{file}, line {number}: labels do not say what the post does to T")
        yield post


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A post with people in it: the text, where each placeholder's name came to stand, and who was drawn."""

    text: str
    spans: Mapping[str, tuple[Span, ...]]
    people: Mapping[str, Person]

    def passage(self, target: str, *, reply: bool = False, lang: str | None = None) -> Passage:
        """The passage that asks about one of the people."""
        others = [span for who, spans in self.spans.items() if who != target for span in spans]
        return Passage(
            text=self.text,
            lang=lang,
            targets=self.spans.get(target, ()),
            others=tuple(span for span in others if self.text[span.start] == "@"),
            replies_to_target=reply,
        )


def draw(post: CorpusPost, chance: Random) -> Drawn:
    """A post with names and handles drawn anew. Declined forms are left to the reader: the name stands as it is."""
    return placed(post, cast(post, chance))


def cast(post: CorpusPost, chance: Random) -> dict[str, Person]:
    """Somebody for each placeholder of a post, in order of appearance."""
    people: dict[str, Person] = {}
    for found in PLACEHOLDER.finditer(post.text):
        who = found["who"]
        if who not in people:
            people[who] = draw_person(post.lang, post.who if who == "T" else chance.choice(("woman", "man")), chance)
    return people


def placed(post: CorpusPost, people: Mapping[str, Person]) -> Drawn:
    """A post with these people in it, one for each placeholder."""
    spans: dict[str, list[Span]] = {}
    parts: list[str] = []
    place = size = 0
    for found in PLACEHOLDER.finditer(post.text):
        who = found["who"]
        name = f"@{people[who].handle}" if found["at"] else people[who].name
        before = post.text[place : found.start()]
        spans.setdefault(who, []).append(Span(start=size + len(before), end=size + len(before) + len(name)))
        parts += (before, name)
        size += len(before) + len(name)
        place = found.end()
    text = "".join([*parts, post.text[place:]])
    return Drawn(text=text, spans={who: tuple(all_) for who, all_ in spans.items()}, people=people)


def ordinary_post(
    name: str, text: str, lang: str, *, who: Who = "woman", register: Register = "comment", reply: bool = False
) -> CorpusPost:
    """A sentence that attacks nobody as a post of the corpus, so that people can be drawn for it."""
    return CorpusPost(
        id=name,
        text=text,
        lang=lang,
        who=who,
        register=register,
        kind="neutral",
        labels={"T": ()},
        certainty=3,
        writer="",
        part="test",
        reply=reply,
    )


@dataclass(slots=True, kw_only=True)
class CorpusLessons:
    """The corpus as a source of lessons: names, marks, reply contexts and disguises drawn anew every time.

    With the chance `swap`, a post that says what it does to `{O}` is asked about `{O}` instead. Doubtful posts count
    `doubt`. With the chance `together`, a post comes with its twin.
    """

    posts: Sequence[CorpusPost]
    augment: Augment
    swap: float = 0.3
    doubt: float = 0.5
    together: float = 0.7
    _twins: Mapping[str, CorpusPost] = field(init=False)

    def __post_init__(self) -> None:
        self._twins = {post.id: post for post in self.posts}

    @property
    def groups(self) -> Sequence[str]:
        """A group is a language."""
        return [f"corpus/{post.lang}" for post in self.posts]

    def draw(self, row: int, chance: Random) -> Sequence[Lesson]:
        """See `training.lessons.Source`. Twins get the same names and the same disguises."""
        post = self.posts[row]
        other = self._twins.get(post.twin or "")
        if other is None or chance.random() > self.together:
            return (self._lesson(post, chance),)
        seed = chance.getrandbits(40)
        return tuple(
            self._lesson(one, Random(seed), pair=row + 1)  # noqa: S311 - drawing names
            for one in (post, other)
        )

    def _lesson(self, post: CorpusPost, chance: Random, *, pair: int = 0) -> Lesson:
        swapped = not pair and post.labels.get("O") is not None and chance.random() < self.swap
        target = "O" if swapped else "T"
        reply = post.reply and target == "T"
        text = marked(draw(post, chance).passage(target, reply=reply))
        text = augmented(_context(text, chance), self.augment, chance)
        return Lesson(
            text=text,
            anybody=anybody_marks(post),
            target=target_marks(post.labels[target]),
            weight=self.doubt if post.doubtful else 1.0,
            pair=pair,
        )


def target_marks(labels: Sequence[Label]) -> Marks:
    """Every label and, last, whether there is any attack, shape (WIDTH,)."""
    marks = np.zeros(WIDTH, np.int8)
    for label in labels:
        marks[COLUMNS.index(label.value)] = 1
    marks[-1] = bool(labels)
    return marks


def anybody_marks(post: CorpusPost) -> Marks:
    """What a post teaches about attacks on anybody, shape (WIDTH,).

    The labels of all people in it together. Whether it is *offensive* is not claimed: smears come politely, and what is
    quoted in order to condemn it is offensive to read. A post with somebody unlabelled in it teaches only its attacks.
    """
    marks = np.zeros(WIDTH, np.int8)
    if "{O" in post.text and "O" not in post.labels:
        marks = NOTHING_KNOWN.copy()
    for label in {label for labels in post.labels.values() for label in labels}:
        marks[COLUMNS.index(label.value)] = 1
    marks[-1] = UNKNOWN
    return marks


def _context(text: str, chance: Random) -> str:
    """The same post as platforms deliver it: replies open with the handle or do not, a reply may come as a mention."""
    if text.startswith(REPLY):
        rest = text.removeprefix(REPLY).strip()
        if DEFENDER in rest:
            return rest if chance.random() < 0.3 else text
        return f"{REPLY} {DEFENDER} {rest}" if chance.random() < 0.3 else text
    if DEFENDER in text and chance.random() < 0.12:
        return f"{REPLY} {text}"
    if OTHER not in text and chance.random() < 0.06:
        return f"{OTHER} {text}"
    return text
