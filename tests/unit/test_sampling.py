"""Picking what to label: doubt, variety, balance, and bounded memory."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random

import numpy as np
import pytest

from detector.domain import (
    Account,
    AccountId,
    Defender,
    Judgement,
    Label,
    Passage,
    Post,
    PostId,
    PostRef,
    Score,
    Scored,
    Unscored,
)
from detector.targets.matcher import ThreadMemory
from detector.targets.roster import compile_roster
from training.annotation import Task
from training.candidates import LONGEST, Candidate, LeftOut, Reservoir, candidates
from training.sampling import at_random, distinct, fair_shares, uncertainties, uncertainty, worth_labelling

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


def judgement(*scores: Score) -> Judgement:
    return Judgement(scores=dict(zip(Label, scores, strict=False)), words={}, lang="en", model="test@1")


def candidate(text: str, *, number: int = 0, lang: str = "en", defender: str = "") -> Candidate:
    task = Task(text=text, post_id=str(number), platform="example", lang=lang, defender_id=defender)
    return Candidate(task=task, passage=Passage(text=text, lang=lang))


def post(number: int, text: str, *, reply_to: str | None = None, quote_of: str | None = None) -> Post:
    def ref(handle: str | None) -> PostRef | None:
        return PostRef(id=PostId(f"x{number}"), author=Account(handle=handle)) if handle else None

    return Post(
        id=PostId(f"p{number}"),
        platform="example",
        text=text,
        lang="es",
        author=Account(id=AccountId("u"), handle="somebody"),
        created_at=NOW,
        in_reply_to=ref(reply_to),
        quote_of=ref(quote_of),
        mentions=("ana_q1",) if "@ana_q1" in text else (),
    )


def test_doubt_is_greatest_at_the_threshold_and_where_nothing_was_judged() -> None:
    assert uncertainty(judgement(Scored(probability=0.3, threshold=0.3))) == 1
    assert uncertainty(judgement(Unscored(reason="x"), Unscored(reason="x"))) == 1
    assert uncertainty(judgement(Scored(probability=0.0, threshold=0.3))) == 0
    assert uncertainty(judgement(Scored(probability=1.0, threshold=0.3))) == 0
    assert uncertainty(judgement(Scored(probability=1.0, threshold=1.0))) == 1
    assert uncertainty(judgement(Scored(probability=0.15, threshold=0.3))) == pytest.approx(0.5)


def test_the_decision_is_the_label_furthest_beyond_its_threshold() -> None:
    sure, near = Scored(probability=0.95, threshold=0.5), Scored(probability=0.5, threshold=0.5)
    assert uncertainty(judgement(near, sure)) == pytest.approx(0.1)
    unscored = Unscored(reason="not learnt")
    assert uncertainty(judgement(unscored, sure)) == pytest.approx(0.1)


class Failing:
    """A model that fails on every text."""

    id = "failing@1"
    languages: frozenset[str] = frozenset()

    def judge(self, passages: Sequence[Passage]) -> list[Judgement]:
        raise RuntimeError(len(passages))


def test_a_model_that_fails_leaves_everything_uncertain() -> None:
    told: list[float | None] = []
    values = uncertainties([candidate("a"), candidate("b")], Failing(), lambda share, _count: told.append(share))
    assert values.tolist() == [1, 1]
    assert told == [1.0]


COPIES = [
    "they all say the harbour union is run from abroad, everybody knows it by now",
    "They all say the harbour union is run from abroad!! everybody knows it by now",
    "tomorrow at nine the clinic opens its doors in the old mill",
]


def test_of_near_duplicates_the_most_doubtful_stays() -> None:
    many = [candidate(text, number=number) for number, text in enumerate(COPIES)]
    assert distinct(many, np.array([0.2, 0.9, 0.1])) == [1, 2]
    assert distinct(many, np.array([0.9, 0.9, 0.1])) == [0, 2]


def test_two_questions_about_one_post_both_stay() -> None:
    many = [candidate(COPIES[0], number=1, defender="d1"), candidate(COPIES[0], number=1, defender="d2")]
    assert distinct(many, np.array([0.2, 0.9])) == [0, 1]


def test_doubt_comes_first_and_then_what_is_unlike_it() -> None:
    texts = [
        "the ministry says the audit is late again this year",
        "the ministry says that the audit is late again, this year too",
        "weaver birds nest by the river in spring",
        "go home nobody wants you in this town",
    ]
    many = [candidate(text, number=number) for number, text in enumerate(texts)]
    picked = worth_labelling(many, np.array([0.9, 0.95, 0.5, 0.85]), 3)
    assert [one.task.post_id for one in picked] == ["1", "3", "2"]
    sure = worth_labelling(many, np.zeros(4), 4)
    assert len(sure) == 4


def test_languages_take_turns_in_fair_shares() -> None:
    langs = ["en"] * 30 + ["ha"] * 3 + ["zu"] * 10
    words = "river stone bird cloud lamp chair bread salt wind road".split()
    many = [
        candidate(f"{words[number % 10]} {words[number // 10]} {number}", number=number, lang=lang)
        for number, lang in enumerate(langs)
    ]
    for picked in (worth_labelling(many, np.ones(43), 21), at_random(many, 21, Random(1))):
        assert Counter(one.language for one in picked) == {"en": 9, "ha": 3, "zu": 9}
        assert {one.language for one in picked[:3]} == {"en", "ha", "zu"}
        assert len({one.task.post_id for one in picked}) == 21


def test_too_few_for_every_language_go_to_the_larger_ones() -> None:
    assert fair_shares({"a": 1, "b": 5, "c": 9}, 2) == {"a": 0, "b": 1, "c": 1}
    assert fair_shares({"a": 1, "b": 5}, 100) == {"a": 1, "b": 5}


def test_a_rare_language_keeps_all_its_posts_in_a_full_reservoir() -> None:
    reservoir = Reservoir(room=50, chance=Random(3))
    for number in range(2_000):
        reservoir.add(candidate("x", number=number, lang="zu" if number % 100 == 0 else "en"))
        assert len(reservoir) <= 50
    held = Counter(one.language for one in reservoir.held())
    assert reservoir.seen == 2_000
    assert held == {"en": 30, "zu": 20}


def test_what_a_reservoir_holds_is_drawn_evenly() -> None:
    counts = Counter[int]()
    for seed in range(400):
        reservoir = Reservoir(room=10, chance=Random(seed))
        for number in range(40):
            reservoir.add(candidate("x", number=number))
        counts.update(int(one.task.post_id) for one in reservoir.held())
    # 400 draws of 10 in 40: each place 100 times, with a standard deviation of 8.7.
    assert all(abs(counts[number] - 100) < 40 for number in range(40))


def test_languages_are_told_apart_without_their_region() -> None:
    tags = {"en-GB": "en", "ur-Latn-PK": "ur-Latn", "PT-br": "pt", "": "und", "nonsense": "und", "zh-Hans": "zh"}
    assert {tag: candidate("x", lang=tag).language for tag in tags} == tags


def test_mentions_are_marked_and_what_cannot_be_is_counted(make_defender: Callable[..., Defender]) -> None:
    roster = compile_roster([make_defender()], now=NOW)
    posts = [
        post(1, "  Ana Quispe 1, vendida"),
        post(2, "@ana_q1 gracias por todo"),
        post(3, "das asco", reply_to="ana_q1"),
        post(4, "miren esto", quote_of="ana_q1"),
        post(5, "Buenos días"),
        post(6, "@ana_q1 https://example.org/x"),
        post(7, "@ana_q1 " + "no " * LONGEST),
    ]
    left_out = LeftOut()
    found = list(candidates(posts, roster=roster, threads=ThreadMemory(), left_out=left_out))
    told = [(one.task.post_id, one.task.text[:8], one.task.target, one.task.reply) for one in found]
    assert told[0] == ("p1", "Ana Quis", "Ana Quispe 1", False)
    assert told[1][2:] == ("@ana_q1", False)
    assert told[2][2:] == ("", True)
    assert {one.task.defender_id for one in found} == {"d1"}
    assert (left_out.unmarkable, left_out.wordless, left_out.long) == (1, 1, 1)


def test_without_a_roster_every_post_is_asked_about() -> None:
    left_out = LeftOut()
    found = list(candidates([post(1, "Hola"), post(2, "@x")], roster=None, threads=ThreadMemory(), left_out=left_out))
    assert [one.task.question for one in found] == ["Does this post attack anybody?"]
    assert left_out.wordless == 1
