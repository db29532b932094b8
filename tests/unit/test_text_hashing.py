"""Words and hashed features: the kernel does what a few lines of plain Python do."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.text.hashing import HANDLE, LETTERS, LINK, LONGEST_WORD, SYMBOLS, Grams, Words, compiled, cut

GRAMS = Grams(bits=18, shortest=2, longest=5)
WRAP = (1 << 64) - 1


def fnv(codes: list[int], basis: int) -> int:
    value = basis
    for code in codes:
        value = ((value ^ code) * 0x100000001B3) & WRAP
    return value


def mixed(value: int, bits: int) -> int:
    value ^= value >> 33
    value = (value * 0xFF51AFD7ED558CCD) & WRAP
    value ^= value >> 33
    return value & ((1 << bits) - 1)


def oracle(word: str, kind: int, grams: Grams) -> list[int]:
    """Features of one word, the slow way."""
    basis = 0x84222325CBF29CE4 ^ kind
    if kind in (HANDLE, LINK):
        return [mixed((basis * 0x100000001B3) & WRAP, grams.bits)]
    word = word.replace("\u2019", "'")
    padded = [32, *map(ord, word), 32]
    found = [
        mixed(fnv(padded[start : start + size], 0xCBF29CE484222325), grams.bits)
        for start in range(len(padded))
        for size in range(grams.shortest, grams.longest + 1)
        if start + size <= len(padded)
    ]
    return found + ([mixed(fnv(list(map(ord, word)), basis), grams.bits)] if len(word) <= LONGEST_WORD else [])


def as_text(text: str) -> list[tuple[str, int]]:
    words = cut([text], GRAMS)
    return [(text[a:b], int(kind)) for a, b, kind in zip(words.starts, words.ends, words.kinds, strict=True)]


def check(texts: list[str], words: Words, grams: Grams) -> None:
    for place, text in enumerate(texts):
        for word in range(words.texts[place], words.texts[place + 1]):
            written = text[words.starts[word] : words.ends[word]]
            features = words.features[words.rows[word] : words.rows[word + 1]].tolist()
            assert features == oracle(written, int(words.kinds[word]), grams)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_kernel_equals_plain_python(texts: list[str]) -> None:
    check(texts, cut(texts, GRAMS), GRAMS)


@pytest.mark.parametrize("sizes", [(1, 1), (3, 3), (1, 6), (2, 16)])
@pytest.mark.parametrize("bits", [8, 20])
def test_other_sizes(sizes: tuple[int, int], bits: int) -> None:
    grams = Grams(bits=bits, shortest=sizes[0], longest=sizes[1])
    texts = ["never ever", "", "एक शब्द", "x"]
    words = cut(texts, grams)
    check(texts, words, grams)
    assert words.features.max() < 1 << bits


def test_hashes_spread_over_all_columns() -> None:
    # The trap: if a product is widened and cut wrongly, many n-grams fall on few columns and nothing else fails.
    texts = [f"{a}{b}{c}" for a in "abcdefgh" for b in "ijklmnop" for c in "qrstuvwx"]
    words = cut(texts, Grams(bits=20, shortest=5, longest=5))
    assert len(np.unique(words.features)) > 1.99 * len(texts)  # one 5-gram and one word each


def test_what_a_word_is() -> None:
    assert as_text("don't @ana_b: see https://a.example/x?y now!! 😂ok #tag") == [
        ("don't", LETTERS),
        ("@ana_b", HANDLE),
        (":", SYMBOLS),
        ("see", LETTERS),
        ("https://a.example/x?y", LINK),
        ("now", LETTERS),
        ("!!", SYMBOLS),
        ("😂", SYMBOLS),
        ("ok", LETTERS),
        ("#", SYMBOLS),
        ("tag", LETTERS),
    ]


def test_links_and_what_only_begins_like_one() -> None:
    assert [kind for _, kind in as_text("http www.a.example httpd wwwhat http://b.example")] == [
        LINK,
        LINK,
        LETTERS,
        LETTERS,
        LINK,
    ]


def test_both_apostrophes_are_one() -> None:
    words = cut(["don't", "don\u2019t"], GRAMS)
    first, second = np.split(words.features, [words.indptr[1]])
    assert first.tolist() == second.tolist()


def test_all_handles_are_one_and_all_links_are_one() -> None:
    words = cut(["@a @somebody_else http https://a.example/very/long"], GRAMS)
    first, second, third, fourth = words.features.tolist()
    assert (first, third) == (second, fourth)
    assert first != third


def test_nothing_and_blanks() -> None:
    words = cut(["", " \u3000\t\n", "\u200b"], GRAMS)
    assert words.indptr.tolist() == [0, 0, 0, 0]
    assert cut([], GRAMS).indptr.tolist() == [0]


def test_lone_surrogates_are_letters_like_any_other() -> None:
    words = cut(["a\ud800b", "c"], GRAMS)
    assert words.ends.tolist() == [3, 1]


def test_a_kernel_compiles_where_nothing_can_be_cached() -> None:
    # A function without a file has no place for machine code on disk, as in a read-only folder without a home.
    names: dict[str, Any] = {}
    exec("def twice(number): return 2 * number", names)
    assert compiled(names["twice"])(21) == 42
