"""The reasons for decisions: codes that are for good, and that mean what the taxonomy means by them."""

from detector.assess.reasons import reasons
from detector.domain import Label
from detector.labels import taxonomy


def test_codes_are_unique_and_every_label_is_a_reason() -> None:
    codes = [reason.code for reason in reasons()]
    assert len(codes) == len(set(codes))
    assert set(Label) <= set(codes)
    assert all(reason.title for reason in reasons())


def test_what_is_no_label_and_no_look_alike_is_about_the_review_itself() -> None:
    known = {*Label, *(kind.kind for kind in taxonomy().not_attacks)}
    about_the_review = {"own_words", "wrong_person", "wrong_language", "needs_context", "needs_language"}
    assert {reason.code for reason in reasons()} - known == about_the_review | {"danger_now", "campaign"}
