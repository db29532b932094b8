"""Laws of places: every quick answer is what a walk over all spans would give."""

from hypothesis import given
from hypothesis import strategies as st

from detector.assess.places import BORDER, Places, Ruler, longest
from detector.domain import Span

SPAN = st.builds(lambda start, length: Span(start=start, end=start + length), st.integers(0, 60), st.integers(1, 12))
SPANS = st.lists(SPAN, max_size=12)
BORDERS = st.lists(st.integers(0, 70), max_size=8).map(sorted)


def overlap(one: Span, two: Span) -> bool:
    return one.start < two.end and two.start < one.end


def walked(span: Span, other: Span, borders: list[int]) -> int:
    if overlap(span, other):
        return 0
    low, high = sorted((span, other), key=lambda one: one.start)
    return high.start - low.end + BORDER * sum(low.end <= border < high.start for border in borders)


@given(SPANS, SPAN, BORDERS)
def test_the_nearest_is_the_least_of_all_distances(spans: list[Span], span: Span, borders: list[int]) -> None:
    expected = min((walked(span, other, borders) for other in spans), default=None)
    assert Places(spans).nearest(span, Ruler(borders)) == expected


@given(SPANS, SPAN)
def test_overlap_is_any_overlap(spans: list[Span], span: Span) -> None:
    assert Places(spans).overlap(span) == any(overlap(span, other) for other in spans)


@given(SPANS, SPAN)
def test_hold_is_any_that_holds(spans: list[Span], span: Span) -> None:
    holding = [other for other in spans if other.start <= span.start and span.end <= other.end]
    assert Places(spans).hold(span) == bool(holding)
    assert Places(spans).hold_more_than(span) == any(other != span for other in holding)


@given(SPANS)
def test_the_longest_are_apart_and_leave_nothing_out(spans: list[Span]) -> None:
    kept = longest(spans)
    assert kept == sorted(kept, key=lambda span: span.start)
    assert not any(overlap(one, two) for n, one in enumerate(kept) for two in kept[n + 1 :])
    for span in spans:
        assert any(overlap(span, one) and one.end - one.start >= span.end - span.start for one in kept)
