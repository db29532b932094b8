"""From a stream to a labelled file and back, through every format, as a researcher goes."""

import csv
import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.cli import main
from detector.shelf import DATA, MODELS
from training.own_labels import read_own_labels

SAMPLES = DATA / "samples"
NGRAM = ["--bundle", str(MODELS / "ngram")]
COUNT = 150

# (post, defender) -> the labels that the writer of the sample stream gave it
Truth = dict[tuple[str, str], list[str]]


@pytest.fixture(scope="module")
def truth() -> Truth:
    lines = (SAMPLES / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        (record["post_id"], about["defender_id"]): about["labels"]
        for record in map(json.loads, lines)
        for about in record["about"]
    }


def sampled(output: Path, *more: str) -> None:
    arguments = ["sample", str(SAMPLES / "stream.jsonl"), "--for-labelling", "--count", str(COUNT), "--quiet"]
    main(
        [*arguments, *NGRAM, "--roster", str(SAMPLES / "roster.json"), "--room", "300", "--output", str(output), *more]
    )


def opinion(labels: list[str], annotator: int, place: int) -> tuple[str, list[str]]:
    """Two annotators say what is true; a third errs on every fifth post."""
    if annotator == 3 and place % 5 == 0:
        return ("no attack", []) if labels else ("attack", ["insult"])
    return ("attack" if labels else "no attack"), labels


def labelled_in_label_studio(output: Path, truth: Truth) -> Path:
    tasks = json.loads(output.read_text(encoding="utf-8"))
    for place, task in enumerate(tasks):
        data = task["data"]
        task |= {"id": place + 1, "annotations": []}
        for annotator in (1, 2, 3):
            attack, labels = opinion(truth.get((data["post_id"], data["defender_id"]), []), annotator, place)
            result = [{"from_name": "attack", "value": {"choices": [attack]}}]
            result += [{"from_name": "labels", "value": {"choices": labels}}] if labels else []
            task["annotations"].append({"completed_by": annotator, "result": result, "was_cancelled": False})
    return written(output, tasks)


def labelled_in_json_min(output: Path, truth: Truth) -> Path:
    rows = []
    for place, task in enumerate(json.loads(output.read_text(encoding="utf-8"))):
        data = task["data"]
        for annotator in (1, 2, 3):
            attack, labels = opinion(truth.get((data["post_id"], data["defender_id"]), []), annotator, place)
            ways: Any = labels[0] if len(labels) == 1 else {"choices": labels}
            rows.append({**data, "id": place + 1, "attack": attack, "annotator": annotator, "lead_time": 4.2})
            rows[-1] |= {"labels": ways} if labels else {}
    return written(output, rows)


def labelled_in_argilla(output: Path, truth: Truth) -> Path:
    records = json.loads((output / "records.json").read_text(encoding="utf-8"))
    for place, record in enumerate(records):
        post = record["fields"]["post"]
        record["responses"] = {"attack": [], "labels": []}
        for annotator in (1, 2, 3):
            attack, labels = opinion(truth.get((post["post_id"], post["defender_id"]), []), annotator, place)
            record["responses"]["attack"].append({"value": attack, "user_id": f"u{annotator}"})
            if labels:
                record["responses"]["labels"].append({"value": labels, "user_id": f"u{annotator}"})
    written(output / "records.json", records)
    return output


def labelled_in_csv(output: Path, truth: Truth) -> Path:
    with output.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    filled = []
    for place, row in enumerate(rows):
        for annotator in (1, 2, 3):
            attack, labels = opinion(truth.get((row["id"], row["defender"]), []), annotator, place)
            cells = dict.fromkeys(labels, "1") | {"attack": str(int(attack == "attack"))}
            # A cell left empty beside a 1 is "nobody said"; these annotators judged every label.
            cells = {name: "0" for name in row if name in LABEL_NAMES} | cells if labels else cells
            filled.append({**row, **cells, "annotator": f"a{annotator}"})
    with output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(filled)
    return output


LABEL_NAMES = ("threat", "incitement", "doxxing", "sexual", "hate", "insult", "smear")


def written(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


WAYS: dict[str, tuple[str, str, Callable[[Path, Truth], Path]]] = {
    "csv": ("csv", "tasks.csv", labelled_in_csv),
    "label studio": ("label-studio", "tasks.json", labelled_in_label_studio),
    "label studio, JSON-MIN": ("label-studio", "tasks.json", labelled_in_json_min),
    "argilla": ("argilla", "tasks", labelled_in_argilla),
}


@pytest.mark.parametrize(("form", "name", "annotate"), WAYS.values(), ids=WAYS.keys())
def test_labels_survive_the_whole_way(
    form: str, name: str, annotate: Callable[[Path, Truth], Path], truth: Truth, tmp_path: Path
) -> None:
    output, labels = tmp_path / name, tmp_path / "labels.csv"
    sampled(output, "--format", form)
    main(["labels", "import", str(annotate(output, truth)), "--output", str(labels), "--quiet"])
    with labels.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == COUNT
    posts = read_own_labels(labels, lang="en")
    assert all(post.aimed for post in posts)
    assert {post.part for post in posts} == {"train", "dev", "test"}
    for post, row in zip(posts, rows, strict=True):
        said = {name for name, mark in zip(LABEL_NAMES, post.marks, strict=False) if mark == 1}
        assert said == set(truth.get((row["id"], row["defender"]), []))
        assert post.attack is bool(said)


def test_the_same_seed_gives_the_same_sample_and_another_another(tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        sampled(tmp_path / f"{name}.csv", "--seed", seed)
    first, again, other = ((tmp_path / f"{name}.csv").read_bytes() for name in "abc")
    assert first == again
    assert first != other


def native(number: int, text: str, lang: str | None = "en") -> dict[str, Any]:
    return {
        "id": f"p{number}",
        "platform": "example",
        "text": text,
        "lang": lang,
        "author": {"id": "u1"},
        "created_at": "2026-03-01T12:00:00Z",
    }


TEXTS = ["you are scum, all of you", "what a lovely morning by the sea", "the audit is due on Monday", "shame on you"]


def as_lines() -> bytes:
    return "".join(json.dumps(native(number, text)) + "\n" for number, text in enumerate(TEXTS)).encode()


def as_csv() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "platform", "text", "lang", "author_id", "created_at"])
    writer.writerows([f"p{n}", "example", text, "en", "u1", "2026-03-01T12:00:00Z"] for n, text in enumerate(TEXTS))
    return out.getvalue().encode()


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz", "posts.csv", "-"])
def test_every_input_that_scan_takes_is_taken(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = as_csv() if name.endswith(".csv") else as_lines()
    if name == "-":
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    else:
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    source = name if name == "-" else str(tmp_path / name)
    options = ["--for-labelling", "--count", "3", "--quiet", *NGRAM]
    main(["sample", source, *options, "--output", str(tmp_path / "o.csv")])
    with (tmp_path / "o.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    assert {row["text"] for row in rows} < set(TEXTS)
    assert {row["target"] for row in rows} == {""}


def test_sample_says_what_it_read_and_what_it_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = [native(1, "hello there"), native(2, "https://example.org"), native(3, "bonjour à tous", "fr")]
    lines = [json.dumps(record) for record in records]
    (tmp_path / "posts.jsonl").write_text("\n".join([*lines, "{broken"]) + "\n")
    options = ["--count", "5", "--language", "en", "--rejects", str(tmp_path / "rejects.jsonl")]
    main(["sample", str(tmp_path / "posts.jsonl"), *options, "--output", str(tmp_path / "o.csv")])
    told = capsys.readouterr().err
    assert "posts read 3" in told
    assert "1 without words" in told
    assert "1 in other languages" in told
    assert "1 records rejected" in told
    assert "picked 1: en 1" in told
    assert "hello" not in told
    (rejected,) = (tmp_path / "rejects.jsonl").read_text().splitlines()
    assert json.loads(rejected)["line"] == 4


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["missing.jsonl", "--count", "3"], 1),
        (["empty.jsonl", "--count", "3"], 1),
        (["empty.jsonl"], 2),
        (["empty.jsonl", "--count", "0"], 2),
        (["empty.jsonl", "--count", "3", "--format", "xls"], 2),
        (["empty.jsonl", "--count", "3", "--roster", "missing.json"], 1),
    ],
)
def test_what_goes_wrong_has_its_exit_code_too(
    arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(SystemExit) as caught:
        main(["sample", *arguments, "--output", "o.csv"])
    assert caught.value.code == code
    assert capsys.readouterr().err.strip()
    assert not (tmp_path / "o.csv").exists()
