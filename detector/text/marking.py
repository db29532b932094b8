"""A passage as the encoder reads it: the defender, other people and a reply to the defender are special tokens.

Training and judging share this one function, so that what was learnt is what is asked. Names never reach the model:
the marked defender is `[DEFENDER]` whatever they are called, handles of others are `[OTHER]`, links are `http`.
Masked spelling is undone (`detector.normalize`); text that is not masked keeps its case and its diacritics.
"""

import re
import unicodedata
from collections.abc import Iterator

from detector.characters import HANDLE
from detector.domain import Passage, Span
from detector.normalize import is_masked, normalize

OTHER = "[OTHER]"
DEFENDER = "[DEFENDER]"
REPLY = "[REPLY]"
MARKS = (OTHER, DEFENDER, REPLY)
"""In the order of their ids, which follow the vocabulary's: from the id of `DEFENDER` on they stand for the target."""

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_FORGED = re.compile(r"\[(OTHER|DEFENDER|REPLY)\]")
_BROKEN = re.compile("[\ud800-\udfff]")
_EMPTY = re.compile(r"\[(?:OTHER|DEFENDER|REPLY)\]|\bhttp\b")
_PLACE = re.compile(f"{_LINK.pattern}|(?P<handle>{HANDLE.pattern})", re.IGNORECASE)


def marked(passage: Passage) -> str:
    """The text of a passage with its marks.

    Spans of `targets` win over spans of `others` that overlap them. Marks that a writer typed are taken out of
    brackets: nobody can point the model at somebody by writing `[DEFENDER]`.
    """
    parts = [f"{REPLY} "] if passage.replies_to_target else []
    place = 0
    for span, mark in _marks(passage):
        parts += (_plain(passage.text[place : span.start]), mark)
        place = span.end
    return "".join([*parts, _plain(passage.text[place:])])


def says_something(text: str) -> bool:
    """Whether a marked text has a letter, a digit or a symbol beside its marks and links."""
    rest = _EMPTY.sub(" ", text)
    return any(c.isalnum() or unicodedata.category(c)[0] == "S" for c in rest)


def _marks(passage: Passage) -> Iterator[tuple[Span, str]]:
    """Spans to replace with their marks, in order, without overlaps."""
    taken: list[tuple[Span, str]] = []
    for spans, mark in ((passage.targets, DEFENDER), (passage.others, OTHER)):
        for span in spans:
            if all(span.end <= one.start or one.end <= span.start for one, _ in taken):
                taken.append((span, mark))
    yield from sorted(taken, key=lambda pair: pair[0].start)


def _plain(text: str) -> str:
    text = _BROKEN.sub("\ufffd", _FORGED.sub(r"\1", text))
    text = _PLACE.sub(lambda found: OTHER if found["handle"] else "http", text)
    return normalize(text).text if is_masked(text.casefold()) else text
