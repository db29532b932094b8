"""Titles and callings beside a name (`data/titles.toml`): "Advocate", "นักข่าว", "弁護士".

Before a family name they are not somebody else's first name; beside a first name alone they are support.
"""

import tomllib
from functools import cache

from detector.shelf import DATA
from detector.targets.folding import fold_each
from detector.targets.reading import Reading, Token
from detector.targets.scripts import UNSPACED, Script, word_script


def is_title(folded: str) -> bool:
    """Whether a folded word is a title or a calling in some language."""
    return folded in _titles()


def stands_by_title(reading: Reading, token: Token) -> bool:
    """Whether a title stands directly before or after a word, or is written onto it where words are not parted."""
    if word_script(token.text) in UNSPACED:
        stream = reading.folded.text
        return stream[: token.start].endswith(_unspaced()) or stream.startswith(_unspaced(), token.end)
    beside = (reading.before(token), reading.after(token))
    return any(word is not None and _is_telling(word.text) for word in beside)


def _is_telling(folded: str) -> bool:
    """Short titles ("av", "mr") are words of other languages: they excuse a family name, but support nobody."""
    return is_title(folded) and (len(folded) > _SHORT or word_script(folded) is Script.HANGUL)


_SHORT = 3


@cache
def _titles() -> frozenset[str]:
    lists = tomllib.loads((DATA / "titles.toml").read_text(encoding="utf-8"))
    return fold_each([word for words in lists.values() for word in words.split()])


@cache
def _unspaced() -> tuple[str, ...]:
    return tuple(sorted(title for title in _titles() if word_script(title) in UNSPACED))
