"""What annotators are asked and what they answer: the one shape that every annotation format is read into.

A *task* is a post and the question asked about it; an *answer* is what one annotator said of it, as votes on the
columns that `training.own_labels` reads: one a label, and `attack` (in any way). What an annotator did not say is
absent, never 0. No model's guess is shown to annotators: it would become their answer.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from detector.errors import InputError
from detector.labels import taxonomy
from detector.text.bundle import ATTACK
from training.examples import LABELS
from training.own_labels import places

YES, NO, UNSURE = "attack", "no attack", "unsure"
"""The choices of the question `attack`."""

Votes = Mapping[str, int]


class ContradictionError(ValueError):
    """An answer says that nothing attacks, and names a way in which it does."""


class MalformedError(ValueError):
    """A record is not as its format wants it; the message is the reason and holds nothing of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A post to be labelled, and whom it may attack.

    `target` are the words in `text` that name the defender; `reply`: it answers them. With neither, the question is
    whether it attacks anybody. `post_id`, `platform` and `defender_id` are empty where nobody said.
    """

    text: str
    post_id: str = ""
    platform: str = ""
    defender_id: str = ""
    lang: str = ""
    target: str = ""
    reply: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two records one task."""
        if self.post_id:
            return (self.platform, self.post_id, self.defender_id)
        return (self.text, self.target, str(self.reply))

    @property
    def question(self) -> str:
        """What the annotator is asked."""
        if self.target:
            return "Does this post attack the person or organisation that is marked?"
        if self.reply:
            return "This post answers a defender. Does it attack them?"
        return "Does this post attack anybody?"

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text cut where the target stands: (words, whether they name the target), in order."""
        pieces, place = [], 0
        for span in places(self.text, self.target):
            pieces += [(self.text[place : span.start], False), (self.text[span.start : span.end], True)]
            place = span.end
        pieces.append((self.text[place:], False))
        return [piece for piece in pieces if piece[0]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one annotator said of a task. `votes` has 0 or 1 for each column they judged; `kind` is a look-alike's."""

    annotator: str
    votes: Votes
    kind: str = ""


@dataclass(slots=True, kw_only=True)
class Annotated:
    """A task with its answers, at most one an annotator; `number` is where it stands in its file."""

    task: Task
    number: int
    answers: dict[str, Answer] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Annotations:
    """Everything that was read from one file or several, and what in it is no vote.

    `records` counts what stood in the files. An answer that is not among those of `tasks` was `skipped` (the annotator
    passed over the task), `superseded` (the same annotator answered again) or `contradictory` (where it stood is kept).
    """

    tasks: dict[tuple[str, ...], Annotated] = field(default_factory=dict)
    records: int = 0
    skipped: int = 0
    superseded: int = 0
    contradictory: list[str] = field(default_factory=list)

    @property
    def unsure(self) -> int:
        """Answers that judge nothing."""
        return sum(not answer.votes for entry in self.tasks.values() for answer in entry.answers.values())

    def task(self, task: Task, where: str, number: int) -> Annotated:
        """The entry of a task, made if it is new.

        Raises:
            InputError: Another text stands under the same id, or the target does not stand in the text.
        """
        self.records += 1
        if task.target and not places(task.text, task.target):
            raise InputError(f"{where}: the target does not stand in the text")
        entry = self.tasks.setdefault(task.key, Annotated(task=task, number=number))
        if (entry.task.text, entry.task.target, entry.task.reply) != (task.text, task.target, task.reply):
            raise InputError(f"{where}: another post or target stands under the same id in an earlier record")
        return entry

    def add(self, entry: Annotated, answer: Answer) -> None:
        """Keep an answer; of two by one annotator the later one counts."""
        self.superseded += answer.annotator in entry.answers
        entry.answers[answer.annotator] = answer


def chosen(
    attack: str | None, labels: Collection[str], declined: Collection[str], *, titles: Mapping[str, str]
) -> dict[str, int]:
    """The votes in an annotator's choices.

    Args:
        attack: `YES`, `NO`, `UNSURE` or None where the question was passed over.
        labels: The ways that were ticked, by name or title. An attack with none ticked is one whose ways nobody said.
        declined: Labels that the annotator would rather not judge.
        titles: Name of a label for each of its spellings, lower case; see `spellings`.

    Raises:
        ContradictionError: "No attack", and a way was ticked.
        MalformedError: A choice is unknown.
    """
    ticked = [_known(one, titles) for one in labels]
    closed = {_known(one, titles) for one in declined}
    verdict = (attack or "").strip().casefold()
    if verdict not in ("", YES, NO, UNSURE):
        raise MalformedError(f"the answer to `attack` is none of: {YES}, {NO}, {UNSURE}")
    if verdict == UNSURE:
        return {}
    votes = dict.fromkeys(ticked, 1)
    if ticked:
        votes |= {label: 0 for label in LABELS if label not in votes and label not in closed}
    if verdict:
        votes[ATTACK] = int(verdict == YES)
    return completed(votes)


def completed(votes: Votes) -> dict[str, int]:
    """Votes with what follows from them: a label makes an attack; no attack, no label; no label at all, no attack.

    Raises:
        ContradictionError: A label is 1 though `attack` is 0.
    """
    labels = {label: votes[label] for label in LABELS if label in votes}
    attack = votes.get(ATTACK)
    if attack == 0 and any(labels.values()):
        raise ContradictionError
    if attack is None and any(labels.values()):
        attack = 1
    elif attack is None and len(labels) == len(LABELS):
        attack = 0
    if attack == 0:
        labels = dict.fromkeys(LABELS, 0)
    return labels if attack is None else {**labels, ATTACK: attack}


def spellings() -> dict[str, str]:
    """The name of a label for each way to write it: its name and its title, lower case."""
    cards = taxonomy().cards
    return {spelling.casefold(): label.value for label, card in cards.items() for spelling in (label.value, card.title)}


def kind_of(choice: str | None) -> str:
    """The kind of look-alike that was chosen, by name or title; "" for none.

    Raises:
        MalformedError: It is unknown.
    """
    wanted = (choice or "").strip().casefold()
    for one in taxonomy().not_attacks:
        if wanted in (one.kind, one.title.casefold()):
            return one.kind
    if wanted:
        raise MalformedError("the answer to `kind` is none of the kinds in data/labels.toml")
    return ""


def flag(raw: object) -> bool:
    """Whether a cell or value that says yes or no says yes.

    Raises:
        MalformedError: It says neither.
    """
    value = str(raw if raw is not None else "").strip().casefold()
    if value in ("1", "true", "yes"):
        return True
    if value in ("", "0", "false", "no", "none"):
        return False
    raise MalformedError("`reply` is neither 1 nor 0")


def _known(choice: str, titles: Mapping[str, str]) -> str:
    label = titles.get(choice.strip().casefold())
    if label is None:
        raise MalformedError(f"a chosen label is none of: {', '.join(LABELS)}")
    return label


def texts(values: Iterable[object]) -> list[str]:
    """Some values as texts.

    Raises:
        MalformedError: One is none.
    """
    found = list(values)
    if not all(isinstance(value, str) for value in found):
        raise MalformedError("a choice is not a text")
    return [value for value in found if isinstance(value, str)]
