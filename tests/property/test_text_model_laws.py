"""Laws of judging: any text whatever gets a judgement, and marked words lie inside it."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from detector.domain import Label, Passage, Scored, Span
from detector.text.bundle import floor_bundle, load_model
from detector.text.language import detect_language
from detector.text.model import TextModel

ANYTHING = st.text(st.characters(), max_size=120)
RUDE = st.lists(
    st.sampled_from(["idiot", "liar", "@ana", "http", "滚出去", "puta", "\u200b", "!!", "the", " "]), max_size=12
)
PLACE = st.integers(0, 150)


@cache
def model() -> TextModel:
    return load_model(floor_bundle())


@st.composite
def passages(draw: st.DrawFn) -> Passage:
    text = draw(ANYTHING | RUDE.map(" ".join) | RUDE.map("".join))
    spans = draw(st.lists(st.tuples(PLACE, PLACE).map(sorted), max_size=2))
    return Passage(
        text=text,
        lang=draw(st.sampled_from([None, "en", "de-AT", "zz", ""])),
        targets=tuple(Span(start=start, end=end + 1) for start, end in spans),
        replies_to_target=draw(st.booleans()),
    )


@settings(max_examples=120, deadline=None)
@given(st.lists(passages(), max_size=5))
def test_judging_never_raises_and_marks_lie_inside(batch: list[Passage]) -> None:
    judgements = model().judge(batch)
    assert len(judgements) == len(batch)
    for passage, judgement in zip(batch, judgements, strict=True):
        assert set(judgement.scores) == set(Label)
        for score in judgement.scores.values():
            assert not isinstance(score, Scored) or 0 <= score.probability <= 1
        for spans in judgement.words.values():
            assert all(0 <= span.start < span.end <= len(passage.text) for span in spans)


@settings(max_examples=120, deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_detecting_a_language_never_raises(text: str) -> None:
    lang = detect_language(text)
    assert lang is None or lang.replace("-", "").isalnum()
