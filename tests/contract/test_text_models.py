"""What every text model must do, whichever back end runs it. Each new kind joins `MODELS`."""

from collections.abc import Callable
from functools import cache

import pytest

from detector.domain import Judgement, Label, Passage, Scored, Span, Unscored
from detector.text.bundle import default_bundle, floor_bundle, load_model
from detector.text.model import TextModel

MODELS: dict[str, Callable[[], TextModel]] = {
    "the encoder": lambda: load_model(default_bundle()),
    "the floor": lambda: load_model(floor_bundle()),
}

TEXTS = (
    "you are a disgusting liar and everybody hates you, idiot",
    "the council will vote on the water plan on Tuesday",
    "te vamos a encontrar, cuídate",
    "他们都是骗子和叛徒应该滚出去",
    "@ana thank you for your work 💜 https://a.example/x",
    "𝕙𝕒𝕥𝕖 \u202eth\u200bem all\u202c",
    "\ud800 \x00 \U000e0041",
    "a" * 5_000,
)


@cache
def loaded(name: str) -> TextModel:
    return MODELS[name]()


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> TextModel:
    return loaded(request.param)


def judge(model: TextModel, *texts: str, lang: str | None = None) -> list[Judgement]:
    return model.judge([Passage(text=text, lang=lang) for text in texts])


def test_it_is_a_text_model_with_a_name_and_a_version(model: TextModel) -> None:
    assert isinstance(model, TextModel)
    name, _, version = model.id.partition("@")
    assert name
    assert version


def test_languages_are_codes(model: TextModel) -> None:
    assert model.languages
    assert all(code == code.strip() and 2 <= len(code.split("-")[0]) <= 3 for code in model.languages)


def test_one_judgement_a_passage_in_order_with_every_label(model: TextModel) -> None:
    judgements = judge(model, *TEXTS)
    assert len(judgements) == len(TEXTS)
    for judgement in judgements:
        assert tuple(judgement.scores) == tuple(Label)
        assert judgement.model == model.id
        for score in judgement.scores.values():
            if isinstance(score, Scored):
                assert 0 <= score.probability <= 1
                assert 0 < score.threshold <= 1
            else:
                assert score.reason
        assert judgement.hostility is None or 0 <= judgement.hostility <= 1


def test_some_label_is_scored(model: TextModel) -> None:
    assert any(isinstance(score, Scored) for score in judge(model, TEXTS[0], lang="en")[0].scores.values())


def test_no_passages_no_judgements(model: TextModel) -> None:
    assert model.judge([]) == []


@pytest.mark.parametrize("text", ["", " ", "\u200b\u200b", "\n\t"])
def test_an_empty_text_is_unscored_never_zero(model: TextModel, text: str) -> None:
    judgement = judge(model, text)[0]
    assert all(isinstance(score, Unscored) for score in judgement.scores.values())
    assert judgement.hostility is None
    assert not judgement.words


def test_the_batch_does_not_matter(model: TextModel) -> None:
    together = judge(model, *TEXTS)
    for text, judgement in zip(TEXTS, together, strict=True):
        alone = judge(model, text)[0]
        assert alone.lang == judgement.lang
        assert alone.words == judgement.words
        for label in Label:
            one, other = alone.scores[label], judgement.scores[label]
            if isinstance(one, Scored) and isinstance(other, Scored):
                # A number that lies on the edge between two 8-bit ones may fall to either side.
                assert one.probability == pytest.approx(other.probability, abs=0.01)
            else:
                assert one == other


def test_twice_is_the_same(model: TextModel) -> None:
    assert judge(model, *TEXTS) == judge(model, *TEXTS)


def test_words_lie_in_the_original_text(model: TextModel) -> None:
    marked = 0
    for text, judgement in zip(TEXTS, judge(model, *TEXTS), strict=True):
        for label, spans in judgement.words.items():
            assert isinstance(judgement.scores[label], Scored)
            assert len(spans) <= 3
            marked += len(spans)
            assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert marked


def test_a_given_language_is_kept_and_a_missing_one_is_detected(model: TextModel) -> None:
    assert judge(model, TEXTS[1], lang="en-GB")[0].lang == "en-GB"
    assert judge(model, TEXTS[1])[0].lang == "en"


def test_an_insult_is_likelier_in_an_insult(model: TextModel) -> None:
    rude, calm = judge(model, TEXTS[0], TEXTS[1], lang="en")
    for label in (Label.INSULT, Label.HATE):
        high, low = rude.scores[label], calm.scores[label]
        if isinstance(high, Scored) and isinstance(low, Scored):
            assert high.probability > low.probability
    assert rude.hostility is None or calm.hostility is None or rude.hostility > calm.hostility


@pytest.mark.parametrize("name", ["Marisol Quispe", "Вера Надеждина", "Idiot Liar"])
def test_the_name_of_the_target_moves_nothing(model: TextModel, name: str) -> None:
    frame = "{} spoke to the press about the river today"
    passage = Passage(text=frame.format(name), lang="en", targets=(Span(start=0, end=len(name)),))
    plain = "Ana Ruiz"
    other = Passage(text=frame.format(plain), lang="en", targets=(Span(start=0, end=len(plain)),))
    assert model.judge([passage])[0].scores == model.judge([other])[0].scores
