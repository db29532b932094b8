"""Disguises and accidents of writing, drawn at random: case, punctuation, emoji, masked and mistyped words, script.

The normaliser undoes many disguises before the model sees a text; these are chiefly the kinds that it cannot undo, and
the traces that undoing leaves (all in lower case). Every change is as likely in an attack as in anything else, so that
none becomes a sign of one. Marks are never touched.
"""

import re
from collections.abc import Callable
from random import Random

import msgspec
from anyascii import anyascii

from detector.normalize import normalize
from detector.text.marking import MARKS
from training.disguises import in_words, leet, mistyped, split, spread, starred

Chance = float

_MARK = re.compile(r"(\[(?:OTHER|DEFENDER|REPLY)\])")
_SUFFIX = re.compile(r"(?<=\[DEFENDER\])['’]?\w{1,4}(?!\w)")
_LAST = re.compile(r"[.!。।۔…]+\s*$")
_EMOJI = "🙏😂🔥💔😡👏🤔😢❤️✊😏🙄"


class Augment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often each change is made, 0-1. `[augment]` in a recipe."""

    lower: float = 0.08
    upper: float = 0.03
    final: float = 0.15
    emoji: float = 0.06
    mask: float = 0.08
    typo: float = 0.08
    latin: float = 0.04
    plain: float = 0.05
    quotes: float = 0.05
    suffix: float = 0.4


def augmented(text: str, augment: Augment, chance: Random) -> str:
    """A marked text with changes drawn at random."""
    if chance.random() < augment.suffix:
        text = _SUFFIX.sub("", text)
    changes: tuple[tuple[Chance, Callable[[str], str]], ...] = (
        (augment.latin, anyascii),
        (augment.plain, lambda part: normalize(part).text),
        (augment.mask, lambda part: _one_word(part, chance, _masked)),
        (augment.typo, lambda part: _one_word(part, chance, mistyped)),
        (augment.quotes, lambda part: part.translate(dict.fromkeys(map(ord, '"“”„«»')))),
        (augment.lower, str.lower),
        (augment.upper, str.upper),
    )
    for how_often, change in changes:
        if chance.random() < how_often:
            text = _outside(text, change)
    if chance.random() < augment.final:
        text = _LAST.sub("", text) if _LAST.search(text) else f"{text}{chance.choice('.!…')}"
    if chance.random() < augment.emoji:
        text = f"{text} {chance.choice(_EMOJI)}"
    return text


def _outside(text: str, change: Callable[[str], str]) -> str:
    return "".join(part if part in MARKS else change(part) for part in _MARK.split(text))


def _one_word(text: str, chance: Random, change: Callable[[str, Random], str]) -> str:
    """About every sixth long word, changed."""
    return in_words(text, chance, change, 0.17)


def _masked(word: str, chance: Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    way = chance.randrange(4)
    if way == 0:
        return starred(word, place, chance)
    if way == 1:
        return spread(word, chance)
    return leet(word) if way == 2 else split(word, place, chance)
