"""Label Studio: task files, the labelling configuration, and exports (JSON and JSON-MIN, several annotators a task).

The post is shown blurred until the pointer rests on it, the target highlighted; the text is escaped, since strangers
wrote it. Formats: the documents of Label Studio 1.x, "Label Studio JSON format of annotated tasks" and "JSON_MIN".
"""

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

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

Choices = str | list[Any] | dict[str, Any] | None

_STYLE = ".veiled { filter: blur(8px); } .veiled:hover, .veiled:focus-within { filter: none; }"


class Result(msgspec.Struct):
    """One answered control of an annotation; other kinds of controls have no `choices`."""

    from_name: str | None = None
    value: dict[str, Any] = {}


class Annotation(msgspec.Struct):
    """What one annotator said of a task."""

    result: list[Result] | None = None
    completed_by: int | str | dict[str, Any] | None = None
    was_cancelled: bool = False
    updated_at: str | None = None
    created_at: str | None = None


class ExportedTask(msgspec.Struct):
    """A record of the JSON export."""

    data: RawTask
    annotations: list[Annotation]


class MinimalRecord(RawTask):
    """A record of the JSON-MIN export: a task's data and one annotator's choices beside each other."""

    attack: Choices = None
    labels: Choices = None
    declined: Choices = None
    kind: Choices = None
    annotator: int | str | dict[str, Any] | None = None


def write_tasks(path: Path, tasks: Sequence[Task]) -> Path:
    """Write a task file, and beside it, with the ending `.xml`, the labelling configuration, whose path it returns."""
    records = [
        {
            "data": {
                "post_id": task.post_id,
                "platform": task.platform,
                "defender_id": task.defender_id,
                "lang": task.lang,
                "text": task.text,
                "target": task.target,
                "reply": task.reply,
                "question": task.question,
                "html": _highlighted(task),
            }
        }
        for task in tasks
    ]
    path.write_bytes(msgspec.json.format(msgspec.json.encode(records), indent=1))
    config = path.with_suffix(".xml")
    config.write_text(labelling_config(), encoding="utf-8")
    return config


def labelling_config() -> str:
    """The labelling interface: choices from `data/labels.toml`, definitions as hints and in a panel."""
    view = ET.Element("View")
    ET.SubElement(view, "Style").text = _STYLE
    ET.SubElement(view, "Header", value="$question")
    veil = ET.SubElement(view, "View", className="veiled")
    ET.SubElement(veil, "HyperText", name="post", value="$html")
    attack = _choices(view, "attack", choice="single", required="true", showInline="true")
    for value, hotkey in ((YES, "a"), (NO, "n"), (UNSURE, "u")):
        ET.SubElement(attack, "Choice", value=value, hotkey=hotkey)
    ET.SubElement(view, "Header", value="In which ways? (all that apply)", size="6")
    ways = _choices(view, "labels", choice="multiple", **_when(YES))
    for number, (label, card) in enumerate(taxonomy().cards.items(), 1):
        hint = f"{card.means} Not: {card.excludes}"
        ET.SubElement(ways, "Choice", value=card.title, alias=label.value, hint=hint, hotkey=str(number))
    ET.SubElement(view, "Header", value="Labels that you would rather not judge here", size="6")
    declined = _choices(view, "declined", choice="multiple", showInline="true", **_when(YES))
    for label, card in taxonomy().cards.items():
        ET.SubElement(declined, "Choice", value=card.title, alias=label.value)
    ET.SubElement(view, "Header", value="If it only looks like an attack: what is it? (optional)", size="6")
    kinds = _choices(view, "kind", choice="single", showInline="true", **_when(NO))
    for look in taxonomy().not_attacks:
        ET.SubElement(kinds, "Choice", value=look.title, alias=look.kind, hint=look.means)
    _definitions(view)
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def read_annotations(path: Path, records: Sequence[Any], into: Annotations) -> None:
    """Read the records of a JSON export.

    Raises:
        InputError: A record is malformed; the message names its number, counted from 1.
    """
    names = spellings()
    for number, raw in enumerate(records, 1):
        where = f"{path}, record {number}"
        record = converted(raw, ExportedTask, where)
        entry = into.task(task_of(record.data, where), where, number)
        for one in sorted(record.annotations, key=lambda one: one.updated_at or one.created_at or ""):
            if one.was_cancelled:
                into.skipped += 1
                continue
            picked = {item.from_name: item.value.get("choices") for item in one.result or () if item.from_name}
            if answer := _answer(picked, one.completed_by, names, where, into):
                into.add(entry, answer)


def read_minimal(path: Path, records: Sequence[Any], into: Annotations) -> None:
    """Read the records of a JSON-MIN export; see `read_annotations`. A task without an answer has no annotator."""
    names = spellings()
    for number, raw in enumerate(records, 1):
        where = f"{path}, record {number}"
        record = converted(raw, MinimalRecord, where)
        entry = into.task(task_of(record, where), where, number)
        picked = {name: getattr(record, name) for name in ("attack", "labels", "declined", "kind")}
        if record.annotator is None and not any(picked.values()):
            continue
        if answer := _answer(picked, record.annotator, names, where, into):
            into.add(entry, answer)


def _answer(
    picked: Mapping[str, Choices], who: object, names: Mapping[str, str], where: str, into: Annotations
) -> Answer | None:
    """An annotator's choices as an answer, or None where they contradict each other (which is counted)."""
    try:
        choices = {name: _listed(value) for name, value in picked.items()}
        attack, kind = _single(choices.get("attack")), _single(choices.get("kind"))
        votes = chosen(attack, choices.get("labels", []), choices.get("declined", []), titles=names)
        return Answer(annotator=_annotator(who), votes=votes, kind=kind_of(kind))
    except ContradictionError:
        into.contradictory.append(where)
        return None
    except MalformedError as error:
        raise malformed(where, error) from error


def _listed(value: Choices) -> list[str]:
    """Choices as JSON and JSON-MIN write them: a text, a list, or an object with a list."""
    if isinstance(value, dict):
        value = value.get("choices")
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) else texts(value)


def _single(values: Sequence[str] | None) -> str | None:
    if values and len(values) > 1:
        raise MalformedError("several choices stand where one was asked for")
    return values[0] if values else None


def _annotator(who: object) -> str:
    """An annotator's id; JSON may hold the whole account."""
    if isinstance(who, dict):
        who = who.get("id", who.get("email"))
    return "" if who is None else str(who)


def _choices(parent: ET.Element, name: str, **options: str) -> ET.Element:
    return ET.SubElement(parent, "Choices", {"name": name, "toName": "post", **options})


def _when(choice: str) -> dict[str, str]:
    return {"visibleWhen": "choice-selected", "whenTagName": "attack", "whenChoiceValue": choice}


def _definitions(parent: ET.Element) -> None:
    panel = ET.SubElement(ET.SubElement(parent, "Collapse"), "Panel", value="What the labels mean")
    inside = ET.SubElement(panel, "View")
    for card in taxonomy().cards.values():
        ET.SubElement(inside, "Header", value=f"{card.title}: {card.means} Not: {card.excludes}", size="6")


def _highlighted(task: Task) -> str:
    """The post as HTML that holds nothing of the writer's markup, with the target in <mark>."""
    escaped = ((html.escape(words).replace("\n", "<br>"), marked) for words, marked in task.pieces)
    return "".join(f"<mark>{words}</mark>" if marked else words for words, marked in escaped)
