"""Places: many spans of one text, asked for the nearest, for overlaps and for what holds what.

A text may hold tens of thousands of cues and handles, so every question takes a binary search and never a walk: a post
that was written to be slow must not hold up a stream.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from detector.domain import Span

BORDER = 20
"""Letters that a sentence border counts for in a distance."""


class Ruler:
    """Measures along a text: letters, and `BORDER` more for each sentence border (their offsets, ascending)."""

    def __init__(self, borders: Iterable[int] = ()) -> None:
        self._borders = tuple(borders)

    def __call__(self, offset: int) -> int:
        """How far from the text's start an offset stands; monotone."""
        return offset + BORDER * bisect_left(self._borders, offset)

    def between(self, low: int, high: int) -> int:
        """How far it is from the end of one span to the start of a later one; 0 where they overlap."""
        return max(0, self(high) - self(low))


class Places:
    """Spans of one text. A question about none of them is answered with False or None."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans = tuple(sorted(spans, key=lambda span: (span.start, span.end)))
        self._starts = [span.start for span in self._spans]
        # The farthest end among the first n: whatever starts before a point reaches no farther than this.
        self._reach = [0, *accumulate((span.end for span in self._spans), max)]

    def __iter__(self) -> Iterator[Span]:
        """By place."""
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def nearest(self, span: Span, ruler: Ruler) -> int | None:
        """Distance to the nearest of the places; 0 where one overlaps."""
        after = bisect_left(self._starts, span.start)
        before = ruler.between(self._reach[after], span.start) if after else None
        behind = ruler.between(span.end, self._starts[after]) if after < len(self._starts) else None
        return min((distance for distance in (before, behind) if distance is not None), default=None)

    def overlap(self, span: Span) -> bool:
        """Whether any place shares a letter with a span."""
        return self._reach[bisect_left(self._starts, span.end)] > span.start

    def hold(self, span: Span) -> bool:
        """Whether a span lies within one of the places."""
        return self._reach[bisect_right(self._starts, span.start)] >= span.end

    def hold_more_than(self, span: Span) -> bool:
        """Whether a span lies within one of the places, and is shorter than it."""
        earlier = self._reach[bisect_left(self._starts, span.start)] >= span.end
        return earlier or self._reach[bisect_right(self._starts, span.start)] > span.end


def longest(spans: Iterable[Span]) -> list[Span]:
    """Of overlapping spans, the longest; by place. Of two as long, the earlier."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        place = bisect_left(kept, span.start, key=lambda one: one.start)
        is_free = (not place or kept[place - 1].end <= span.start) and (
            place == len(kept) or span.end <= kept[place].start
        )
        if is_free:
            kept.insert(place, span)
    return kept
