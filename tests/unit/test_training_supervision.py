"""Supervision: null teaches nothing, one class alone teaches nothing, languages and sets are weighed."""

import numpy as np
import pytest

from detector.text.hashing import Grams
from training.examples import COLUMNS, UNKNOWN, Examples
from training.fit import Rows, fit_heads, hashed, quantised
from training.recipe import Fit, Hints
from training.supervision import Supervision, group_numbers, language_weights, supervise, taught

GRAMS = Grams(bits=12, shortest=2, longest=4)
FIT = Fit(epochs=5, rate=0.5, ridge=0.0, seed=1, temperature=1.0, heaviest=10.0, rare=1.0, fewest=1)


def examples(count: int = 8, lang: str = "en", name: str = "a", **marks: list[int]) -> Examples:
    labels = np.full((count, len(COLUMNS)), UNKNOWN, np.int8)
    for label, values in marks.items():
        labels[:, COLUMNS.index(label)] = values
    return Examples(
        texts=[f"bad word {n}" if n % 2 else f"good word {n}" for n in range(count)],
        langs=[lang] * count,
        sets=[name] * count,
        parts=["train"] * count,
        labels=labels,
    )


NO_HINTS = Hints()


def lessons(data: Examples, heads: list[str], hints: Hints = NO_HINTS, fit: Fit = FIT) -> Supervision:
    return supervise(data, heads, fit=fit, hints=hints, set_weights={"a": 1.0, "b": 0.5})


def test_null_has_no_weight() -> None:
    data = examples(hate=[1, 0, UNKNOWN, 1, 0, UNKNOWN, 1, 0])
    found = lessons(data, ["hate", "threat"])
    assert (found.weights[:, 0] > 0).tolist() == [True, True, False, True, True, False, True, True]
    assert not found.weights[:, 1].any()


def fitted(data: Examples, heads: list[str]) -> np.ndarray:
    quiet = lambda _what, _done: None  # noqa: E731 - three words
    rows = hashed(data.texts, GRAMS, quiet)
    return fit_heads(rows, lessons(data, heads), grams=GRAMS, fit=FIT, progress=quiet).weights


def test_a_head_that_nothing_teaches_keeps_weights_of_zero() -> None:
    weights = fitted(examples(hate=[0, 1] * 4), ["hate", "threat"])
    assert weights[:, 0].any()
    assert not weights[:, 1].any()


def test_masked_rows_change_nothing() -> None:
    data = examples(hate=[0, 1] * 4)
    extra = examples(4, hate=[UNKNOWN] * 4, threat=[0, 1, 0, 1])
    both = Examples(
        texts=[*data.texts, "something else entirely", "and more", "of it", "here"],
        langs=[*data.langs, *extra.langs],
        sets=[*data.sets, *extra.sets],
        parts=[*data.parts, *extra.parts],
        labels=np.concatenate([data.labels, extra.labels]),
    )
    # Order within a pass is drawn anew with more rows, so compare what the words of the extra rows learnt about hate.
    quiet = lambda _what, _done: None  # noqa: E731
    only = set(hashed(["something else entirely"], GRAMS, quiet).features.tolist())
    only -= set(hashed(data.texts, GRAMS, quiet).features.tolist())
    weights = fitted(both, ["hate", "threat"])[sorted(only)]
    assert not weights[:, 0].any()
    assert weights[:, 1].any()


@pytest.mark.parametrize(("fewest", "counts"), [(1, True), (3, True), (4, False)])
def test_a_group_with_too_few_of_a_class_teaches_nothing(fewest: int, counts: bool) -> None:
    marks = np.array([[1], [1], [1], [0], [0], [0], [0], [-1]], np.int8)
    found = taught(marks, np.zeros(8, np.int32), fewest=fewest)[:, 0]
    assert found.tolist() == [counts] * 7 + [False]


def test_one_class_alone_teaches_nothing_even_where_zero_is_allowed() -> None:
    assert not taught(np.ones((5, 1), np.int8), np.zeros(5, np.int32), fewest=0).any()


def test_groups_are_sets_in_languages() -> None:
    data = examples(4)
    mixed = Examples(
        texts=data.texts,
        langs=["en", "en", "de", "en"],
        sets=["a", "b", "a", "a"],
        parts=data.parts,
        labels=data.labels,
    )
    assert group_numbers(mixed).tolist() == [0, 1, 2, 0]


def test_hints_fill_only_what_nobody_annotated() -> None:
    data = examples(insult=[1, 0, *[UNKNOWN] * 6], offensive=[1, 1, 1, 1, 0, 0, UNKNOWN, UNKNOWN])
    found = lessons(data, ["insult"], Hints(inoffensive=0.25, offensive=0.1))
    assert found.weights[:, 0] == pytest.approx([1, 1, 0.1, 0.1, 0.25, 0.25, 0, 0])
    assert found.targets[:, 0].tolist() == [1, 0, 1, 1, 0, 0, 0, 0]
    without = lessons(data, ["insult"])
    assert without.weights[:, 0].tolist() == [1, 1, 0, 0, 0, 0, 0, 0]


def test_languages_are_evened_out_by_temperature() -> None:
    langs = ["en"] * 90 + ["sw"] * 10
    for temperature, ratio in ((1.0, 9.0), (0.0, 1.0), (0.5, 3.0)):
        weights = language_weights(langs, temperature=temperature, heaviest=100)
        assert weights[:90].sum() / weights[90:].sum() == pytest.approx(ratio, rel=1e-5)
    assert language_weights(langs, temperature=0.0, heaviest=2.0).max() == 2


def test_rare_labels_and_noisy_sets_are_weighed() -> None:
    data = examples(10, hate=[1] + [0] * 9)
    fit = Fit(epochs=1, rate=0.1, ridge=0.0, seed=1, temperature=1.0, heaviest=10.0, rare=4.0, fewest=1)
    assert lessons(data, ["hate"], fit=fit).weights[0, 0] == pytest.approx(3)  # sqrt(9 / 1)
    assert lessons(examples(10, name="b", hate=[1] + [0] * 9), ["hate"]).weights[:, 0] == pytest.approx([0.5] * 10)


def test_a_group_intercept_takes_the_base_rate_and_is_forgotten() -> None:
    # Every row is the same text, three of four are positive: the base rate is all there is to learn, and no word's.
    features = np.zeros(400, np.uint32)
    rows = Rows(features, np.arange(0, 401, 4))
    targets = np.array([[1.0], [1.0], [1.0], [0.0]] * 25, np.float32)
    groups = np.zeros(100, np.int32)
    found = fit_heads(
        rows,
        Supervision(targets, np.ones_like(targets), groups),
        grams=Grams(bits=8, shortest=2, longest=3),
        fit=Fit(epochs=40, rate=0.05, ridge=0.5, seed=1, temperature=1.0, heaviest=1.0, rare=1.0, fewest=1),
        progress=lambda _what, _done: None,
    )
    raw = float(found.weights[0, 0]) * float(found.scales[0]) * 2  # four features over the root of four
    assert abs(raw) < 0.3  # log(3) = 1.1 without the intercept


def test_quantising_loses_little() -> None:
    weights = np.random.default_rng(1).normal(size=(256, 2)).astype(np.float32)
    found = quantised(weights, Grams(bits=8, shortest=2, longest=3))
    assert np.abs(found.weights * found.scales - weights).max() <= found.scales.max() / 2 + 1e-6
