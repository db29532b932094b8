"""The floor beside the encoder: heard where it was measured, silent elsewhere and about whom a text means."""

import msgspec
import numpy as np
import pytest

from detector.domain import Label, Passage, Scored, Span
from detector.errors import BundleError
from detector.text.beside import Floor
from detector.text.bundle import Bundle, default_bundle, floor_bundle, load_model, read_bundle
from detector.text.encoder import BESIDE, EncoderModel

INSULT = "you are a disgusting idiot and everybody hates you"


@pytest.fixture(scope="module")
def floor() -> Floor:
    return Floor.load()


def with_weight(weight: float, beside: str) -> Bundle:
    """The encoder that ships, its heads listening to the floor with a weight."""
    bundle = read_bundle(default_bundle())
    heads = {
        name: msgspec.structs.replace(head, beside=weight, shifts={}) for name, head in bundle.manifest.heads.items()
    }
    settings = {**bundle.manifest.settings, BESIDE: beside}
    return bundle.told(msgspec.structs.replace(bundle.manifest, heads=heads, settings=settings))


def test_margins_are_log_odds_above_the_floors_own_threshold(floor: Floor) -> None:
    model, head = load_model(floor_bundle()), read_bundle(floor_bundle()).manifest.heads["insult"]
    (judgement,) = model.judge([Passage(text=INSULT, lang="en")])
    score = judgement.scores[Label.INSULT]
    assert isinstance(score, Scored)
    odds = score.probability / (1 - score.probability) * (1 - head.threshold) / head.threshold
    ((margin,),) = floor.margins([Passage(text=INSULT, lang="en")], ["insult"])
    assert margin == pytest.approx(np.log(odds), rel=1e-4)


def test_where_the_floor_was_not_measured_it_is_silent(floor: Floor) -> None:
    margins = floor.margins(
        [Passage(text="አንተ ሌባ ነህ", lang="ti"), Passage(text=INSULT, lang="en")], ["insult", "doxxing"]
    )
    assert margins.shape == (2, 2)
    assert (margins[0] == 0).all()
    assert margins[1, 0] > 0
    assert margins[1, 1] == 0, "the floor has not learnt doxxing"


def test_it_has_a_say_about_anybody_and_none_about_the_defender(floor: Floor) -> None:
    alone, together = (EncoderModel.load(with_weight(weight, floor.id), explain=False) for weight in (0.0, 1.0))
    anybody = Passage(text=INSULT, lang="en")
    first, second = alone.judge([anybody])[0], together.judge([anybody])[0]
    one, other = first.scores[Label.INSULT], second.scores[Label.INSULT]
    assert isinstance(one, Scored)
    assert isinstance(other, Scored)
    assert other.probability > one.probability
    aimed = Passage(text=f"Ada Moss, {INSULT}", lang="en", targets=(Span(start=0, end=8),))
    assert alone.judge([aimed])[0].scores == together.judge([aimed])[0].scores


def test_another_floor_than_the_one_it_was_calibrated_beside_is_refused() -> None:
    with pytest.raises(BundleError, match="calibrated beside"):
        EncoderModel.load(with_weight(0.5, "ngram@0.0.1"), explain=False)
