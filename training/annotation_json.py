"""JSON exports: reads a file of records, tells whose format it is, and checks what every task must have.

A file is one JSON array or one record a line. Which tool wrote it is told by the records' own fields.
"""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from detector.errors import InputError
from training.annotation import MalformedError, Task, flag

Raw = TypeVar("Raw", bound=msgspec.Struct)


class RawTask(msgspec.Struct):
    """A task as it went out; unknown fields are left alone."""

    text: str
    post_id: str | int | None = None
    platform: str | None = None
    defender_id: str | int | None = None
    lang: str | None = None
    target: str | None = None
    reply: bool | int | str | None = None


def read_records(path: Path) -> list[Any]:
    """The records of a JSON or JSON-lines file.

    Raises:
        InputError: It cannot be read, or is neither an array nor a record a line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    try:
        if content.lstrip()[:1] == b"[":
            records = msgspec.json.decode(content)
        else:
            records = [msgspec.json.decode(line) for line in content.splitlines() if line.strip()]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is neither a JSON array nor JSON lines") from error
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise InputError(f"{path}, record {number}: not an object")
    if not records:
        raise InputError(f"{path} has no records")
    return list(records)


def converted(raw: object, kind: type[Raw], where: str) -> Raw:
    """A record as its type.

    Raises:
        InputError: A field is missing or of another type.
    """
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {str(error).replace('`$.', '`')}") from error


def task_of(raw: RawTask, where: str) -> Task:
    """The task that a record is about.

    Raises:
        InputError: It has no text, or a `reply` that is neither yes nor no.
    """
    text = raw.text.strip()
    if not text:
        raise InputError(f"{where}: there is no text")
    try:
        reply = flag(raw.reply)
    except MalformedError as error:
        raise malformed(where, error) from error
    return Task(
        text=text,
        post_id=_word(raw.post_id),
        platform=raw.platform or "",
        defender_id=_word(raw.defender_id),
        lang=raw.lang or "",
        target=(raw.target or "").strip(),
        reply=reply,
    )


def malformed(where: str, error: MalformedError) -> InputError:
    """The error for a malformed record."""
    return InputError(f"{where}: {error}")


def _word(value: str | int | None) -> str:
    return "" if value is None else str(value)
