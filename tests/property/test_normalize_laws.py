"""The laws of normalising, for any text at all."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from detector.characters import EMOJI, FROM_LATIN, STYLED, TO_LATIN
from detector.normalize import is_masked, normalize

ALIKE = "".join(letter for table in (*TO_LATIN.values(), *FROM_LATIN.values()) for letter in table)
TRICKS = "\u200b\u202e\u00ad\u0301\u0302\ufe0f\U000e0041 .-_*·@$!€0134578\n\t" + "".join(STYLED) + ALIKE + EMOJI
tricky = st.text(st.sampled_from(TRICKS + "abceimoprstABCЖЩиßİﬁجश्रीกำ한国"), max_size=40)
texts = st.one_of(st.text(max_size=60), tricky, st.text(st.characters(categories=["Cs", "Co", "Cf", "Mn", "Lo"])))


@given(texts)
@example("a1" * 3000)
@example("x@" * 3000)
@example("а" * 3000 + "a")
@example("ﷺ" * 50)
@example("\ud800\U000e0001")
def test_normalizing_is_idempotent(text: str) -> None:
    once = normalize(text).text
    assert normalize(once).text == once


@given(texts)
def test_offsets_are_inside_the_original_and_monotone(text: str) -> None:
    result = normalize(text)
    starts, ends = list(result.starts), list(result.ends)
    assert len(result.text) == len(starts) == len(ends)
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(starts, ends, strict=True))


@given(texts)
def test_a_text_that_is_not_masked_only_folds(text: str) -> None:
    """The cheap question never says no where the passes would have done something."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not is_masked(folded) and unicodedata.is_normalized("NFKC", folded.casefold()):
        assert normalize(folded).text == folded.casefold()


@given(st.text(st.sampled_from("bcdfghjlmnpqrstvz"), min_size=5, max_size=12), st.data())
def test_what_is_hidden_in_a_word_is_found_where_it_stands(word: str, data: st.DataObject) -> None:
    """Invisible characters anywhere in a word: the word comes back, and its span covers every trick."""
    cut = data.draw(st.integers(1, len(word) - 1))
    hidden = word[:cut] + "\u200b\u2060" + word[cut:]
    text = f"oh {hidden} my"
    result = normalize(text)
    plain = normalize(word).text
    at = result.text.index(plain)
    span = result.original(at, at + len(plain))
    assert text[span.start : span.end] == hidden
