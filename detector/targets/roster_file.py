"""Reading a roster file, JSON or CSV (docs/formats.md), into defenders.

Everything that is wrong is collected and raised once, by entry number: a roster is mended in one go. Messages name
fields and numbers, never names or handles. What is merely doubtful is `roster_check`'s business.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from detector.domain import Consent, Defender, DefenderId, DefenderKind, Handle
from detector.errors import RosterError

_MAX_SHOWN = 10
Text = Annotated[str, msgspec.Meta(min_length=1)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]


class _RawConsent(msgspec.Struct):
    given_at: Time | None = None
    scope: str | None = None
    expires_at: Time | None = None


class _RawHandle(msgspec.Struct):
    handle: Text
    platform: str = ""


class _RawDefender(msgspec.Struct):
    id: Text
    kind: DefenderKind
    name: Text
    aliases: list[str] = []
    handles: list[_RawHandle] = []
    languages: list[str] = []
    consent: _RawConsent | None = None


def read_roster(path: Path) -> tuple[Defender, ...]:
    """Read a roster; CSV where the file's name says so, else JSON.

    Raises:
        RosterError: The file cannot be read, or entries are wrong; says which and how.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RosterError(f"Cannot read {path}: {error.strerror}") from error
    entries = _csv_entries(raw) if path.suffix.lower() == ".csv" else _json_entries(raw)
    return _defenders(entries)


def _json_entries(raw: bytes) -> list[Any]:
    try:
        document = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RosterError("The roster is not JSON.") from error
    entries = document.get("defenders") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise RosterError('The roster holds no list "defenders".')
    return entries


def _csv_entries(raw: bytes) -> list[Any]:
    try:
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RosterError("The roster is not CSV in UTF-8.") from error
    return [_from_row(row) for row in rows]


def _from_row(row: Mapping[str, Any]) -> dict[str, Any]:
    cells = {
        name: cell.strip()
        for name, cell in row.items()
        if isinstance(name, str) and isinstance(cell, str) and cell.strip()
    }
    entry: dict[str, Any] = {name: cells[name] for name in ("id", "kind", "name") if name in cells}
    entry["aliases"] = _listed(cells.get("aliases"))
    entry["languages"] = _listed(cells.get("languages"))
    entry["handles"] = [_handle_cell(cell) for cell in _listed(cells.get("handles"))]
    consent = {
        name: cells[f"consent_{name}"] for name in ("given_at", "scope", "expires_at") if f"consent_{name}" in cells
    }
    return entry | ({"consent": consent} if consent else {})


def _listed(cell: str | None) -> list[str]:
    return [part.strip() for part in (cell or "").split("|") if part.strip()]


def _handle_cell(cell: str) -> dict[str, str]:
    platform, colon, handle = cell.partition(":")
    return {"platform": platform, "handle": handle} if colon else {"platform": "", "handle": cell}


def _defenders(entries: Iterable[Any]) -> tuple[Defender, ...]:
    defenders: list[Defender] = []
    problems: list[str] = []
    seen: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        try:
            raw = msgspec.convert(entry, _RawDefender)
        except msgspec.ValidationError as error:
            problems.append(f"entry {number}: {_without_values(str(error))}")
            continue
        if raw.id in seen:
            problems.append(f"entry {number}: its id stands in an earlier entry")
        if not any(letter.isalnum() for letter in raw.name):
            problems.append(f"entry {number}: `name` has no letter")
        seen.add(raw.id)
        defenders.append(_defender(raw))
    if problems:
        more = f" … and {len(problems) - _MAX_SHOWN} more" if len(problems) > _MAX_SHOWN else ""
        raise RosterError("The roster cannot be used: " + "; ".join(problems[:_MAX_SHOWN]) + more)
    return tuple(defenders)


def _without_values(message: str) -> str:
    """A message of msgspec's without what stood in the file: a shifted column puts a name where a kind should be."""
    message = re.sub("Invalid enum value .* - at", "Expected `person` or `organisation` - at", message, flags=re.DOTALL)
    return message.replace("`$.", "`").replace(" - at `$`", "")


def _defender(raw: _RawDefender) -> Defender:
    return Defender(
        id=DefenderId(raw.id),
        kind=raw.kind,
        name=raw.name,
        aliases=tuple(raw.aliases),
        handles=tuple(Handle(platform=h.platform, handle=h.handle.removeprefix("@")) for h in raw.handles),
        languages=tuple(raw.languages),
        consent=_consent(raw.consent),
    )


def _consent(raw: _RawConsent | None) -> Consent | None:
    return None if raw is None else Consent(given_at=raw.given_at, scope=raw.scope, expires_at=raw.expires_at)
