"""Sources that read files of native posts: JSONL, CSV and Parquet, as streams with bounded memory.

`open_posts` picks by content and name. These sources end; sources that follow a growing file are `watch`'s business.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from detector.domain import Post, Rejected
from detector.errors import InputError
from detector.stream.lines import Input, Line, open_input, read_lines
from detector.stream.native import COLUMNS, MAX_TEXT, BadRecordError, post_from_json, post_from_row
from detector.stream.source import Source, SourceBatch

BATCH = 2_000
"""Records a batch: enough to spread fixed costs, small enough to keep memory flat."""

_PARQUET = b"PAR1"
REQUIRED = ("id", "platform", "text", "author_id", "created_at")

Record = Post | Rejected
Made = TypeVar("Made")
Given = TypeVar("Given")


def open_posts(path: str) -> Source:
    """A source for a file, or for standard input ("-": JSONL, plain or compressed).

    Raises:
        InputError: The file cannot be read, or has none of the formats.
    """
    opened = open_input(path)
    name = path.lower().removesuffix(".gz").removesuffix(".zst")
    head = opened.peek(4)
    if head.startswith(_PARQUET):
        opened.close()
        return ParquetPosts(path)
    if name.endswith((".csv", ".tsv")):
        delimiter = "\t" if name.endswith(".tsv") else ","
        return LinePosts(opened, lambda lines: csv_records(lines, _post_from_cells, REQUIRED, delimiter=delimiter))
    if name.endswith((".jsonl", ".ndjson", ".json")) or path == "-" or head[:1] in (b"{", b""):
        return LinePosts(opened, lambda lines: json_records(lines, post_from_json))
    opened.close()
    raise InputError(f"Cannot tell the format of {path}: expected .jsonl (.gz, .zst), .csv or .parquet")


@dataclass(slots=True)
class LinePosts:
    """Posts from lines of text; `read` turns lines into records."""

    opened: Input
    read: Callable[[Iterable[Line]], Iterator[Record]]

    def batches(self) -> Iterator[SourceBatch]:
        """Batches in file order."""
        try:
            records = self.read(read_lines(self.opened.stream))
            yield from _batched(records, self.opened.name, self.opened.progress)
        finally:
            self.opened.close()

    def commit(self, offset: str) -> None:
        """A file that ends keeps no place."""


@dataclass(slots=True)
class ParquetPosts:
    """Posts from a Parquet file with the flattened columns of `native.COLUMNS`; row numbers count from 1."""

    path: str

    def batches(self) -> Iterator[SourceBatch]:
        """Batches in file order."""
        import pyarrow.parquet as pq  # noqa: PLC0415 - costs a third of a second; only Parquet readers pay

        try:
            file = pq.ParquetFile(self.path)
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path} is not a readable Parquet file") from error
        with file:
            require(file.schema_arrow.names, REQUIRED, self.path)
            columns = [name for name in COLUMNS if name in file.schema_arrow.names]
            rows = (row for group in file.iter_batches(BATCH, columns=columns) for row in group.to_pylist())
            total, seen = max(1, file.metadata.num_rows), 0

            def counted() -> Iterator[Record]:
                nonlocal seen
                for seen, row in enumerate(rows, start=1):
                    yield _made(seen, row, _post_from_cells)

            yield from _batched(counted(), self.path, lambda: seen / total)

    def commit(self, offset: str) -> None:
        """A file that ends keeps no place."""


def _batched(records: Iterator[Record], source: str, progress: Callable[[], float | None]) -> Iterator[SourceBatch]:
    posts: list[Post] = []
    rejected: list[Rejected] = []
    count = 0
    for count, record in enumerate(records, start=1):
        if isinstance(record, Post):
            posts.append(record)
        else:
            rejected.append(Rejected(line=record.line, reason=record.reason, source=source))
        if count % BATCH == 0:
            yield SourceBatch(posts=tuple(posts), rejected=tuple(rejected), offset=str(count), progress=progress())
            posts, rejected = [], []
    yield SourceBatch(posts=tuple(posts), rejected=tuple(rejected), offset=str(count), progress=1.0)


def json_records(lines: Iterable[Line], make: Callable[[bytes], Made]) -> Iterator[Made | Rejected]:
    """One JSON object a line; blank lines are not records. `make` raises `BadRecordError` for a bad one."""
    for line in lines:
        if line.content is None:
            yield Rejected(line=line.number, reason=line.problem)
        elif line.content and not line.content.isspace():
            yield _made(line.number, line.content, make)


def csv_records(
    lines: Iterable[Line],
    make: Callable[[dict[str, Any]], Made],
    required: Sequence[str],
    *,
    delimiter: str = ",",
) -> Iterator[Made | Rejected]:
    """CSV with a header row. A record's line number is that of its last line.

    Raises:
        InputError: A required column is missing.
    """
    broken: list[Rejected] = []
    csv.field_size_limit(4 * MAX_TEXT)
    reader = csv.reader(_decoded(lines, broken), delimiter=delimiter)
    header: list[str] | None = None
    for row in _csv_rows(reader):
        yield from _drained(broken)
        if isinstance(row, Rejected):
            yield row
        elif header is None:
            header = [cell.strip() for cell in row]
            require(header, required, "the CSV file")
        elif row and len(row) != len(header):
            yield Rejected(line=reader.line_num, reason=f"expected {len(header)} cells, got {len(row)}")
        elif row:
            yield _made(reader.line_num, dict(zip(header, row, strict=True)), make)
    yield from _drained(broken)


def _made(line: int, raw: Given, make: Callable[[Given], Made]) -> Made | Rejected:
    try:
        return make(raw)
    except BadRecordError as problem:
        return Rejected(line=line, reason=str(problem))


def _drained(broken: list[Rejected]) -> Iterator[Rejected]:
    while broken:
        yield broken.pop(0)


def _decoded(lines: Iterable[Line], broken: list[Rejected]) -> Iterator[str]:
    """Lines as text for the csv module; what is too long or not UTF-8 is put aside, and its place kept empty."""
    for line in lines:
        if line.content is None:
            broken.append(Rejected(line=line.number, reason=line.problem))
            yield "\n"
            continue
        try:
            yield line.content.decode() + "\n"
        except UnicodeDecodeError:
            broken.append(Rejected(line=line.number, reason="invalid UTF-8"))
            yield "\n"


def _csv_rows(reader: Any) -> Iterator[list[str] | Rejected]:
    """Rows, and a rejected record where the csv module gives up on one."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejected(line=reader.line_num, reason=f"not CSV: {error}")


def _post_from_cells(row: dict[str, Any]) -> Post:
    """Times may come as text or as timestamps; both go through the same check for an offset."""
    return post_from_row({n: v.isoformat() if isinstance(v, datetime) else v for n, v in row.items() if n in COLUMNS})


def require(columns: Sequence[str], required: Sequence[str], where: str) -> None:
    """Refuse a table that lacks a column.

    Raises:
        InputError: Naming what is missing.
    """
    missing = [name for name in required if name not in columns]
    if missing:
        raise InputError(f"{where} has no column {', '.join(missing)}")
