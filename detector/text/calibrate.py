"""From a model's raw score to a probability, as two numbers a label.

Platt scaling: P = sigmoid(slope * raw + intercept), fitted by Newton's method on labelled rows that training has not
seen (Platt 1999, with the corrected targets and the line search of Lin, Lin and Weng 2007). The slope is positive, so
that calibrating never changes the order of two texts. What the probability means depends on the rows it was fitted on:
where attacks are rarer than there, it is too high.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

_STEPS = 100
_RIDGE = 1e-12
_STILL = 1e-7


def sigmoid(raw: npt.ArrayLike) -> Floats:
    """The logistic function, without overflow for any finite input."""
    half: Floats = np.tanh(np.asarray(raw, np.float64) / 2)
    return (half + 1) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Platt:
    """A fitted calibration. `slope` > 0."""

    slope: float
    intercept: float

    def __call__(self, raw: npt.ArrayLike) -> Floats:
        """Probabilities (0-1) of raw scores, same shape, never falling as the score rises."""
        return sigmoid(self.slope * np.asarray(raw, np.float64) + self.intercept)


def fit_platt(raw: npt.ArrayLike, truth: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Platt | None:
    """Fit a calibration.

    Args:
        raw: Scores of any unit, higher meaning more likely, shape (n,).
        truth: Whether each row has the label, shape (n,).
        weights: How much each row counts, shape (n,); equal if None.

    Returns:
        The calibration, or None where there is nothing to learn: one class only, or scores that do not rise with the
        label.
    """
    x = np.asarray(raw, np.float64)
    y = np.asarray(truth, np.bool_)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, np.float64)
    positives, negatives = float(w[y].sum()), float(w[~y].sum())
    if positives <= 0 or negatives <= 0 or np.ptp(x) == 0:
        return None
    # Targets a little inside (0, 1), so that separable scores do not run off to infinity.
    target = np.where(y, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    centre, spread = float(np.average(x, weights=w)), float(x.std())
    a, b = _newton((x - centre) / spread, target, w, start=float(np.log(positives / negatives)))
    return Platt(slope=a / spread, intercept=b - a * centre / spread) if a > _STILL else None


def _loss(x: Floats, target: Floats, w: Floats, a: float, b: float) -> float:
    z = a * x + b
    return float(w @ (np.logaddexp(0, z) - target * z))


def _newton(x: Floats, target: Floats, w: Floats, *, start: float) -> tuple[float, float]:
    a, b = 0.0, start
    loss = _loss(x, target, w, a, b)
    for _ in range(_STEPS):
        p = sigmoid(a * x + b)
        slope_gradient, gradient = float(w @ ((p - target) * x)), float(w @ (p - target))
        if max(abs(slope_gradient), abs(gradient)) < _STILL * w.sum():
            break
        curve = w * p * (1 - p)
        haa, hab, hbb = float(curve @ (x * x)) + _RIDGE, float(curve @ x), float(curve.sum()) + _RIDGE
        determinant = haa * hbb - hab * hab
        da = (hbb * slope_gradient - hab * gradient) / determinant
        db = (haa * gradient - hab * slope_gradient) / determinant
        step = 1.0
        while step > _RIDGE and _loss(x, target, w, a - step * da, b - step * db) > loss:
            step /= 2
        a, b = a - step * da, b - step * db
        loss = _loss(x, target, w, a, b)
    return a, b
