"""Plain CSV: tasks to be filled in by hand or in a spreadsheet, and the labels that `detector train --from-csv` reads.

Both files have the columns of `training.own_labels`, and more that it leaves alone. A cell that a spreadsheet would run
as a formula gets a no-break space in front, which readers strip: posts are written by strangers.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from detector.errors import InputError
from training.annotation import (
    Annotated,
    Annotations,
    Answer,
    ContradictionError,
    MalformedError,
    Task,
    completed,
    flag,
    kind_of,
)
from training.examples import TARGET_COLUMNS
from training.majority import Settled
from training.own_labels import VALUES

TASK_COLUMNS = ("id", "platform", "defender", "lang", "text", "target", "reply", "part")
_GUARD = "\u00a0"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_tasks(path: Path, tasks: Sequence[Task]) -> None:
    """Write tasks with empty columns to fill in."""
    _write(path, [*TASK_COLUMNS, *TARGET_COLUMNS, "kind", "annotator"], map(_task_cells, tasks))


def write_labels(path: Path, entries: Iterable[tuple[Annotated, Settled]]) -> None:
    """Write settled labels; `answers` says by how many annotators a row was judged."""
    rows = (
        {
            **_task_cells(entry.task),
            **{column: "" if mark is None else str(mark) for column, mark in settled.marks.items()},
            "kind": settled.kind,
            "answers": str(settled.answers),
        }
        for entry, settled in entries
    )
    _write(path, [*TASK_COLUMNS, *TARGET_COLUMNS, "kind", "answers"], rows)


def read_annotations(path: Path, into: Annotations, *, annotator: str) -> None:
    """Read a CSV that annotators filled in: a row is what one of them said of a task.

    Args:
        path: The file; cells parted by comma, semicolon or tab, as its first line shows.
        into: Where answers go.
        annotator: Who it was, where the column `annotator` is missing or empty.

    Raises:
        InputError: It cannot be read, lacks a column, or a row is malformed; the message names the row as a
            spreadsheet numbers it.
    """
    titles, rows = _rows(path)
    if "text" not in titles or not set(titles) & set(TARGET_COLUMNS):
        raise InputError(f"{path} needs a column `text` and at least one of: {', '.join(TARGET_COLUMNS)}")
    for number, row in rows:
        where = f"{path}, row {number}"
        try:
            entry = into.task(_task(row), where, number)
            votes, kind = _votes(row), kind_of(row.get("kind"))
        except ContradictionError:
            into.contradictory.append(where)
            continue
        except MalformedError as error:
            raise InputError(f"{where}: {error}") from error
        if votes or kind:
            into.add(entry, Answer(annotator=row.get("annotator") or annotator, votes=votes, kind=kind))
        else:
            into.skipped += 1


def _task(row: Mapping[str, str]) -> Task:
    if not row["text"]:
        raise MalformedError("there is no text")
    return Task(
        text=row["text"],
        post_id=row.get("id", ""),
        platform=row.get("platform", ""),
        defender_id=row.get("defender", ""),
        lang=row.get("lang", ""),
        target=row.get("target", ""),
        reply=flag(row.get("reply")),
    )


def _votes(row: Mapping[str, str]) -> dict[str, int]:
    votes = {}
    for column in TARGET_COLUMNS:
        cell = row.get(column, "").casefold()
        if cell and cell not in VALUES:
            raise MalformedError(f"`{column}` holds something other than 1, 0 or nothing")
        if cell:
            votes[column] = VALUES[cell]
    return completed(votes)


def _rows(path: Path) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            delimiter = max(",;\t", key=first.count)
            cells = list(csv.reader(file, delimiter=delimiter, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV in UTF-8") from error
    titles = [title.strip() for title in cells[0]] if cells else []
    return titles, _records(path, titles, cells[1:])


def _records(path: Path, titles: list[str], rows: list[list[str]]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, row in enumerate(rows, 2):
        if len(row) != len(titles) and any(row):
            raise InputError(f"{path}, row {number}: expected {len(titles)} cells, got {len(row)}")
        if any(cell.strip() for cell in row):
            yield number, {title: cell.strip() for title, cell in zip(titles, row, strict=True)}


def _task_cells(task: Task) -> dict[str, str]:
    return {
        "id": task.post_id,
        "platform": task.platform,
        "defender": task.defender_id,
        "lang": task.lang,
        "text": task.text,
        "target": task.target,
        "reply": str(int(task.reply)),
    }


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        for row in rows:
            writer.writerow({column: _guarded(cell) for column, cell in row.items()})


def _guarded(cell: str) -> str:
    return _GUARD + cell if cell.startswith(_FORMULA) else cell
