"""Examples: null stays apart from 0 in every format, and what is no label is refused without showing the row."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.errors import InputError
from training.examples import UNKNOWN, read_examples

ROWS: list[dict[str, Any]] = [
    {"text": "a calm line", "lang": "en", "part": "test", "offensive": 0, "hate": None},
    {"text": 'a rude, "quoted" line', "lang": "de", "part": "dev", "offensive": 1, "hate": 1},
    {"text": "nobody said", "lang": None, "part": "test", "offensive": None, "hate": None},
]
SENTINEL = "zanzibarquux"


def as_file(folder: Path, ending: str) -> Path:
    path = folder / f"rows.{ending}"
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif ending == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    else:
        lines = ["text,lang,part,offensive,hate", "a calm line,en,test,0,"]
        lines += ['"a rude, ""quoted"" line",de,dev,1,1', "nobody said,,test,,"]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["parquet", "jsonl", "csv"])
def test_formats_agree(ending: str, tmp_path: Path) -> None:
    found = read_examples(as_file(tmp_path, ending))
    assert list(found.texts) == [row["text"] for row in ROWS]
    assert list(found.langs) == ["en", "de", ""]
    assert list(found.sets) == ["rows"] * 3
    assert found.marks("offensive").tolist() == [0, 1, UNKNOWN]
    assert found.marks("hate").tolist() == [UNKNOWN, 1, UNKNOWN]
    assert found.marks("doxxing").tolist() == [UNKNOWN] * 3
    assert list(found.of_part("test").texts) == [ROWS[0]["text"], ROWS[2]["text"]]


def test_a_folder_is_all_its_sets(tmp_path: Path) -> None:
    for name in ("b", "a"):
        pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / f"{name}.parquet")
    found = read_examples(tmp_path)
    assert list(found.sets) == ["a"] * 3 + ["b"] * 3


@pytest.mark.parametrize("mark", ["2", "maybe", "-1"])
def test_what_is_no_label_is_refused_without_showing_the_row(mark: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"text,hate\n{SENTINEL},{mark}\n", encoding="utf-8")
    with pytest.raises(InputError, match="column `hate`") as caught:
        read_examples(path)
    assert SENTINEL not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("rows.csv", b"words\nx\n", "no column `text`"),
        ("rows.parquet", b"PAR1 but not really", "parquet"),
        ("rows.jsonl", b'{"text": ', "jsonl"),
        ("rows.xlsx", b"", "format"),
    ],
)
def test_what_cannot_be_read_says_so(name: str, content: bytes, hint: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=hint):
        read_examples(tmp_path / name)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no Parquet"):
        read_examples(tmp_path)
    with pytest.raises(InputError):
        read_examples(tmp_path / "none.csv")
