"""Laws of assessing: it never raises, gives the same bytes twice, and never ranks a higher score lower."""

from functools import cache

import hypothesis.strategies as st
import msgspec
from hypothesis import given, settings

from detector.assess.assess import assess
from detector.assess.policy import Policy, read_policy
from detector.domain import (
    Account,
    Assessment,
    DefenderId,
    DefenderKind,
    How,
    Judgement,
    Label,
    Mention,
    Post,
    PostId,
    Scored,
    Span,
    Unscored,
)

WORDS = st.sampled_from(
    [
        "Ana",
        "traitor",
        "vendida",
        "предатель",
        "汉奸",
        "عميلة",
        "you",
        "😂",
        "police say",
        "last warning",
        "4 Mill Lane",
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=15).map(" ".join))
LANGS = st.one_of(st.none(), st.sampled_from(["en", "es", "zh", "ar", "xx", "zh-Hant-TW", ""]))
CHANCES = st.floats(0, 1)
SCORES = st.one_of(CHANCES.map(lambda p: Scored(probability=p)), st.just(Unscored(reason="no model")))


@cache
def policy() -> Policy:
    return read_policy()


@st.composite
def spans(draw: st.DrawFn, text: str) -> tuple[Span, ...]:
    starts = draw(st.lists(st.integers(0, max(0, len(text) - 1)), max_size=2)) if text else []
    return tuple(Span(start=start, end=draw(st.integers(start + 1, len(text)))) for start in starts)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Post, Mention, Judgement, DefenderKind, tuple[Mention, ...]]:
    text, lang = draw(TEXTS), draw(LANGS)
    post = Post(id=PostId("p"), platform="example", text=text, lang=lang, author=Account(handle=draw(st.text())))
    mention, other = (
        Mention(defender_id=DefenderId(who), how=draw(st.sampled_from(How)), confidence=draw(CHANCES), spans=where)
        for who, where in (("d1", draw(spans(text))), ("d2", draw(spans(text))))
    )
    judgement = Judgement(
        scores={label: draw(SCORES) for label in Label},
        words={draw(st.sampled_from(Label)): draw(spans(text))},
        lang=draw(LANGS),
        model="test@1",
    )
    return post, mention, judgement, draw(st.sampled_from(DefenderKind)), (other,)


def judged(
    scene: tuple[Post, Mention, Judgement, DefenderKind, tuple[Mention, ...]], judgement: Judgement
) -> Assessment:
    post, mention, _, kind, others = scene
    return assess(post, mention, judgement, policy=policy(), kind=kind, others=others)


@settings(max_examples=150, deadline=None)
@given(scenes())
def test_it_never_raises_and_every_number_is_in_range(
    scene: tuple[Post, Mention, Judgement, DefenderKind, tuple[Mention, ...]],
) -> None:
    result = judged(scene, scene[2])
    assert 0 <= result.priority <= 1
    for signal in result.signals:
        assert 0 <= signal.value <= 1
        assert signal.sentence
        if signal.evidence:
            assert 0 <= signal.evidence.start < signal.evidence.end <= len(scene[0].text)


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_the_same_arguments_give_the_same_bytes(
    scene: tuple[Post, Mention, Judgement, DefenderKind, tuple[Mention, ...]],
) -> None:
    assert msgspec.json.encode(judged(scene, scene[2])) == msgspec.json.encode(judged(scene, scene[2]))


@settings(max_examples=100, deadline=None)
@given(scenes(), st.sampled_from(Label), CHANCES, CHANCES)
def test_priority_is_monotone_in_a_labels_score(
    scene: tuple[Post, Mention, Judgement, DefenderKind, tuple[Mention, ...]], label: Label, one: float, two: float
) -> None:
    low, high = sorted((one, two))
    judgement = scene[2]

    def at(probability: float) -> float:
        scores = {**judgement.scores, label: Scored(probability=probability)}
        changed = Judgement(scores=scores, words=judgement.words, lang=judgement.lang, model=judgement.model)
        return judged(scene, changed).priority

    assert at(low) <= at(high) + 1e-12
