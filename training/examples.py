"""Labelled texts: reads data sets into memory, with null kept apart from 0.

A data set is a table (Parquet, JSON lines or CSV) with the columns `text`, optionally `lang`, `part` (train, dev or
test) and one column a label, where null means that nobody annotated it. Splits are the data's own; none is drawn here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.domain import Label
from detector.errors import InputError
from detector.text.bundle import ATTACK, HOSTILITY

LABELS: tuple[str, ...] = tuple(label.value for label in Label)

COLUMNS: tuple[str, ...] = (*LABELS, HOSTILITY)
"""What is said of anybody: the label columns, in the order of `Examples.labels`."""

TARGET_COLUMNS: tuple[str, ...] = (*LABELS, ATTACK)
"""What is said of a marked defender, in the same order: each label, and last whether there is any attack."""

UNKNOWN = -1
"""Stands in `Examples.labels` where nobody annotated."""

Marks = npt.NDArray[np.int8]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Texts and their annotations: sequences of one length n; `labels` has shape (n, len(COLUMNS)), values 0, 1, -1.

    `langs` are BCP 47 codes or ""; `parts` are "train", "dev", "test" or "" where the data do not say.
    """

    texts: Sequence[str]
    langs: Sequence[str]
    sets: Sequence[str]
    parts: Sequence[str]
    labels: Marks

    def __len__(self) -> int:
        return len(self.texts)

    def of_part(self, part: str) -> "Examples":
        """Only the rows of one part."""
        return self.rows([row for row, name in enumerate(self.parts) if name == part])

    def rows(self, rows: Sequence[int]) -> "Examples":
        """Some of the rows, in the order given."""
        return Examples(
            texts=[self.texts[row] for row in rows],
            langs=[self.langs[row] for row in rows],
            sets=[self.sets[row] for row in rows],
            parts=[self.parts[row] for row in rows],
            labels=self.labels[np.asarray(rows, np.int64)],
        )

    @property
    def inoffensive(self) -> npt.NDArray[np.bool_]:
        """Rows known to be inoffensive, with no label on them, shape (n,)."""
        rows: npt.NDArray[np.bool_] = (self.marks(HOSTILITY) == 0) & ~(self.labels == 1).any(axis=1)
        return rows

    def marks(self, label: str) -> Marks:
        """One label's annotations, shape (n,)."""
        column: Marks = self.labels[:, COLUMNS.index(label)]
        return column


def few_of_each(names: Sequence[str], limit: int | None, *, seed: int) -> list[int]:
    """Rows, at most `limit` of each name, drawn at random and given in order; all rows where there is no limit."""
    rows = list(range(len(names)))
    if limit is None:
        return rows
    Random(seed).shuffle(rows)  # noqa: S311 - sampling, not secrecy
    counts: Counter[str] = Counter()
    kept = []
    for row in rows:
        counts[names[row]] += 1
        if counts[names[row]] <= limit:
            kept.append(row)
    return sorted(kept)


def row_ids(examples: Examples) -> list[str]:
    """An id for each row: the name of its set and its row there, from 1 up."""
    counts: Counter[str] = Counter()
    names = []
    for name in examples.sets:
        counts[name] += 1
        names.append(f"{name}#{counts[name]}")
    return names


def tables_of(folder: Path) -> list[Path]:
    """The Parquet files of a folder or, where it has none, of its folders."""
    return sorted(folder.glob("*.parquet")) or sorted(folder.glob("*/*.parquet"))


def read_examples(path: Path) -> Examples:
    """Read one file, or all Parquet files of a folder; a file's name without its ending is the name of its set.

    Raises:
        InputError: The path cannot be read, or a table lacks `text` or holds a label other than 0, 1 or nothing.
    """
    files = tables_of(path) if path.is_dir() else [path]
    if not files:
        raise InputError(f"There is no Parquet file in {path}")
    return joined(read_file(file) for file in files)


def set_paths(names: Iterable[str], folder: Path) -> dict[str, Path]:
    """Where the tables of data sets lie: NAME.parquet in a folder.

    Raises:
        InputError: One or more are not there.
    """
    paths = {name: folder / f"{name}.parquet" for name in names}
    missing = [name for name, path in paths.items() if not path.is_file()]
    if missing:
        raise InputError(f"{folder} lacks {len(missing)} data sets of the recipe: {', '.join(missing)}")
    return paths


def joined(many: Iterable[Examples]) -> Examples:
    """Several sets as one."""
    every = list(many)
    return Examples(
        texts=[text for one in every for text in one.texts],
        langs=[lang for one in every for lang in one.langs],
        sets=[name for one in every for name in one.sets],
        parts=[part for one in every for part in one.parts],
        labels=np.concatenate([one.labels for one in every]),
    )


def read_file(path: Path) -> Examples:
    """Read one data set; see `read_examples`."""
    table = _table(path)
    if "text" not in table.column_names:
        raise InputError(f"{path} has no column `text`")
    texts = [text or "" for text in table["text"].cast("string").to_pylist()]
    name = path.name.split(".")[0]
    return Examples(
        texts=texts,
        langs=_words(table, "lang"),
        sets=[name] * len(texts),
        parts=_words(table, "part"),
        labels=np.stack([_marks(table, column, path) for column in COLUMNS], axis=1),
    )


def _table(path: Path) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - a third of a second that commands without tables need not wait
    import pyarrow.csv  # noqa: PLC0415
    import pyarrow.json  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    name = path.name.removesuffix(".gz")
    try:
        if name.endswith(".parquet"):
            with pq.ParquetFile(path) as file:
                return file.read()
        if name.endswith((".csv", ".tsv")):
            parse = pa.csv.ParseOptions(delimiter="\t" if name.endswith(".tsv") else ",", newlines_in_values=True)
            return pa.csv.read_csv(str(path), parse_options=parse)
        if name.endswith((".jsonl", ".ndjson", ".json")):
            return pa.json.read_json(str(path))
    except (OSError, ValueError) as error:
        # The library's message can quote a row; it stays in the chain and out of ours.
        raise InputError(f"{path} cannot be read as {name.rsplit('.', 1)[-1]}") from error
    raise InputError(f"Cannot tell the format of {path}: expected .parquet, .jsonl or .csv")


def _words(table: Any, column: str) -> list[str]:
    if column not in table.column_names:
        return [""] * table.num_rows
    return [value or "" for value in table[column].cast("string").to_pylist()]


def _marks(table: Any, column: str, path: Path) -> Marks:
    if column not in table.column_names:
        return np.full(table.num_rows, UNKNOWN, np.int8)
    try:
        marks = table[column].cast("int8")
    except (ValueError, NotImplementedError) as error:
        raise InputError(f"{path}: the column `{column}` holds something other than 0, 1 or nothing") from error
    if not np.isin(marks.drop_null().to_numpy(), (0, 1)).all():
        raise InputError(f"{path}: the column `{column}` holds something other than 0, 1 or nothing")
    return np.asarray(marks.fill_null(UNKNOWN).to_numpy(), np.int8)
