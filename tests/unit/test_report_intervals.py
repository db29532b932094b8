"""Intervals: equal to what others compute, honest at the ends, and fair to rows that belong together."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from training.figures import balanced, macro_f1
from training.intervals import bootstrap, group_numbers, halfway, resampled, weighted_area, wilson


def test_wilson_equals_the_published_example() -> None:
    """Newcombe 1998, table I: 81 of 263 and 0 of 20."""
    some, none = wilson(81, 263), wilson(0, 20)
    assert some is not None
    assert none is not None
    assert [some.low, some.high] == pytest.approx([0.2553, 0.3662], abs=1e-4)
    assert [none.value, none.low, none.high] == pytest.approx([0, 0, 0.1611], abs=1e-4)
    assert wilson(0, 0) is None


@given(st.integers(0, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_wilson_holds_the_rate_and_stays_inside(pair: tuple[int, int]) -> None:
    one = wilson(*pair)
    assert (one is None) == (pair[1] == 0)
    if one is not None and one.low is not None and one.high is not None:
        assert 0 <= one.low <= one.value <= one.high <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=40))
def test_the_weighted_area_is_scikit_learns(rows: list[tuple[bool, int, int]]) -> None:
    truth, ranking = np.array([r[0] for r in rows]), np.array([r[1] / 5 for r in rows])
    weights = np.array([float(r[2]) for r in rows])
    found = weighted_area(truth, ranking)(weights)
    if not (weights[truth].any() and weights[~truth].any()):
        assert found is None
        return
    assume(len(set(truth.tolist())) == 2)
    assert found == pytest.approx(roc_auc_score(truth, ranking, sample_weight=weights))


def test_halves_of_a_twin_are_drawn_together() -> None:
    groups = group_numbers(["a", "b", "a", "c", "b"])
    assert groups.tolist() == [0, 1, 0, 2, 1]
    draws = list(resampled(groups, seed=3, replicates=50))
    assert all(draw[0] == draw[2] and draw[1] == draw[4] for draw in draws)
    assert len({tuple(draw) for draw in draws}) > 5
    assert [draw.tolist() for draw in resampled(groups, seed=3, replicates=50)] == [draw.tolist() for draw in draws]


def test_the_bootstrap_widens_when_rows_repeat_each_other() -> None:
    values = np.random.default_rng(1).random(60)
    twice = np.concatenate((values, values))

    def mean_of(data: np.ndarray, weights: np.ndarray) -> float:
        return float(weights @ data / weights.sum())

    def width(groups: np.ndarray, data: np.ndarray) -> float:
        one = bootstrap(float(data.mean()), lambda weights: mean_of(data, weights), groups)
        assert one is not None
        assert one.low is not None
        assert one.high is not None
        return one.high - one.low

    honest = width(np.tile(np.arange(60), 2), twice)
    assert honest == pytest.approx(width(np.arange(60), values))
    assert width(np.arange(120), twice) < 0.85 * honest


def test_rows_that_are_all_alike_give_no_interval() -> None:
    one = bootstrap(1.0, lambda _: 1.0, np.arange(9))
    assert one is not None
    assert (one.low, one.high, one.of) == (None, None, 9)
    assert str(one) == "1.000"
    assert bootstrap(None, lambda _: 1.0, np.arange(9)) is None
    right = halfway(wilson(9, 9), wilson(9, 9))
    assert right is not None
    assert right.value == right.high == 1
    assert right.low is not None
    assert 0.7 < right.low < 0.85


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_measures_of_weighted_rows_need_both_classes(rows: list[tuple[bool, bool]]) -> None:
    truth, flagged = (np.array([row[place] for row in rows], np.bool_) for place in (0, 1))
    ones = np.ones(len(rows))
    for measure in (balanced, macro_f1):
        found = measure(truth, flagged, ones)
        assert (found is None) == (len(set(truth.tolist())) < 2)
        assert found is None or 0 <= found <= 1
        assert measure(truth, flagged, 3 * ones) == (None if found is None else pytest.approx(found))
