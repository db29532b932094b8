"""Laws of settling, agreement and sampling, for any answers and any stream."""

from collections.abc import Hashable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.domain import Passage
from training.agreement import krippendorff_alpha
from training.annotation import NO, UNSURE, YES, Annotations, Answer, Task, chosen, spellings
from training.annotation_csv import read_annotations, write_labels
from training.candidates import Candidate, Reservoir
from training.examples import LABELS, TARGET_COLUMNS
from training.majority import settle
from training.sampling import fair_shares

TITLES = spellings()

# A busy machine is no fault of the code's: nothing is timed.
LAWS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    attack = draw(st.sampled_from([YES, NO, UNSURE, None]))
    labels = [] if attack == NO else draw(st.lists(st.sampled_from(LABELS), max_size=3))
    declined = draw(st.lists(st.sampled_from(LABELS), max_size=3))
    return Answer(annotator="x", votes=chosen(attack, labels, declined, titles=TITLES))


@LAWS
@given(st.lists(answers(), max_size=5))
def test_what_is_settled_is_consistent(given_: list[Answer]) -> None:
    marks = settle(given_).marks
    labels = [marks[label] for label in LABELS]
    if 1 in labels:
        assert marks["attack"] == 1
    if marks["attack"] == 0:
        assert set(labels) == {0}
    if all(mark == 0 for mark in labels):  # readers take this for "no attack" where nothing else is said
        assert marks["attack"] is not None
    for column, mark in marks.items():
        votes = [answer.votes[column] for answer in given_ if column in answer.votes]
        assert mark is None or votes.count(mark) > votes.count(1 - mark)


@LAWS
@given(st.lists(st.lists(st.integers(0, 3), max_size=4), max_size=12), st.randoms(use_true_random=False))
def test_alpha_heeds_neither_order_nor_names(units: list[list[int]], chance: Random) -> None:
    alpha = krippendorff_alpha(units)
    shuffled: list[list[Hashable]] = [["abcd"[value] for value in chance.sample(unit, len(unit))] for unit in units]
    chance.shuffle(shuffled)
    other = krippendorff_alpha(shuffled)
    assert (alpha is None) == (other is None)
    if alpha is not None and other is not None:
        assert abs(alpha - other) < 1e-9
        assert alpha <= 1


@LAWS
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30), min_size=1), st.integers(0, 120))
def test_shares_are_fair_and_add_up(sizes: dict[str, int], count: int) -> None:
    shares = fair_shares(sizes, count)
    assert sum(shares.values()) == min(count, sum(sizes.values()))
    assert all(shares[lang] <= sizes[lang] for lang in sizes)
    short = [share for lang, share in shares.items() if share < sizes[lang]]
    assert not short or max(shares.values()) - min(short) <= 1


@LAWS
@given(st.lists(st.sampled_from(["en", "ha", "zu", "yo-Latn", "??"]), max_size=80), st.integers(1, 20), st.integers())
def test_a_reservoir_never_outgrows_its_room(langs: list[str], room: int, seed: int) -> None:
    reservoir = Reservoir(room=room, chance=Random(seed))
    for number, lang in enumerate(langs):
        reservoir.add(Candidate(task=Task(text="x", post_id=str(number), lang=lang), passage=Passage(text="x")))
    held = [one.task.post_id for one in reservoir.held()]
    assert len(held) == len(set(held)) == len(reservoir) == min(room, len(langs))
    assert reservoir.seen == len(langs)


CELL = st.text("ab =+-@'\",;\n\t\u00a0\u200bيह🐀", min_size=1, max_size=12).map(str.strip).filter(bool)


@LAWS
@given(st.lists(st.tuples(CELL, answers()), min_size=1, max_size=5, unique_by=lambda pair: pair[0]))
def test_labels_come_back_as_they_were_written(rows: list[tuple[str, Answer]]) -> None:
    annotations = Annotations()
    for number, (text, answer) in enumerate(rows, 1):
        task = Task(text=text, post_id=str(number), target=text[:1].strip())
        annotations.add(annotations.task(task, "here", number), answer)
    entries = list(annotations.tasks.values())
    settled = [settle(entry.answers.values()) for entry in entries]
    again = Annotations()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "labels.csv"
        write_labels(path, zip(entries, settled, strict=True))
        read_annotations(path, again, annotator="all")
    assert [entry.task for entry in again.tasks.values()] == [entry.task for entry in entries]
    for entry, before in zip(again.tasks.values(), settled, strict=True):
        votes = entry.answers["all"].votes if "all" in entry.answers else {}
        assert {column: votes.get(column) for column in TARGET_COLUMNS} == dict(before.marks)
