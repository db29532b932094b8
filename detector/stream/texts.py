"""Texts alone (`id`, `text`, `lang`), for `detector score`: JSONL or CSV, with bounded memory."""

from collections.abc import Iterator
from typing import Any

import msgspec

from detector.domain import Rejected
from detector.stream.files import csv_records, json_records
from detector.stream.lines import Input, read_lines
from detector.stream.native import Text, checked_text, converted, decoded


class TextRecord(msgspec.Struct):
    """One text to be scored."""

    id: Text
    text: Text
    lang: str | None = None


def read_texts(opened: Input) -> Iterator[TextRecord | Rejected]:
    """Records of an open file: CSV where its name says so, else JSONL.

    Raises:
        InputError: A CSV file without the columns `id` and `text`.
    """
    lines = read_lines(opened.stream)
    if opened.name.lower().removesuffix(".gz").removesuffix(".zst").endswith(".csv"):
        return csv_records(lines, _from_row, ("id", "text"))
    return json_records(lines, _from_json)


_texts = msgspec.json.Decoder(TextRecord)


def _from_json(line: bytes) -> TextRecord:
    return _checked(decoded(_texts, line))


def _from_row(row: dict[str, Any]) -> TextRecord:
    return _checked(converted({name: cell for name, cell in row.items() if cell}, TextRecord))


def _checked(record: TextRecord) -> TextRecord:
    checked_text(record.text)
    return record
