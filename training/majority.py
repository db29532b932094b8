"""From several answers to one: the majority on each column, ties left open.

What is open stays empty in the file, so that it teaches nothing until somebody settles it. Whoever names a label says
"attack" too, and whoever says "no attack" denies every label; so a majority for a label is always one for an attack.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from detector.text.bundle import ATTACK
from training.annotation import Answer
from training.examples import LABELS, TARGET_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The outcome for a task: 1, 0 or None (open, or nobody said) for every column; the kind; answers with a vote."""

    marks: Mapping[str, int | None]
    kind: str
    answers: int


def settle(answers: Iterable[Answer]) -> Settled:
    """The majority of some answers.

    A label is 0 only if that is what those say who were not outvoted on the attack; where all of them agree that it
    attacks and no way wins, the ways that somebody named are open.
    """
    every = list(answers)
    tallies = {column: _tally(column, every) for column in TARGET_COLUMNS}
    marks = {column: _majority(no, yes) for column, (no, yes) in tallies.items()}
    if marks[ATTACK] is None and tallies[ATTACK] != (0, 0):
        marks |= dict.fromkeys(LABELS)
    elif marks[ATTACK] == 1:
        winners = [answer for answer in every if answer.votes.get(ATTACK) == 1]
        won = any(marks[label] == 1 for label in LABELS)
        marks |= {
            label: None
            for label in LABELS
            if marks[label] == 0 and (not _tally(label, winners)[0] or (tallies[label][1] and not won))
        }
    return Settled(marks=marks, kind=_kind(every, marks), answers=sum(bool(answer.votes) for answer in every))


def _kind(answers: Iterable[Answer], marks: Mapping[str, int | None]) -> str:
    """The kind of look-alike that most chose, for what is no attack."""
    kinds = Counter(answer.kind for answer in answers if answer.kind)
    best = [kind for kind, count in kinds.items() if count == max(kinds.values())]
    return best[0] if len(best) == 1 and marks[ATTACK] == 0 else ""


def _tally(column: str, answers: Iterable[Answer]) -> tuple[int, int]:
    votes = Counter(answer.votes[column] for answer in answers if column in answer.votes)
    return votes[0], votes[1]


def _majority(no: int, yes: int) -> int | None:
    return None if no == yes else int(yes > no)
