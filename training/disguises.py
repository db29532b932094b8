"""Ways to hide a word or a whole text from a filter, one function each.

Training draws some of them (`training.augment`), the report measures how a model stands up to each
(`training.robustness`). They change spelling, never what is said. Handles and names are the caller's to spare.
"""

import re
from collections.abc import Callable, Mapping
from random import Random

from anyascii import anyascii

from detector.characters import TO_LATIN

WORD = re.compile(r"\w{4,}")
"""Words long enough to be worth hiding and still be read."""

ZERO_WIDTH = "\u200b"

_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_ALIKE = {
    **{ord(latin): other for other, latin in TO_LATIN["cyrillic"].items() if latin in "aceijopsxy"},  # the same shapes
    **{ord(other): latin for script in ("cyrillic", "greek", "armenian") for other, latin in TO_LATIN[script].items()},
}

WordChange = Callable[[str, Random], str]
TextChange = Callable[[str, Random], str]


def in_words(text: str, chance: Random, change: WordChange, share: float) -> str:
    """A text with a share (0-1) of its long words changed."""
    return WORD.sub(lambda found: change(found[0], chance) if chance.random() < share else found[0], text)


def starred(word: str, place: int, chance: Random) -> str:
    """One letter masked."""
    return f"{word[:place]}{chance.choice('*_#')}{word[place + 1 :]}"


def spread(word: str, chance: Random) -> str:
    """Letters set apart."""
    return chance.choice((".", "-", " ")).join(word)


def leet(word: str) -> str:
    """Figures for the letters that they look like."""
    return word.translate(_LEET)


def split(word: str, place: int, chance: Random) -> str:
    """A sign set between two letters."""
    return f"{word[:place]}{chance.choice('.-*')}{word[place:]}"


def mistyped(word: str, chance: Random) -> str:
    """A letter lost, doubled or changed with its neighbour."""
    place = chance.randrange(len(word) - 1)
    way = chance.randrange(3)
    if way == 0:
        return word[:place] + word[place + 1 :]
    if way == 1:
        return word[: place + 1] + word[place] * chance.randrange(1, 3) + word[place + 1 :]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def lookalike(word: str, chance: Random) -> str:
    """Letters of another script that look the same, for about half of the letters that have one."""
    return "".join(letter.translate(_ALIKE) if chance.random() < 0.5 else letter for letter in word)


def stretched(word: str, chance: Random) -> str:
    """One letter drawn out."""
    place = chance.randrange(1, len(word))
    return word[:place] + word[place] * 3 + word[place:]


def _inside(word: str, chance: Random) -> int:
    return chance.randrange(1, len(word) - 1)


def _words(change: WordChange, share: float = 0.5) -> TextChange:
    return lambda text, chance: in_words(text, chance, change, share)


DISGUISES: Mapping[str, TextChange] = {
    "figures for letters": _words(lambda word, _: leet(word)),
    "letters set apart": _words(spread),
    "a letter starred": _words(lambda word, chance: starred(word, _inside(word, chance), chance)),
    "a sign inside": _words(lambda word, chance: split(word, _inside(word, chance), chance)),
    "look-alike letters": _words(lookalike),
    "zero-width signs": _words(lambda word, _: ZERO_WIDTH.join(word)),
    "letters drawn out": _words(stretched),
    "typing errors": _words(mistyped),
    "Latin script": lambda text, _: anyascii(text),
    "upper case": lambda text, _: text.upper(),
}
"""Each disguise by name; those of words change half of the long ones."""
