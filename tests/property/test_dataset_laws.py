"""Laws of folding and parts: what must hold for any text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from training.loaders import PARTS, fold, join_duplicates, part_of
from training.upstream import Reading, clean

texts = st.text(max_size=60)


@settings(max_examples=200)
@given(texts)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(max_examples=100)
@given(st.text(alphabet="abc déñ नमмир", max_size=40), st.sampled_from(["!", " …", " @user", " http", "?!"]))
def test_case_punctuation_mentions_and_links_do_not_change_the_part(text: str, tail: str) -> None:
    assert part_of(fold(text.upper() + tail)) == part_of(fold(text))
    assert part_of(fold(text)) in PARTS


@settings(max_examples=100)
@given(texts)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


readings = st.lists(
    st.builds(
        lambda text, labels: Reading(text=text, lang="en", split="", raw="", labels=labels),
        st.sampled_from(["a", "A!", "b", "b @user", "c", "?"]),
        st.dictionaries(st.sampled_from(["hate", "insult"]), st.sampled_from([0, 1]), max_size=2),
    ),
    max_size=8,
)


@settings(max_examples=100)
@given(readings)
def test_joining_keeps_what_all_say_and_the_order_does_not_matter(given_readings: list[Reading]) -> None:
    rows = {fold(row["text"]): row for row in join_duplicates(given_readings)}
    again = {fold(row["text"]): row for row in join_duplicates(reversed(given_readings))}
    for key, row in rows.items():
        for label in ("hate", "insult"):
            said = {one.labels[label] for one in given_readings if fold(one.text) == key and label in one.labels}
            assert row[label] == (said.pop() if len(said) == 1 else None)
            assert again[key][label] == row[label]
