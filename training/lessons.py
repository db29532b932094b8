"""What the network is shown: lessons, drawn anew at every pass from sources of labelled posts.

A source holds rows; drawing one gives a `Lesson`, a marked text with what is known of it. Two sets of marks belong to
it: whether it attacks anybody, and whether it attacks the marked defender. Null is not 0: what nobody annotated is
`UNKNOWN` and teaches nothing. This module holds the public data sets; the defender corpus is `training.corpus`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

import numpy as np
import numpy.typing as npt

from detector.domain import Passage
from detector.text.bundle import HOSTILITY
from detector.text.marking import DEFENDER, REPLY, marked
from training.examples import COLUMNS, UNKNOWN, Examples

WIDTH = len(COLUMNS)
"""Marks of either set: one a label, and `offensive` (anybody) or `attack` (the defender) last."""

Marks = npt.NDArray[np.int8]
NOTHING_KNOWN: Marks = np.full(WIDTH, UNKNOWN, np.int8)
NO_ATTACK: Marks = np.zeros(WIDTH, np.int8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One marked text and what is known of it; both arrays have shape (WIDTH,), values 0, 1, `UNKNOWN`.

    Twins that are shown together have the same `pair`, a positive number; 0 is nobody's twin.
    """

    text: str
    anybody: Marks
    target: Marks
    weight: float = 1.0
    pair: int = 0


class Source(Protocol):
    """Rows to learn from. `groups` gives each row's group (a set in a language), by name."""

    @property
    def groups(self) -> Sequence[str]:
        """The group of each row; its length is the number of rows."""

    def draw(self, row: int, chance: Random) -> Sequence[Lesson]:
        """A row as it is shown this time: one lesson, or it and its twin."""


@dataclass(slots=True, kw_only=True)
class PublicLessons:
    """Public data sets. No row of theirs is about a defender, but an inoffensive one attacks none either.

    With the chance `addressed`, a text is shown as if it mentioned a defender or replied to one: where it is known to
    be inoffensive it teaches that ordinary mentions are no attacks; otherwise nothing is claimed about the defender.

    `calm` marks rows without annotation that are known to be friendly or neutral (sentiment data): they count as
    inoffensive with the weight `calm_weight`.
    """

    examples: Examples
    weights: Mapping[str, float] = field(default_factory=dict)
    calm: npt.NDArray[np.bool_] | None = None
    addressed: float = 0.35
    calm_weight: float = 0.5

    @property
    def groups(self) -> Sequence[str]:
        """A group is a data set in one language."""
        return [f"{name}/{lang}" for name, lang in zip(self.examples.sets, self.examples.langs, strict=True)]

    def draw(self, row: int, chance: Random) -> Sequence[Lesson]:
        """See `Source`."""
        anybody = self.examples.labels[row]
        weight = self.weights.get(self.examples.sets[row], 1.0)
        if self.calm is not None and self.calm[row]:
            anybody, weight = NO_ATTACK, weight * self.calm_weight
        text = marked(Passage(text=self.examples.texts[row]))
        calm = anybody[COLUMNS.index(HOSTILITY)] == 0 and not (anybody == 1).any()
        target = NOTHING_KNOWN
        if chance.random() < self.addressed:
            text = addressed(text, chance)
            target = NO_ATTACK if calm else NOTHING_KNOWN
        return (Lesson(text=text, anybody=anybody, target=target, weight=weight),)


def addressed(text: str, chance: Random) -> str:
    """A marked text as if it mentioned the defender or replied to them."""
    way = chance.random()
    if way < 0.35:
        return f"{REPLY} {text}"
    if way < 0.5:
        return f"{REPLY} {DEFENDER} {text}"
    if way < 0.75:
        return f"{DEFENDER} {text}"
    return f"{text} {DEFENDER}"
