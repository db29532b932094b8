"""Rationales: exact shares, the best words first, long runs narrowed to what counts."""

import numpy as np
import pytest

from detector.domain import Span
from detector.normalize import Normalized
from detector.text.hashing import Grams, cut
from detector.text.ngram import Linear, blanked
from detector.text.rationale import narrowed, original_spans, top_words

GRAMS = Grams(bits=12, shortest=2, longest=4)


def linear(seed: int = 1) -> Linear:
    weights = np.random.default_rng(seed).integers(-127, 128, (1 << GRAMS.bits, 3)).astype(np.int8)
    return Linear(weights, np.array([0.01, 0.5, 2.0], np.float32), GRAMS)


def test_shares_of_words_add_up_to_the_score_of_the_text() -> None:
    words = cut(["one two three", "", "four @five six!"], GRAMS)
    model = linear()
    shares = model.shares(words)
    totals = model.totals(words.features, words.indptr)
    assert np.allclose(model.raw(words, shares), totals, atol=1e-3)
    assert np.allclose(shares[:3].sum(axis=0), totals[0], atol=1e-3)
    assert totals[1].tolist() == [0, 0, 0]


def test_score_is_the_weights_over_the_root_of_their_number() -> None:
    words = cut(["never"], GRAMS)
    model = linear()
    expected = (model.weights[words.features].astype(float) * model.scales).sum(axis=0) / np.sqrt(len(words.features))
    assert np.allclose(model.totals(words.features, words.indptr)[0], expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("shares", "best"),
    [
        ([0.1, 3.0, -1.0, 2.0, 1.0], [1, 3, 4]),
        ([-1.0, -2.0], []),
        ([5.0, 0.4, 0.6], [0, 2]),
        ([1.0, 1.0, 1.0, 1.0], [0, 1, 2]),
        ([], []),
    ],
    ids=["best first", "none helped", "a tenth of the best", "ties in order", "no words"],
)
def test_top_words(shares: list[float], best: list[int]) -> None:
    assert top_words(np.array(shares, np.float32)) == best


def test_a_long_run_is_narrowed_to_the_stretch_that_counts() -> None:
    length, sizes = 30, range(2, 5)
    weights = [
        5.0 if start >= 11 and start + size <= 16 else 0.0
        for start in range(length + 2)
        for size in sizes
        if start + size <= length + 2
    ]
    # Places count from the border before the word: 11..16 there is 10..15 within the word.
    start, end = narrowed(weights, length, sizes)
    assert 10 <= start < end <= 15


def test_blanking_keeps_offsets_through_folding() -> None:
    # "ß" became "ss", a soft hyphen vanished: original "Stra\u00adße x" -> "strasse x"
    text = Normalized("strasse x", (0, 1, 2, 3, 5, 5, 6, 7, 8), (1, 2, 3, 4, 6, 6, 7, 8, 9))
    assert blanked(text, [Span(start=0, end=7)]) == "        x"[-9:]
    assert blanked(text, [Span(start=8, end=9)]) == "strasse  "
    assert blanked(text, [Span(start=40, end=50)]) == "strasse x"
    assert blanked(text, []) == "strasse x"
    assert original_spans(text, [(4, 6), (3, 3)]) == (Span(start=5, end=6),)
