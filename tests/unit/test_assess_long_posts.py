"""The longest posts that a reader lets through are assessed like others: no shape of text holds up a stream.

Nothing is timed: with a walk where a search belongs, one of these would run for minutes.
"""

import pytest

from detector.assess.assess import assess
from detector.assess.policy import read_policy
from detector.domain import DefenderId, How, Judgement, Label, Mention, Post, PostId, Span, Unscored
from detector.stream.native import MAX_TEXT

UNSCORED = Judgement(
    scores={label: Unscored(reason="no model") for label in Label}, words={}, lang="en", model="test@1"
)


@pytest.mark.parametrize(
    "unit",
    [
        "idiot, @other minister traitor. ",
        "12 34 56 78 90 ",
        "1",
        "a",
        '"traitor',
        "street abc def ghi ",
        "@a.b ",
        "thanks, Mara! shame. ",
        "lives at house ",
    ],
)
def test_a_long_post_is_assessed(unit: str) -> None:
    text = ("Mara " + unit * MAX_TEXT)[:MAX_TEXT]
    spans = tuple(
        Span(start=start, end=start + 4) for start in range(0, MAX_TEXT, 21) if text[start : start + 4] == "Mara"
    )
    mention = Mention(defender_id=DefenderId("d"), how=How.NAME, confidence=0.9, spans=spans)
    result = assess(Post(id=PostId("p"), platform="example", text=text), mention, UNSCORED, policy=read_policy())
    assert result.flagged
    assert set(result.labels) == set(Label)
