"""Platt scaling: keeps the order, gives frequencies, refuses to invent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from detector.text.calibrate import Platt, fit_platt, sigmoid


def drawn(slope: float, intercept: float, count: int = 4_000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    raw = random.normal(2, 3, count)
    return raw, random.random(count) < sigmoid(slope * raw + intercept)


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.3, -2.0), (4.0, 1.0)])
def test_finds_the_curve_that_made_the_rows(slope: float, intercept: float) -> None:
    fitted = fit_platt(*drawn(slope, intercept))
    assert fitted is not None
    assert fitted.slope == pytest.approx(slope, rel=0.15)
    assert fitted.intercept == pytest.approx(intercept, abs=0.3)


def test_equals_unpenalised_logistic_regression() -> None:
    raw, truth = drawn(0.7, -1.0)
    reference = LogisticRegression(C=1e9, tol=1e-8).fit(raw[:, None], truth)
    fitted = fit_platt(raw, truth)
    assert fitted is not None
    assert fitted.slope == pytest.approx(float(reference.coef_[0, 0]), rel=0.01)
    assert float(fitted(raw).mean()) == pytest.approx(float(truth.mean()), abs=0.002)


def test_weights_count_as_repetitions() -> None:
    raw, truth = drawn(1.0, 0.0, 300)
    weights = np.where(truth, 3, 1)
    weighted, repeated = fit_platt(raw, truth, weights), fit_platt(np.repeat(raw, weights), np.repeat(truth, weights))
    assert weighted is not None
    assert repeated is not None
    assert weighted.slope == pytest.approx(repeated.slope, rel=1e-3)
    assert weighted.intercept == pytest.approx(repeated.intercept, rel=1e-2, abs=1e-2)


def test_separable_scores_stay_finite() -> None:
    fitted = fit_platt([-2, -1, 1, 2], [False, False, True, True])
    assert fitted is not None
    assert np.isfinite([fitted.slope, fitted.intercept]).all()
    assert 0.5 < float(fitted(2)) < 1


@pytest.mark.parametrize(
    ("raw", "truth"),
    [([1, 2], [True, True]), ([1, 2], [False, False]), ([1, 1], [True, False]), ([2, 1], [False, True]), ([], [])],
    ids=["only positives", "only negatives", "no spread", "upside down", "nothing"],
)
def test_nothing_to_learn_is_none(raw: list[float], truth: list[bool]) -> None:
    assert fit_platt(raw, truth) is None


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-3, 50), st.floats(-50, 50), st.lists(st.floats(-100, 100), min_size=2, max_size=20))
def test_order_is_kept_and_probabilities_are_probabilities(slope: float, intercept: float, raw: list[float]) -> None:
    chances = Platt(slope=slope, intercept=intercept)(sorted(raw))
    assert ((chances >= 0) & (chances <= 1)).all()
    assert (np.diff(chances) >= 0).all()


def test_sigmoid_does_not_overflow() -> None:
    assert sigmoid([-1e9, 0, 1e9]).tolist() == [0.0, 0.5, 1.0]
