"""Roster files: both formats, every kind of bad entry, and messages that name nobody."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detector.domain import Consent, Defender, DefenderId, DefenderKind, Handle
from detector.errors import RosterError
from detector.targets.roster_file import read_roster

ORSINA = Defender(
    id=DefenderId("d-1"),
    kind=DefenderKind.PERSON,
    name="Orsina Valdemarra",
    aliases=("Orsi", "Valdemarra"),
    handles=(Handle(platform="example", handle="orsina_v"), Handle(platform="*", handle="orsi")),
    languages=("es", "gl"),
    consent=Consent(
        given_at=datetime(2026, 1, 5, tzinfo=UTC), scope="pilot", expires_at=datetime(2027, 1, 5, tzinfo=UTC)
    ),
)
ENTRY: dict[str, Any] = {
    "id": "d-1",
    "kind": "person",
    "name": "Orsina Valdemarra",
    "aliases": ["Orsi", "Valdemarra"],
    "handles": [{"platform": "example", "handle": "@orsina_v"}, {"platform": "*", "handle": "orsi"}],
    "languages": ["es", "gl"],
    "consent": {"given_at": "2026-01-05T00:00:00Z", "scope": "pilot", "expires_at": "2027-01-05T00:00:00Z"},
}
CSV = (
    "id,kind,name,aliases,handles,languages,consent_given_at,consent_scope,consent_expires_at\n"
    "d-1,person,Orsina Valdemarra,Orsi | Valdemarra,example:@orsina_v|*:orsi,es|gl,"
    "2026-01-05T00:00:00Z,pilot,2027-01-05T00:00:00Z\n"
)


def write(folder: Path, content: str | bytes, name: str = "roster.json") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def entries(folder: Path, *items: object) -> Path:
    return write(folder, json.dumps({"defenders": items}))


def complaint(path: Path) -> str:
    with pytest.raises(RosterError) as caught:
        read_roster(path)
    return str(caught.value)


def test_json_with_every_field(tmp_path: Path) -> None:
    assert read_roster(entries(tmp_path, ENTRY)) == (ORSINA,)


def test_csv_says_the_same_as_json(tmp_path: Path) -> None:
    assert read_roster(write(tmp_path, CSV, "roster.csv")) == (ORSINA,)


def test_the_least_that_an_entry_holds(tmp_path: Path) -> None:
    least = {"id": "o-1", "kind": "organisation", "name": "Casa Marea"}
    expected = Defender(id=DefenderId("o-1"), kind=DefenderKind.ORGANISATION, name="Casa Marea")
    assert read_roster(entries(tmp_path, least)) == (expected,)
    assert read_roster(write(tmp_path, "id,kind,name\no-1,organisation,Casa Marea\n", "r.CSV")) == (expected,)


def test_unknown_fields_and_columns_are_not_kept(tmp_path: Path) -> None:
    assert read_roster(entries(tmp_path, ENTRY | {"phone": "5550100"})) == (ORSINA,)
    lines = CSV.splitlines()
    assert read_roster(write(tmp_path, f"{lines[0]},phone\n{lines[1]},5550100\n", "r.csv")) == (ORSINA,)


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    mark = b"\xef\xbb\xbf"
    assert read_roster(write(tmp_path, mark + json.dumps({"defenders": [ENTRY]}).encode())) == (ORSINA,)
    assert read_roster(write(tmp_path, mark + CSV.encode(), "r.csv")) == (ORSINA,)


def test_an_empty_roster_is_a_roster(tmp_path: Path) -> None:
    assert read_roster(entries(tmp_path)) == ()
    assert read_roster(write(tmp_path, "id,kind,name\n", "r.csv")) == ()


def test_a_csv_handle_without_a_platform_is_on_none(tmp_path: Path) -> None:
    (defender,) = read_roster(write(tmp_path, "id,kind,name,handles\nd,person,Ana Quil,@anaq\n", "r.csv"))
    assert defender.handles == (Handle(platform="", handle="anaq"),)


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        ("{", "r.json", "not JSON"),
        (b'{"defenders": "\xff"}', "r.json", "not JSON"),
        ("[" * 100_000, "r.json", "not JSON"),
        ("[]", "r.json", 'no list "defenders"'),
        ('{"defenders": {}}', "r.json", 'no list "defenders"'),
        (b"id,kind,name\n\xff,person,x\n", "r.csv", "not CSV"),
        ('id,kind,name\n"d,person,x\n', "r.csv", "not CSV"),
    ],
)
def test_a_file_that_is_no_roster(tmp_path: Path, content: str | bytes, name: str, says: str) -> None:
    assert says in complaint(write(tmp_path, content, name))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "Cannot read" in complaint(tmp_path / "nowhere.json")


BAD = [
    ("not an entry", "Expected `object`"),
    ({"kind": "person", "name": "Orsina"}, "`id`"),
    (ENTRY | {"id": ""}, "`id`"),
    (ENTRY | {"id": 7}, "`id`"),
    (ENTRY | {"kind": "robot"}, "`kind`"),
    ({"id": "x", "name": "Orsina"}, "`kind`"),
    ({"id": "x", "kind": "person"}, "`name`"),
    (ENTRY | {"name": ""}, "`name`"),
    (ENTRY | {"name": "…!"}, "`name`"),
    (ENTRY | {"aliases": "Orsi"}, "`aliases`"),
    (ENTRY | {"aliases": [3]}, "`aliases[0]`"),
    (ENTRY | {"handles": ["orsina_v"]}, "`handles[0]`"),
    (ENTRY | {"handles": [{"platform": "example"}]}, "`handle`"),
    (ENTRY | {"handles": [{"platform": "example", "handle": ""}]}, "`handles[0].handle`"),
    (ENTRY | {"languages": [None]}, "`languages[0]`"),
    (ENTRY | {"consent": True}, "`consent`"),
    (ENTRY | {"consent": {"given_at": "yesterday"}}, "`consent.given_at`"),
    (ENTRY | {"consent": {"expires_at": "2027-01-05T00:00:00"}}, "`consent.expires_at`"),
]


@pytest.mark.parametrize(("bad", "field"), BAD)
def test_a_bad_entry_is_named_by_number_and_field(tmp_path: Path, bad: object, field: str) -> None:
    message = complaint(entries(tmp_path, {"id": "d-0", "kind": "person", "name": "Ana Quil"}, bad))
    assert "entry 2:" in message
    assert field in message
    assert "entry 1" not in message


def test_an_id_stands_once(tmp_path: Path) -> None:
    other = ENTRY | {"name": "Ana Quil"}
    assert "entry 3: its id stands in an earlier entry" in complaint(
        entries(tmp_path, ENTRY, other | {"id": "d-2"}, other)
    )


def test_all_bad_entries_are_told_at_once_and_nobody_is_named(tmp_path: Path) -> None:
    message = complaint(entries(tmp_path, *(bad for bad, _ in BAD)))
    assert all(f"entry {number}:" in message for number in range(1, 11))
    assert f"and {len(BAD) - 10} more" in message
    assert not any(word in message for word in ("Orsi", "Valdemarra", "orsina_v", "robot", "yesterday", "d-1"))


def test_a_bad_csv_row_is_named_by_number(tmp_path: Path) -> None:
    rows = "id,kind,name,consent_given_at\nd-1,person,Ana Quil,\nd-2,ghost,Orsina,\nd-3,person,,\nd-4,person,Bo,soon\n"
    message = complaint(write(tmp_path, rows, "r.csv"))
    assert "entry 1" not in message
    assert "entry 2:" in message
    assert "entry 3:" in message
    assert "entry 4:" in message
    assert not any(word in message for word in ("Orsina", "ghost", "soon"))
