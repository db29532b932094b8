"""Argilla 2.x: a folder that `rg.Dataset.from_disk` takes, and the records that it gives back.

The post is a custom field (Argilla 2.4 and later): its template shows it blurred until the pointer rests on it, the
target marked, every word escaped by the template engine. Records come back nested (`to_disk`, `to_list()`) or flat
(`to_list(flatten=True)`); only the flat ones say which answers were submitted. Formats: the documents of Argilla 2.x on
importing and exporting data sets, on settings and on custom fields.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from detector.labels import taxonomy
from training.annotation import (
    NO,
    UNSURE,
    YES,
    Annotations,
    Answer,
    ContradictionError,
    MalformedError,
    Task,
    chosen,
    kind_of,
    spellings,
    texts,
)
from training.annotation_json import RawTask, converted, malformed, task_of
from training.guidelines import guidelines

QUESTIONS = ("attack", "labels", "declined", "kind")

_TEMPLATE = (
    "<style>.veiled { filter: blur(8px); white-space: pre-wrap; } .veiled:hover { filter: none; }</style>"
    "<p><b>{{record.fields.post.question}}</b></p>"
    '<p class="veiled">{{#each record.fields.post.pieces}}'
    "{{#if this.target}}<mark>{{this.words}}</mark>{{else}}{{this.words}}{{/if}}"
    "{{/each}}</p>"
)

Answers = dict[str, dict[str, Any]]
"""Annotator -> question -> value."""


class NestedResponse(msgspec.Struct):
    """An answer to one question, as nested records hold it."""

    value: Any = None
    user_id: str | None = None
    status: str | None = None


class NestedRecord(msgspec.Struct):
    """A record of `to_disk` or `to_list()`."""

    fields: dict[str, Any]
    responses: dict[str, list[NestedResponse]] | None = None


def write_dataset(folder: Path, tasks: Sequence[Task], *, name: str) -> None:
    """Write a data set into a folder: `.argilla/settings.json`, `.argilla/dataset.json`, `records.json`."""
    inner = folder / ".argilla"
    inner.mkdir(parents=True, exist_ok=True)
    _write(inner / "settings.json", settings())
    _write(inner / "dataset.json", {"name": name, "guidelines": guidelines(), "allow_extra_metadata": False})
    _write(folder / "records.json", [_record(number, task) for number, task in enumerate(tasks, 1)])


def settings() -> dict[str, Any]:
    """The settings of the data set, as `rg.Settings.from_json` reads them."""
    cards, looks = taxonomy().cards, taxonomy().not_attacks
    names = {label.value: card.title for label, card in cards.items()}
    meaning = "\n".join(f"{card.title}: {card.means} Not: {card.excludes}" for card in cards.values())
    return {
        "guidelines": guidelines(),
        "fields": [
            {
                "name": "post",
                "title": "Post",
                "required": True,
                "settings": {"type": "custom", "template": _TEMPLATE, "advanced_mode": False},
            }
        ],
        "questions": [
            _question("attack", "Does it attack?", {YES: "Attack", NO: "No attack", UNSURE: "Unsure"}, required=True),
            _question("labels", "In which ways? (all that apply)", names, several=True, description=meaning),
            _question("declined", "Labels that you would rather not judge here", names, several=True),
            _question("kind", "If it only looks like an attack: what is it?", {one.kind: one.title for one in looks}),
        ],
        "metadata": [
            {
                "name": "lang",
                "title": "Language",
                "visible_for_annotators": True,
                "settings": {"type": "terms", "values": None, "visible_for_annotators": True},
            }
        ],
        "vectors": [],
        "allow_extra_metadata": False,
        "distribution": {"strategy": "overlap", "min_submitted": 2},
    }


def read_annotations(path: Path, records: Sequence[Any], into: Annotations) -> None:
    """Read records with their responses.

    Raises:
        InputError: A record is malformed; the message names its number, counted from 1.
    """
    names = spellings()
    for number, raw in enumerate(records, 1):
        where = f"{path}, record {number}"
        try:
            post, answers, skipped = _flat(raw) if "fields" not in raw else _nested(raw, where)
        except MalformedError as error:
            raise malformed(where, error) from error
        entry = into.task(task_of(converted(post, RawTask, where), where), where, number)
        into.skipped += skipped
        for annotator, given in answers.items():
            try:
                into.add(entry, _answer(annotator, given, names))
            except ContradictionError:
                into.contradictory.append(where)
            except MalformedError as error:
                raise malformed(where, error) from error


def _answer(annotator: str, given: Mapping[str, Any], names: Mapping[str, str]) -> Answer:
    attack, kind = (_single(given.get(question)) for question in ("attack", "kind"))
    labels, declined = (_several(given.get(question)) for question in ("labels", "declined"))
    return Answer(annotator=annotator, votes=chosen(attack, labels, declined, titles=names), kind=kind_of(kind))


def _nested(raw: Any, where: str) -> tuple[Any, Answers, int]:
    record = converted(raw, NestedRecord, where)
    given = (
        (question, response.user_id, response.value, response.status)
        for question, responses in (record.responses or {}).items()
        for response in responses
    )
    return record.fields.get("post"), *_by_annotator(given)


def _flat(raw: Mapping[str, Any]) -> tuple[Any, Answers, int]:
    return raw.get("post"), *_by_annotator(_flat_responses(raw))


def _flat_responses(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any, Any]]:
    for question in QUESTIONS:
        values = raw.get(f"{question}.responses") or []
        users = raw.get(f"{question}.responses.users") or []
        states = raw.get(f"{question}.responses.status") or [None] * len(values)
        if not all(isinstance(one, list) for one in (values, users, states)):
            raise MalformedError(f"the responses to `{question}` are no list")
        if not len(values) == len(users) == len(states):
            raise MalformedError(f"the responses to `{question}` and their users are not equally many")
        yield from ((question, *one) for one in zip(users, values, states, strict=True))


def _by_annotator(given: Iterable[tuple[str, Any, Any, Any]]) -> tuple[Answers, int]:
    """Answers by annotator, and how many annotators only drafted or discarded the record."""
    answers: Answers = {}
    unsent: set[str] = set()
    for question, user, value, status in given:
        if status not in (None, "submitted"):
            unsent.add(str(user))
        elif value is not None and question in QUESTIONS:
            answers.setdefault(str(user), {})[question] = value
    return answers, len(unsent - answers.keys())


def _single(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise MalformedError("a choice is not a text")
    return value


def _several(value: Any) -> list[str]:
    if value is not None and not isinstance(value, list):
        raise MalformedError("several choices are not a list")
    return texts(value or [])


def _record(number: int, task: Task) -> dict[str, Any]:
    post = {
        "question": task.question,
        "pieces": [{"words": words, "target": marked} for words, marked in task.pieces],
        "text": task.text,
        "post_id": task.post_id,
        "platform": task.platform,
        "defender_id": task.defender_id,
        "lang": task.lang,
        "target": task.target,
        "reply": task.reply,
    }
    metadata = {"lang": task.lang} if task.lang else {}
    return {
        "id": f"task-{number}",
        "fields": {"post": post},
        "metadata": metadata,
        "suggestions": {},
        "responses": {},
        "vectors": {},
    }


def _question(
    name: str,
    title: str,
    options: Mapping[str, str],
    *,
    required: bool = False,
    several: bool = False,
    description: str | None = None,
) -> dict[str, Any]:
    choices = {
        "type": "multi_label_selection" if several else "label_selection",
        "options": [{"value": value, "text": text} for value, text in options.items()],
        "visible_options": len(options),
    }
    return {"name": name, "title": title, "description": description, "required": required, "settings": choices}


def _write(path: Path, content: Any) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1))
