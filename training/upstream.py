"""Adapters: read the files of a data set as its publisher laid them out, and turn their labels into ours.

An adapter is a declaration in a card: files, format, columns, and rules from the publisher's labels to ours. What needs
a program (joining files line by line, several annotators in a list) has no adapter; its card says what to do by hand.
Nothing is fetched here, and errors name columns and counts, never the text of a row.
"""

import csv
import html
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

import msgspec

from detector.characters import HANDLE
from detector.errors import InputError
from training.examples import COLUMNS

Mark = Annotated[int, msgspec.Meta(ge=0, le=1)]
Row = Mapping[str, str]

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_LATIN_SHARE = 0.2
"""Below this share of letters outside Latin script, a text is taken to be written in Latin script."""

csv.field_size_limit(1 << 24)  # comments of Wikipedia are longer than the default


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a card: unknown keys are refused."""


class File(Strict, frozen=True, kw_only=True):
    """A file: its path in the repository; for a ZIP archive the member; the publisher's split; its SHA-256 where known.

    `lang` overrides the adapter's, for sets with one file a language.
    """

    path: str
    member: str = ""
    split: str = ""
    lang: str = ""
    sha256: str = ""


class Condition(Strict, frozen=True, kw_only=True):
    """A condition on one column, or on the sum of several; every key that is given must hold.

    `one_of`: the value is one of these, in whatever case. `starts`, `contains`: with, or somewhere, any of these.
    `lacks`: none of these. `at_least`, `below`: the number compared. `over`: the number is first divided by that
    column's.
    """

    column: str = ""
    columns: tuple[str, ...] = ()
    one_of: tuple[str, ...] | None = None
    starts: tuple[str, ...] | None = None
    contains: tuple[str, ...] | None = None
    lacks: tuple[str, ...] | None = None
    at_least: float | None = None
    below: float | None = None
    over: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return tuple(name for name in (self.column, *self.columns, self.over) if name)

    def holds(self, row: Row) -> bool:
        """Whether a row fulfils it; a number that cannot be read fulfils nothing."""
        if self.at_least is not None or self.below is not None:
            number = self._number(row)
            low, high = self.at_least, self.below
            return number is not None and (low is None or number >= low) and (high is None or number < high)
        value = row[self.column].strip().casefold()
        return (
            (self.one_of is None or value in _folded(self.one_of))
            and (self.starts is None or value.startswith(_folded(self.starts)))
            and (self.contains is None or any(part in value for part in _folded(self.contains)))
            and (self.lacks is None or not any(part in value for part in _folded(self.lacks)))
        )

    def _number(self, row: Row) -> float | None:
        try:
            total = sum(float(row[name] or 0) for name in (self.column, *self.columns) if name)
            return total / float(row[self.over]) if self.over else total
        except (ValueError, ZeroDivisionError):
            return None


class Rule(Strict, frozen=True, kw_only=True):
    """Where all conditions hold, the row gets these labels; the first rule that speaks of a label decides it.

    `drop`: such rows are left out altogether.
    """

    when: tuple[Condition, ...] = ()
    give: dict[str, Mark] = {}
    drop: bool = False


class Adapter(Strict, frozen=True, kw_only=True):
    """`[[fetch.adapters]]`: files of one layout.

    `repository`: where the card has several sources. `format`: `table` is split at `delimiter`; with `quoted` as CSV,
    without it each line from its end, so that the text may hold the delimiter. `jsonl`: an object a line; `json`: a
    list of objects. `columns`: names, where the file has no line of headings. `text`: the text's column. `lang`: of
    every row; `latin`: instead, where hardly a letter is outside Latin script. `lang_column`, `split_column`: where
    rows say it. `raw`: columns kept as the publisher's label. `unescape`: HTML entities are undone. `strip`: characters
    cut off both ends of a text.
    """

    files: tuple[File, ...]
    repository: str = ""
    format: Literal["table", "json", "jsonl"] = "table"
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ","
    quoted: bool = True
    columns: tuple[str, ...] = ()
    text: str
    lang: str = ""
    latin: str = ""
    lang_column: str = ""
    split_column: str = ""
    raw: tuple[str, ...] = ()
    unescape: bool = False
    strip: str = ""
    rules: tuple[Rule, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that it reads, each once."""
        names = [self.text, self.lang_column, self.split_column, *self.raw]
        names += [name for rule in self.rules for condition in rule.when for name in condition.named]
        return tuple(dict.fromkeys(name for name in names if name))

    def problems(self) -> list[str]:
        """What is wrong with the declaration."""
        problems = [] if self.files else ["an adapter has no files"]
        problems += ["a rule drops every row" for rule in self.rules if rule.drop and not rule.when]
        problems += ["a rule neither gives nor drops" for rule in self.rules if not rule.drop and not rule.give]
        paths = [path for file in self.files for path in (file.path, file.member) if path]
        problems += [f"the path {path!r} leads out of the repository" for path in paths if not _inside(path)]
        problems += [f"{name!r} is no label" for rule in self.rules for name in rule.give if name not in COLUMNS]
        if self.columns:
            problems += [f"no column {name!r}" for name in self.named if name not in self.columns]
        numeric = [one for rule in self.rules for one in rule.when if one.at_least is None and one.below is None]
        problems += [
            "a condition on words needs exactly one column" for one in numeric if one.columns or not one.column
        ]
        if any(not (file.lang or self.lang or self.lang_column) for file in self.files):
            problems.append("an adapter does not say the language")
        return problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A row as an adapter read it: `labels` holds only what is annotated; `raw` is the publisher's label in words."""

    text: str
    lang: str
    split: str
    raw: str
    labels: Mapping[str, int]


def read_upstream(adapter: Adapter, file: File, content: bytes) -> Iterator[Reading]:
    """The rows of one file, in its order; rows without a text and rows that a rule drops are left out.

    Raises:
        InputError: The file is not of the format that the adapter says, or lacks a column.
    """
    try:
        rows = _rows(adapter, file, content.decode("utf-8-sig"))
        for row in rows:
            labels = _labels(adapter.rules, row)
            text = clean(row[adapter.text], unescape=adapter.unescape, strip=adapter.strip)
            if labels is not None and text:
                yield Reading(
                    text=text,
                    lang=_lang(adapter, file, row, text),
                    split=row[adapter.split_column] if adapter.split_column else file.split,
                    raw="|".join(row[name] for name in adapter.raw),
                    labels=labels,
                )
    except (UnicodeDecodeError, csv.Error, json.JSONDecodeError, msgspec.ValidationError) as error:
        # The library's message can quote a row; it stays in the chain and out of ours.
        raise InputError(f"{file.path} cannot be read as {adapter.format}") from error


def clean(text: str, *, unescape: bool = False, strip: str = "") -> str:
    """A text as all sets have it: one line, mentions as `@user`, links as `http`."""
    if unescape:
        text = html.unescape(text)
    text = " ".join(text.split()).strip(strip or None)
    return HANDLE.sub("@user", _LINK.sub("http", text)).strip()


def _rows(adapter: Adapter, file: File, text: str) -> Iterator[Row]:
    rows = _objects(adapter, text) if adapter.format != "table" else _table(adapter, text)
    for number, row in enumerate(rows):
        missing = [name for name in adapter.named if name not in row] if number == 0 else ()
        if missing:
            raise InputError(f"{file.path} has no column {', '.join(missing)}: its publisher has changed it")
        yield {name: row.get(name) or "" for name in adapter.named}


def _table(adapter: Adapter, text: str) -> Iterator[dict[str, Any]]:
    if adapter.quoted:
        yield from csv.DictReader(io.StringIO(text, newline=""), adapter.columns or None, delimiter=adapter.delimiter)
        return
    lines = (line for line in text.split("\n") if line.strip())
    names = adapter.columns or tuple(next(lines, "").rstrip("\r").split(adapter.delimiter))
    for line in lines:
        cells = line.rstrip("\r").rsplit(adapter.delimiter, len(names) - 1)
        if len(cells) == len(names):
            yield dict(zip(names, cells, strict=True))


def _objects(adapter: Adapter, text: str) -> Iterator[dict[str, Any]]:
    found = (
        [json.loads(line) for line in text.split("\n") if line.strip()]
        if adapter.format == "jsonl"
        else json.loads(text)
    )
    for row in msgspec.convert(found, list[dict[str, Any]]):
        yield {name: _word(value) for name, value in row.items()}


def _word(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _labels(rules: tuple[Rule, ...], row: Row) -> dict[str, int] | None:
    labels: dict[str, int] = {}
    for rule in rules:
        if all(condition.holds(row) for condition in rule.when):
            if rule.drop:
                return None
            labels = rule.give | labels
    return labels


def _lang(adapter: Adapter, file: File, row: Row, text: str) -> str:
    lang = file.lang or (row[adapter.lang_column] if adapter.lang_column else adapter.lang)
    if not adapter.latin:
        return lang
    letters = [letter for letter in text if letter.isalpha()]
    latin = sum(letter < "\u0250" for letter in letters)
    return adapter.latin if len(letters) - latin < _LATIN_SHARE * len(letters) else lang


def _folded(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.casefold() for word in words)


def _inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts and "\\" not in path
