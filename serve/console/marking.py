"""A post's text cut into pieces, so that a template can mark the defender and the words that gave rise to the flag."""

from collections.abc import Iterable
from dataclasses import dataclass

from detector.domain import Flag, Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and what it is: plain, the defender, or evidence."""

    text: str
    kind: str


def pieces(flag: Flag) -> tuple[Piece, ...]:
    """The text in order. The defender's name wins over evidence where both claim a letter."""
    if flag.post is None:
        return ()
    text = flag.post.text
    kinds = ["plain"] * len(text)
    _paint(kinds, "evidence", (s.evidence for s in flag.assessment.signals if s.evidence))
    _paint(kinds, "defender", flag.assessment.mention.spans)
    return tuple(Piece(text[start:end], kind) for start, end, kind in _runs(kinds))


def _paint(kinds: list[str], kind: str, spans: Iterable[Span]) -> None:
    for span in spans:
        inside = range(max(0, span.start), min(len(kinds), span.end))
        for at in inside:
            kinds[at] = kind


def _runs(kinds: list[str]) -> Iterable[tuple[int, int, str]]:
    start = 0
    for at in range(1, len(kinds) + 1):
        if at == len(kinds) or kinds[at] != kinds[start]:
            yield start, at, kinds[start]
            start = at
