"""The command line as a user meets it: exit codes, files written, one line for an error, nothing lost."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROSTER = {
    "defenders": [
        {
            "id": "d-1",
            "kind": "person",
            "name": "Rahel Orimoto",
            "aliases": ["Hope"],
            "handles": [{"platform": "example", "handle": "rahel_o"}],
            "languages": ["en"],
            "consent": {"given_at": "2026-01-01T00:00:00Z", "scope": "test", "expires_at": None},
        },
        {
            "id": "d-2",
            "kind": "organisation",
            "name": "Open Harbour Collective",
            "aliases": [],
            "handles": [],
            "languages": ["en"],
            "consent": {"given_at": "2020-01-01T00:00:00Z", "scope": "test", "expires_at": "2021-01-01T00:00:00Z"},
        },
    ]
}


def post(number: int, text: str, **changes: Any) -> str:
    record = {
        "id": f"p{number}",
        "platform": "example",
        "text": text,
        "lang": "en",
        "author": {"id": f"u{number}", "handle": f"user{number}", "created_at": None},
        "created_at": "2026-03-01T12:00:00Z",
    }
    return json.dumps({**record, **changes})


POSTS = [
    post(1, "@rahel_o you stupid bitch, I will find you and kill you"),
    post(2, "Nice weather today"),
    "{broken",
    post(3, "Rahel Orimoto opens the exhibition on Sunday"),
    post(4, "Open Harbour Collective are idiots"),
    post(5, "naive time", created_at="2026-03-01T12:00:00"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "roster.json").write_text(json.dumps(ROSTER))
    (tmp_path / "posts.jsonl").write_text("\n".join(POSTS) + "\n")
    return tmp_path


def detector(folder: Path, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from detector.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, text=True, check=False)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_scan_writes_flags_rejects_and_a_summary(folder: Path) -> None:
    options = ("--roster", "roster.json", "--output", "flags.jsonl", "--rejects", "rejects.jsonl")
    run = detector(folder, "scan", "posts.jsonl", *options)
    assert run.returncode == 0, run.stderr
    (flag,) = lines(folder / "flags.jsonl")
    assert (flag["post_id"], flag["defender_id"], flag["flagged"]) == ("p1", "d-1", True)
    assert flag["mention"] | {"confidence": 0} == {"how": "handle", "start": 0, "end": 8, "confidence": 0}
    assert set(flag["labels"]) == {"threat", "incitement", "doxxing", "sexual", "hate", "insult", "smear"}
    assert flag["signals"]
    assert all(signal["sentence"] for signal in flag["signals"])
    assert [entry["line"] for entry in lines(folder / "rejects.jsonl")] == [3, 6]
    assert "posts read             4" in run.stdout
    assert "mentions               2" in run.stdout
    assert "rejected               2" in run.stdout
    assert "mode 600" in run.stderr  # the key was made, and that is said


def test_all_writes_every_mention(folder: Path) -> None:
    options = ("--roster", "roster.json", "--output", "flags.jsonl", "--all", "--quiet")
    assert detector(folder, "scan", "posts.jsonl", *options).returncode == 0
    assert [(line["post_id"], line["flagged"]) for line in lines(folder / "flags.jsonl")] == [
        ("p1", True),
        ("p3", False),
    ]


def test_the_same_stream_gives_the_same_flags_from_a_file_and_from_standard_input(folder: Path) -> None:
    options = ("--roster", "roster.json", "--quiet", "--output")
    detector(folder, "scan", "posts.jsonl", *options, "a.jsonl")
    detector(folder, "scan", "-", *options, "b.jsonl", stdin="\n".join(POSTS))
    assert (folder / "a.jsonl").read_bytes() == (folder / "b.jsonl").read_bytes() != b""


def test_without_output_a_table_with_reasons_and_without_the_text(folder: Path) -> None:
    run = detector(folder, "scan", "posts.jsonl", "--roster", "roster.json", "--quiet")
    assert run.returncode == 0
    assert "most urgent" in run.stdout
    assert "d-1" in run.stdout
    assert "stupid" not in run.stdout
    assert "Orimoto" not in run.stdout


def test_saved_flags_come_out_again_as_scan_writes_them(folder: Path) -> None:
    assert detector(folder, "roster", "import", "roster.json", "--quiet").returncode == 0
    scanned = detector(folder, "scan", "posts.jsonl", "--save", "--output", "flags.jsonl", "--quiet")
    assert scanned.returncode == 0, scanned.stderr
    again = detector(folder, "scan", "posts.jsonl", "--save", "--output", "again.jsonl", "--quiet")
    assert again.returncode == 0
    assert detector(folder, "export", "flags", "--output", "out.jsonl").returncode == 0
    assert lines(folder / "out.jsonl") == lines(folder / "flags.jsonl")


def test_roster_check_warns_without_naming(folder: Path) -> None:
    run = detector(folder, "roster", "check", "roster.json")
    assert run.returncode == 0
    assert "d-1: alias 1 is also an ordinary word" in run.stdout
    assert "d-2: consent has expired" in run.stdout
    assert "d-2: no handle" in run.stdout
    assert "Orimoto" not in run.stdout + run.stderr


def test_a_defender_is_removed_for_good(folder: Path) -> None:
    detector(folder, "roster", "import", "roster.json")
    assert detector(folder, "roster", "remove", "d-1").returncode == 0
    assert detector(folder, "roster", "remove", "d-1").returncode == 1
    listed = detector(folder, "roster", "list").stdout
    assert "d-1" not in listed
    assert "d-2\torganisation\tconsent: expired" in listed


@pytest.mark.parametrize("name", ["texts.jsonl", "texts.csv"])
def test_score_needs_no_roster(name: str, folder: Path) -> None:
    rows = [("a", "you are all idiots and scum", "en"), ("b", "what a lovely morning", ""), ("c", "", "en")]
    if name.endswith(".csv"):
        content = "id,text,lang\n" + "".join(f"{i},{text},{lang}\n" for i, text, lang in rows)
    else:
        content = "".join(json.dumps({"id": i, "text": t, "lang": lang or None}) + "\n" for i, t, lang in rows)
    (folder / name).write_text(content)
    run = detector(folder, "score", name, "--output", "scores.jsonl", "--rejects", "rejects.jsonl")
    assert run.returncode == 0, run.stderr
    first, second = lines(folder / "scores.jsonl")
    assert (first["id"], second["id"]) == ("a", "b")
    assert first["labels"]["insult"]["score"] > second["labels"]["insult"]["score"]
    assert first["labels"]["doxxing"]["score"] < first["labels"]["insult"]["score"]
    assert len(lines(folder / "rejects.jsonl")) == 1


MISUSE = {
    "no such command": (["nonsense"], 2),
    "no such option": (["scan", "posts.jsonl", "--nonsense"], 2),
    "no posts": (["scan"], 2),
    "no such file": (["scan", "missing.jsonl", "--roster", "roster.json"], 1),
    "no such roster": (["scan", "posts.jsonl", "--roster", "missing.json"], 1),
    "a roster that is none": (["scan", "posts.jsonl", "--roster", "posts.jsonl"], 1),
    "no roster at all": (["scan", "posts.jsonl"], 1),
    "a policy that is none": (["scan", "posts.jsonl", "--roster", "roster.json", "--policy", "posts.jsonl"], 1),
    "a bundle that is none": (["scan", "posts.jsonl", "--roster", "roster.json", "--bundle", "."], 1),
    "an unknown store": (["roster", "list", "--store", "mysql://x"], 1),
    "an output that cannot be": (["scan", "posts.jsonl", "--roster", "roster.json", "--output", "no/such/dir"], 1),
    "an unknown role": (["token", "create", "--role", "king"], 2),
}


@pytest.mark.parametrize(("arguments", "code"), MISUSE.values(), ids=MISUSE.keys())
def test_what_goes_wrong_is_one_clear_line_and_a_code(arguments: list[str], code: int, folder: Path) -> None:
    run = detector(folder, *arguments)
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.strip()


def test_a_misspelt_setting_is_misuse(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETECTOR_POTR", "1")
    assert detector(folder, "settings").returncode == 2


def test_settings_never_show_the_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETECTOR_KEY", "c2VjcmV0")
    run = detector(folder, "settings")
    assert run.returncode == 0
    assert "c2VjcmV0" not in run.stdout


def test_help_is_quick_because_commands_load_on_demand() -> None:
    program = "import sys; from detector.cli import cli; cli(['--help'], standalone_mode=False); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert not loaded & {"numpy", "numba", "sqlalchemy", "fastapi", "pyarrow", "torch"}
