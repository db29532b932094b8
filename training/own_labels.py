"""A researcher's own labels: a CSV of posts in a language or dialect, read into lessons and parts.

Columns: `text`; optionally `target` (the words in the text that name the person who may be attacked, several parted by
`|`; empty where the post only replies to them), `reply` (1: it answers them), `part`; and one column a label with 1, 0
or nothing (nobody said), and `attack` (in any way). A row with a target or a reply teaches who is attacked; one without
teaches whether anybody is. Which kind a file holds decides what its figures measure.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from detector.domain import Label, Passage, Span
from detector.errors import InputError
from detector.text.bundle import ATTACK
from detector.text.marking import marked
from training.augment import Augment, augmented
from training.examples import COLUMNS, TARGET_COLUMNS, UNKNOWN
from training.lessons import NOTHING_KNOWN, WIDTH, Lesson, Marks
from training.splits import near_duplicates, split

FEWEST = 20
"""Attacks, and posts that are none, without which nothing can be taught and measured."""

SHARES = {"train": 0.7, "dev": 0.15, "test": 0.15}
VALUES = {"1": 1, "0": 0, "true": 1, "false": 0, "yes": 1, "no": 0}
"""How people write a mark, casefolded; nothing at all is "nobody said"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPost:
    """A row: its passage, what is known of it (shape (WIDTH,), the last "in any way"), and its part."""

    passage: Passage
    marks: Marks
    part: str

    @property
    def aimed(self) -> bool:
        """Whether it says what is done to a marked person."""
        return bool(self.passage.targets) or self.passage.replies_to_target

    @property
    def attack(self) -> bool | None:
        """Whether it attacks, if anybody said."""
        return None if self.marks[-1] == UNKNOWN else bool(self.marks[-1])


def read_own_labels(path: Path, *, lang: str, seed: int = 1) -> list[OwnPost]:
    """Read a CSV of own labels and deal it into parts, near-duplicates together, where it has no `part` column.

    Raises:
        InputError: It cannot be read, lacks a column, holds another value than 0, 1 or nothing, names a target that
            is not in its text, or has too few rows of either kind; the message names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV in UTF-8") from error
    if not rows or "text" not in rows[0]:
        raise InputError(f"{path} has no rows, or no column `text`")
    known = [name for name in TARGET_COLUMNS if name in rows[0]]
    if not known:
        raise InputError(f"{path} has no label column; known: {', '.join(TARGET_COLUMNS)}")
    posts = [_post(row, number, path, lang) for number, row in enumerate(rows, 2)]
    sides = [sum(post.attack is side for post in posts) for side in (True, False)]
    if min(sides) < FEWEST:
        raise InputError(
            f"{path} has {sides[0]} attacks and {sides[1]} posts that are none; {FEWEST} of either are needed"
        )
    if all(post.part for post in posts):
        return posts
    parts = split(near_duplicates([post.passage.text for post in posts]), SHARES, seed=seed)
    return [OwnPost(passage=post.passage, marks=post.marks, part=part) for post, part in zip(posts, parts, strict=True)]


def _post(row: Mapping[str, str | None], number: int, path: Path, lang: str) -> OwnPost:
    text = (row.get("text") or "").strip()
    if not text:
        raise InputError(f"{path}, line {number}: there is no text")
    target = (row.get("target") or "").strip()
    spans = places(text, target) if target else ()
    if target and not spans:
        raise InputError(f"{path}, line {number}: the target does not stand in the text")
    part = (row.get("part") or "").strip()
    if part and part not in SHARES:
        raise InputError(f"{path}, line {number}: part must be one of {', '.join(SHARES)}")
    reply = _value(row.get("reply"), path, number, "reply") == 1
    return OwnPost(
        passage=Passage(text=text, lang=lang, targets=spans, replies_to_target=reply),
        marks=_marks(row, path, number),
        part=part,
    )


def places(text: str, wordings: str) -> tuple[Span, ...]:
    """Where any of the wordings (parted by `|`) stands, longest first, as words where they stand so anywhere."""
    taken: list[Span] = []
    for words in sorted(filter(None, map(str.strip, wordings.split("|"))), key=len, reverse=True):
        plain = re.escape(words)
        whole = re.compile(rf"(?<!\w){plain}(?!\w)")
        pattern = whole if whole.search(text) else re.compile(plain)
        for found in pattern.finditer(text):
            span = Span(start=found.start(), end=found.end())
            if all(span.end <= one.start or one.end <= span.start for one in taken):
                taken.append(span)
    return tuple(sorted(taken, key=lambda span: span.start))


def _marks(row: Mapping[str, str | None], path: Path, number: int) -> Marks:
    marks = NOTHING_KNOWN.copy()
    for label in Label:
        marks[COLUMNS.index(label.value)] = _value(row.get(label.value), path, number, label.value)
    marks[-1] = _value(row.get(ATTACK), path, number, ATTACK)
    labels = marks[:-1]
    if marks[-1] == UNKNOWN and (labels == 1).any():
        marks[-1] = 1
    elif marks[-1] == UNKNOWN and (labels == 0).all():
        marks[-1] = 0
    elif marks[-1] == 0 and (labels == 1).any():
        raise InputError(f"{path}, line {number}: a label is 1 though `attack` is 0")
    elif marks[-1] == 0:
        marks[:-1] = 0
    return marks


def _value(raw: str | None, path: Path, number: int, column: str) -> int:
    word = (raw or "").strip().casefold()
    value = VALUES.get(word) if word else UNKNOWN
    if value is None:
        raise InputError(f"{path}, line {number}: `{column}` holds something other than 0, 1 or nothing")
    return value


@dataclass(slots=True, kw_only=True)
class OwnLessons:
    """Own labels as a source of lessons, disguises drawn anew every time."""

    posts: Sequence[OwnPost]
    augment: Augment

    @property
    def groups(self) -> Sequence[str]:
        """One group: they are one language."""
        return ["own"] * len(self.posts)

    def draw(self, row: int, chance: Random) -> Sequence[Lesson]:
        """See `training.lessons.Source`."""
        post = self.posts[row]
        text = augmented(marked(post.passage), self.augment, chance)
        if post.aimed:
            return (Lesson(text=text, anybody=NOTHING_KNOWN, target=post.marks),)
        anybody = np.full(WIDTH, UNKNOWN, np.int8)
        anybody[:-1] = post.marks[:-1]
        return (Lesson(text=text, anybody=anybody, target=NOTHING_KNOWN),)
