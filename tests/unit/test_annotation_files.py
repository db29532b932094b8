"""Annotation files: what goes out is safe to open, what comes back is read whole or refused by number."""

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from detector.cli import main
from detector.errors import InputError
from detector.labels import taxonomy
from training.annotation import Annotations, Task
from training.annotation_argilla import settings
from training.annotation_csv import write_tasks
from training.annotation_files import read_annotations
from training.annotation_files import write_tasks as write
from training.annotation_label_studio import labelling_config
from training.examples import LABELS
from training.guidelines import guidelines

TASK = Task(
    text='@mira_v <script>alert("x")</script> & co\nask @mira_v',
    post_id="p1",
    platform="example",
    defender_id="d1",
    lang="en",
    target="@mira_v",
)


def put(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def votes(found: Annotations) -> dict[str, dict[str, Any]]:
    """Annotator -> votes, where there is one task."""
    (entry,) = found.tasks.values()
    return {name: dict(answer.votes) for name, answer in entry.answers.items()}


# --- going out --------------------------------------------------------------------------------------------------------


def test_a_stranger_cannot_put_markup_into_the_annotator_s_page(tmp_path: Path) -> None:
    write(tmp_path / "t.json", [TASK], form="label-studio")
    (record,) = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    shown = record["data"]["html"]
    assert "<script" not in shown
    assert shown.count("<mark>@mira_v</mark>") == 2
    assert "&amp; co<br>" in shown
    assert record["data"]["text"] == TASK.text


def test_a_stranger_cannot_put_a_formula_into_the_annotator_s_spreadsheet(tmp_path: Path) -> None:
    write_tasks(tmp_path / "t.csv", [TASK, Task(text="=1+1")])
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(not row[name].startswith(("=", "+", "-", "@")) for row in rows for name in row)
    assert [row["text"].strip() for row in rows] == [TASK.text, "=1+1"]
    assert rows[0]["target"].strip() == "@mira_v"
    assert set(rows[0]) >= {"text", "target", "reply", "part", *LABELS, "attack"}


def test_the_labelling_page_offers_every_label_with_its_definition() -> None:
    page = ET.fromstring(labelling_config())
    choices = {one.get("name"): one for one in page.iter("Choices")}
    assert set(choices) == {"attack", "labels", "declined", "kind"}
    offered = {one.get("alias"): one for one in choices["labels"]}
    assert set(offered) == set(LABELS)
    for label, card in taxonomy().cards.items():
        assert card.means in str(offered[label.value].get("hint"))
    assert {one.get("alias") for one in choices["kind"]} == {look.kind for look in taxonomy().not_attacks}
    assert choices["labels"].get("whenChoiceValue") in {one.get("value") for one in choices["attack"]}


def test_the_argilla_settings_ask_the_same() -> None:
    questions = {one["name"]: one for one in settings()["questions"]}
    assert [one["value"] for one in questions["labels"]["settings"]["options"]] == list(LABELS)
    assert questions["attack"]["required"]
    assert "{{{" not in settings()["fields"][0]["settings"]["template"]  # words are escaped by the template engine
    for card in taxonomy().cards.values():
        assert card.means in guidelines()


def test_an_argilla_folder_shows_the_target_in_pieces(tmp_path: Path) -> None:
    write(tmp_path / "set", [TASK, Task(text="no target")], form="argilla")
    first, second = json.loads((tmp_path / "set" / "records.json").read_text(encoding="utf-8"))
    pieces = first["fields"]["post"]["pieces"]
    assert "".join(piece["words"] for piece in pieces) == TASK.text
    assert [piece["words"] for piece in pieces if piece["target"]] == ["@mira_v", "@mira_v"]
    assert first["id"] != second["id"]
    assert json.loads((tmp_path / "set" / ".argilla" / "dataset.json").read_text(encoding="utf-8"))["name"] == "set"


# --- coming back ------------------------------------------------------------------------------------------------------


def annotation(who: Any, at: str, attack: str | None, *labels: str, **more: Any) -> dict[str, Any]:
    picked = {"attack": [attack] if attack else [], "labels": list(labels)}
    result = [
        {"from_name": name, "to_name": "post", "type": "choices", "value": {"choices": chosen}}
        for name, chosen in picked.items()
        if chosen
    ]
    return {"completed_by": who, "updated_at": at, "result": result, "was_cancelled": False, **more}


def exported(*annotations: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {"id": 1, "data": {"text": "Mira sold us out", "target": "Mira", **data}, "annotations": list(annotations)}


def test_label_studio_answers_are_counted_one_by_one(tmp_path: Path) -> None:
    record = exported(
        annotation(1, "2026-03-01T12:00:00Z", "no attack"),
        annotation(2, "2026-03-01T10:00:00Z", "attack", "Smear"),
        annotation(1, "2026-03-01T09:00:00Z", "attack", "insult"),
        annotation({"id": 3, "email": "somebody@example.org"}, "2026-03-01T10:00:00Z", "unsure"),
        annotation(4, "2026-03-01T10:00:00Z", None, was_cancelled=True),
        annotation(5, "2026-03-01T10:00:00Z", "no attack", "insult"),
    )
    found = read_annotations([put(tmp_path / "e.json", [record])])
    given = votes(found)
    assert set(given) == {"1", "2", "3"}
    assert given["1"]["attack"] == 0  # the later answer counts, wherever it stands
    assert (given["2"]["smear"], given["2"]["insult"], given["2"]["attack"]) == (1, 0, 1)
    assert given["3"] == {}
    assert (found.records, found.superseded, found.skipped, found.unsure, len(found.contradictory)) == (1, 1, 1, 1, 1)


def test_json_min_has_a_record_an_answer(tmp_path: Path) -> None:
    data = {"text": "Mira sold us out", "target": "Mira", "post_id": "p1"}
    records = [
        {**data, "attack": "attack", "labels": {"choices": ["smear", "insult"]}, "annotator": 1},
        {**data, "attack": "attack", "labels": "smear", "annotator": 2},
        {**data, "attack": "no attack", "kind": "News of an attack", "annotator": 3},
        {**data, "post_id": "p2"},
    ]
    found = read_annotations([put(tmp_path / "e.json", records)])
    first, second = found.tasks.values()
    assert [answer.votes["smear"] for answer in first.answers.values()] == [1, 1, 0]
    assert [answer.votes["insult"] for answer in first.answers.values()] == [1, 0, 0]
    assert first.answers["3"].kind == "news"
    assert not second.answers


def test_argilla_drafts_and_discarded_records_are_no_answers(tmp_path: Path) -> None:
    flat = {
        "id": "task-1",
        "post": {"text": "Mira sold us out", "target": "Mira"},
        "attack.responses": ["attack", "no attack", "attack"],
        "attack.responses.users": ["u1", "u2", "u3"],
        "attack.responses.status": ["submitted", "draft", "discarded"],
        "labels.responses": [["smear"]],
        "labels.responses.users": ["u1"],
        "labels.responses.status": ["submitted"],
        "kind.responses": None,
    }
    found = read_annotations([put(tmp_path / "e.json", [flat])])
    assert set(votes(found)) == {"u1"}
    assert votes(found)["u1"]["smear"] == 1
    assert found.skipped == 2


def test_json_lines_are_read_like_an_array(tmp_path: Path) -> None:
    nested = {
        "fields": {"post": {"text": "Mira sold us out", "target": "Mira"}},
        "responses": {"attack": [{"value": "no attack", "user_id": "u1"}]},
    }
    found = read_annotations([put(tmp_path / "e.jsonl", json.dumps(nested) + "\n")])
    assert votes(found)["u1"]["attack"] == 0


def test_csv_copies_of_several_annotators_are_taken_together(tmp_path: Path) -> None:
    one = put(tmp_path / "a.csv", "id;text;target;insult;attack\n1;Mira sold us out;Mira;1;\n2;Rain;;;\n")
    two = put(tmp_path / "b.csv", "id,text,target,insult,attack,annotator\n1,Mira sold us out,Mira,,0,kofi\n")
    found = read_annotations([one, two])
    first, second = found.tasks.values()
    assert {name: answer.votes["insult"] for name, answer in first.answers.items()} == {"file 1": 1, "kofi": 0}
    assert not second.answers
    assert (found.records, found.skipped) == (3, 1)


MALFORMED: dict[str, tuple[str, Any, str]] = {
    "no JSON": ("e.json", "{nonsense", "neither"),
    "nothing": ("e.json", "", "no records"),
    "no object": ("e.json", [exported(), 7], "record 2"),
    "nobody's format": ("e.json", [{"story": "x"}], "no export"),
    "no text": ("e.json", [exported(), exported(text=" ")], "record 2"),
    "a text that is none": ("e.json", [exported(), exported(text=3)], "record 2"),
    "no annotations": ("e.json", [exported(), {"data": {"text": "x"}}], "record 2"),
    "an unknown choice": ("e.json", [exported(), exported(annotation(1, "", "perhaps"))], "record 2"),
    "an unknown label": ("e.json", [exported(), exported(annotation(1, "", "attack", "nuisance"))], "record 2"),
    "two answers to one question": (
        "e.json",
        [{"text": "x", "attack": {"choices": ["attack", "no attack"]}, "annotator": 1}],
        "record 1",
    ),
    "a target that is not there": ("e.json", [exported(), exported(target="Zora")], "record 2"),
    "a reply that is neither": ("e.json", [exported(reply="perhaps")], "record 1"),
    "another text under one id": ("e.json", [exported(post_id="1"), exported(post_id="1", text="Mira!")], "record 2"),
    "users and answers that differ": (
        "e.json",
        [{"post": {"text": "x"}, "attack.responses": ["attack"], "attack.responses.users": []}],
        "record 1",
    ),
    "a field without a post": ("e.json", [{"fields": {"text": "x"}, "responses": {}}], "record 1"),
    "a label that is no number": ("e.csv", "text,insult\nx,1\ny,maybe\n", "row 3"),
    "too few cells": ("e.csv", "text,insult\nx,1\ny\n", "row 3"),
    "no label column": ("e.csv", "text,colour\nx,1\n", "column"),
    "no table": ("e.csv", "", "column"),
    "a kind that is none": ("e.csv", "text,attack,kind\nx,0,weather\n", "row 2"),
}


@pytest.mark.parametrize(("name", "content", "told"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed_is_refused_by_number(name: str, content: Any, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=told) as caught:
        read_annotations([put(tmp_path / name, content)])
    for word in ("sold", "Mira", "perhaps", "nuisance", "maybe", "weather"):
        assert word not in str(caught.value)


def test_a_contradiction_is_counted_and_not_used(tmp_path: Path) -> None:
    path = put(tmp_path / "e.csv", "id,text,insult,attack\n1,Mira sold us out,1,0\n2,Rain,0,0\n")
    found = read_annotations([path])
    assert found.contradictory == [f"{path}, row 2"]
    assert sum(bool(entry.answers) for entry in found.tasks.values()) == 1


# --- the command ------------------------------------------------------------------------------------------------------


def test_import_says_what_it_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path / "e.json", [exported(annotation(1, "", "attack", "smear"), annotation(2, "", "no attack"))])
    main(["labels", "import", str(path), "--output", str(tmp_path / "labels.csv")])
    output = capsys.readouterr()
    assert "alpha" in output.out
    assert "tasks 1" in output.err
    assert "answers counted 2" in output.err
    assert "Mira" not in output.out + output.err
    main(["labels", "import", str(path), "--output", str(tmp_path / "labels.csv"), "--quiet"])
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["labels", "import", "missing.json", "--output", "o.csv"], 1),
        (["labels", "import", "unanswered.json", "--output", "o.csv"], 1),
        (["labels", "import", "--output", "o.csv"], 2),
        (["labels", "import", "unanswered.json"], 2),
    ],
)
def test_what_goes_wrong_has_its_exit_code(
    arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "unanswered.json", [exported()])
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == code
    assert capsys.readouterr().err.strip()
    assert not (tmp_path / "o.csv").exists()
