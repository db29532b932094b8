"""From which probability on a label is flagged: chosen on rows that the fit has not seen, never on the test part.

Each label gets the threshold with the best F1, raised until the promise about false flags holds: of the inoffensive
rows of a language, averaged over languages, no more than the stated share has any label flagged.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

FEWEST = 50
"""Inoffensive rows that a language must have to count in the average."""

_HALVINGS = 30


def best_f1(chances: Floats, truth: Truths) -> float:
    """The lowest probability at which F1 is best; 1.0 where there is no positive row.

    Args:
        chances: Probabilities, shape (n,).
        truth: Whether each row has the label, shape (n,).
    """
    if not truth.any():
        return 1.0
    order = np.argsort(-chances, kind="stable")
    hits = np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + truth.sum())
    # Equal probabilities are flagged together: only the last of a run is a possible cut.
    last = np.append(np.diff(chances[order]) != 0, [True])
    return float(chances[order][np.argmax(np.where(last, f1, -1))])


def choose(
    chances: Mapping[str, Floats], wanted: Mapping[str, float], langs: Sequence[str], *, rate: float
) -> dict[str, float]:
    """Raise thresholds until few enough inoffensive rows are flagged.

    Args:
        chances: For each label, probabilities of the inoffensive rows, shape (n,); NaN where it does not answer.
        wanted: For each label, the threshold it would have by itself.
        langs: Language of each of these rows; those with fewer than `FEWEST` rows do not count.
        rate: Share of rows with any label flagged, averaged over languages, at most.

    Returns:
        A threshold for each label: the one wanted, or the quantile of the inoffensive rows that keeps the promise. All
        labels share one quantile, so that each gets the same part of the false flags.
    """
    weights = _averaging(langs)
    if not weights.any():
        return dict(wanted)
    low, high = 0.0, 1.0  # the share of false flags granted to each label by itself
    found = _raised(chances, wanted, weights, high)
    if _flagged(chances, found, weights) <= rate:
        return found
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _flagged(chances, _raised(chances, wanted, weights, middle), weights) <= rate:
            low = middle
        else:
            high = middle
    return _raised(chances, wanted, weights, low)


def _averaging(langs: Sequence[str]) -> Floats:
    counts = Counter(langs)
    enough = [lang for lang, count in counts.items() if count >= FEWEST]
    return np.array([1 / counts[lang] / len(enough) if counts[lang] >= FEWEST else 0.0 for lang in langs])


def _flagged(chances: Mapping[str, Floats], thresholds: Mapping[str, float], weights: Floats) -> float:
    any_label = np.zeros(len(weights), np.bool_)
    for label, values in chances.items():
        any_label |= values >= thresholds[label]
    return float(weights[any_label].sum())


def _raised(
    chances: Mapping[str, Floats], wanted: Mapping[str, float], weights: Floats, granted: float
) -> dict[str, float]:
    return {label: max(wanted[label], cut(values, weights, granted)) for label, values in chances.items()}


def cut(values: Floats, weights: Floats, granted: float) -> float:
    """The lowest probability from which on at most `granted` of the weight of the answered rows lies.

    Args:
        values: Probabilities, shape (n,); NaN where a row was not answered.
        weights: Shape (n,).
        granted: A share, 0-1.
    """
    answered = ~np.isnan(values)
    values, weights = values[answered], weights[answered]
    order = np.argsort(-values, kind="stable")
    above = np.cumsum(weights[order]) / max(float(weights.sum()), 1e-12)
    within = int(np.searchsorted(above, granted, side="right"))
    if within >= len(order):
        return 0.0
    return min(float(np.nextafter(values[order][within], 2.0)), 1.0)
