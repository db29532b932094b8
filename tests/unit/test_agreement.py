"""Agreement, against the worked examples that were published; and how several answers are settled."""

from collections.abc import Sequence

import pytest

from training.agreement import agreements, krippendorff_alpha, table
from training.annotation import (
    Annotated,
    Answer,
    ContradictionError,
    MalformedError,
    Task,
    chosen,
    completed,
    kind_of,
    spellings,
)
from training.examples import LABELS
from training.majority import settle

TITLES = spellings()

# A to C: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), parts A to C. D: the example of the article
# "Krippendorff's alpha" in Wikipedia. One line an observer, a dot for a missing value.
PUBLISHED = {
    "A: two observers, binary": (["0100000010", "1110010000"], 0.095),
    "B: two observers, nominal": (["aabbdcccedda", "babbbcccedd" + "d"], 0.692),
    "C: four observers, missing values": (["123321412...", "1233224125.3", ".3332342251.", "12332441251."], 0.743),
    "D: three observers, missing values": ([".....34121133.3", "1.213343.......", "..21344.21133.4"], 0.691),
}


def units(observers: Sequence[str]) -> list[list[str]]:
    return [[value for value in unit if value != "."] for unit in zip(*observers, strict=True)]


@pytest.mark.parametrize(("observers", "alpha"), PUBLISHED.values(), ids=PUBLISHED.keys())
def test_alpha_is_as_published(observers: list[str], alpha: float) -> None:
    assert krippendorff_alpha(units(observers)) == pytest.approx(alpha, abs=0.0005)


def test_alpha_has_no_meaning_without_pairs_or_without_variation() -> None:
    assert krippendorff_alpha([]) is None
    assert krippendorff_alpha([[1], [0], []]) is None
    assert krippendorff_alpha([[1, 1], [1, 1, 1]]) is None
    assert krippendorff_alpha([[1, 1], [0, 0]]) == 1


def said(attack: str | None, *labels: str, declined: Sequence[str] = ()) -> Answer:
    return Answer(annotator="", votes=chosen(attack, labels, declined, titles=TITLES))


def test_choices_become_votes() -> None:
    assert said("unsure").votes == {}
    assert said(None).votes == {}
    assert said("attack").votes == {"attack": 1}
    assert said("no attack").votes == dict.fromkeys((*LABELS, "attack"), 0)
    votes = said("Attack ", "Sexual abuse", "smear", declined=["Hate"]).votes
    assert votes == {"sexual": 1, "smear": 1, "attack": 1, "threat": 0, "incitement": 0, "doxxing": 0, "insult": 0}
    assert said(None, "smear").votes["attack"] == 1


def test_choices_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ContradictionError):
        said("no attack", "smear")
    for attack, labels in (("perhaps", []), ("attack", ["nuisance"])):
        with pytest.raises(MalformedError):
            said(attack, *labels)
    with pytest.raises(MalformedError):
        kind_of("nonsense")
    assert kind_of("Counter-speech") == kind_of("counter_speech") == "counter_speech"


def test_what_follows_from_votes_is_filled_in() -> None:
    assert completed({"insult": 1}) == {"insult": 1, "attack": 1}
    assert completed({"insult": 0}) == {"insult": 0}
    assert completed(dict.fromkeys(LABELS, 0))["attack"] == 0
    with pytest.raises(ContradictionError):
        completed({"attack": 0, "insult": 1})


def test_the_majority_decides_and_ties_stay_open() -> None:
    outcome = settle([said("attack", "smear"), said("attack", "smear", "insult"), said("no attack")])
    assert (outcome.marks["attack"], outcome.marks["smear"], outcome.marks["insult"]) == (1, 1, 0)
    assert outcome.answers == 3
    tied = settle([said("attack", "smear"), said("no attack")]).marks
    assert set(tied.values()) == {None}


def test_agreed_that_but_not_how_leaves_the_ways_open() -> None:
    marks = settle([said("attack", "threat"), said("attack", "hate"), said("attack", "insult")]).marks
    assert marks["attack"] == 1
    assert {label for label in LABELS if marks[label] is None} == {"threat", "hate", "insult"}
    assert marks["smear"] == 0


def test_the_outvoted_do_not_say_how_it_does_not_attack() -> None:
    marks = settle([said("attack"), said("attack"), said("no attack")]).marks
    assert marks == {**dict.fromkeys(LABELS), "attack": 1}


def test_a_label_that_somebody_will_not_judge_is_left_to_the_others() -> None:
    marks = settle([said("attack", "insult", declined=["hate"]), said("attack", "insult", "hate")]).marks
    assert (marks["insult"], marks["hate"]) == (1, 1)


def test_the_kind_counts_where_nothing_attacks() -> None:
    def answer(verdict: str, kind: str) -> Answer:
        return Answer(annotator=kind, votes=said(verdict).votes, kind=kind)

    assert settle([answer("no attack", "news"), answer("no attack", "")]).kind == "news"
    assert settle([answer("no attack", "news"), answer("no attack", "joke")]).kind == ""
    assert settle([answer("attack", "news")]).kind == ""


def test_statistics_count_every_task_once() -> None:
    entries = [Annotated(task=Task(text="a"), number=1), Annotated(task=Task(text="b"), number=2)]
    for name, verdict in (("x", "attack"), ("y", "no attack")):
        entries[0].answers[name] = said(verdict)
    entries[1].answers["x"] = said("no attack")
    rows = agreements(entries, [settle(entry.answers.values()) for entry in entries])
    attack = rows[-1]
    assert (attack.column, attack.judged, attack.by_several) == ("attack", 2, 1)
    assert (attack.positive, attack.negative, attack.tied) == (0, 1, 1)
    assert attack.positive + attack.negative + attack.tied == attack.judged
    assert table(rows)[-1].split() == ["attack", "2", "1", "0", "1", "1", "0.00"]
