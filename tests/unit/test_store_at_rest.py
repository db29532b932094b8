"""What lies on the disk: sealed names, a key that is missed, a schema that does not drift, decisions that stay."""

import base64
import os
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from detector.domain import Decision, Defender, Flag, Handle, Verdict
from detector.errors import KeyMissingError, StoreError, UsageError
from detector.store import open_store
from detector.store.crypto import KeyRing, Sealer, load_or_make_key
from detector.store.engine import MIGRATIONS
from detector.store.protocols import Batch
from detector.store.schema import VERSION, metadata

SENTINEL = "Zentinela"


def test_no_name_handle_alias_text_or_note_is_found_in_the_files(
    tmp_path: Path, keys: KeyRing, make_defender: Callable[..., Defender], make_flag: Callable[..., Flag], now: datetime
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", keys)
    handle = Handle(platform="example", handle=f"{SENTINEL}_h")
    store.put_defenders([make_defender(1, name=f"{SENTINEL} N", aliases=(f"{SENTINEL}A",), handles=(handle,))])
    flag = make_flag(1, text=f"{SENTINEL} in a text")
    store.save(Batch(flags=(flag,)))
    store.decide(
        Decision(
            flag_id=flag.id, verdict=Verdict.UNSURE, reason="", note=f"{SENTINEL} again", reviewer="r", decided_at=now
        )
    )
    files = list(tmp_path.glob("store.sqlite*"))
    assert len(files) > 1, "the write-ahead log should be among them"
    for file in files:
        content = file.read_bytes().lower()
        for encoding in ("utf-8", "utf-16-le"):
            assert SENTINEL.lower().encode(encoding) not in content, file.name
    store.close()


def test_the_store_file_is_for_its_owner_only(tmp_path: Path, keys: KeyRing) -> None:
    open_store(f"sqlite:///{tmp_path / 'new' / 'store.sqlite'}", keys).close()
    assert (tmp_path / "new" / "store.sqlite").stat().st_mode & 0o077 == 0
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_another_key_is_noticed_at_once(tmp_path: Path, keys: KeyRing) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    open_store(url, keys).close()
    with pytest.raises(KeyMissingError):
        open_store(url, KeyRing(b"x" * 32))
    open_store(url, keys).close()


def test_a_value_moved_to_another_row_is_refused(
    tmp_path: Path, keys: KeyRing, make_defender: Callable[..., Defender]
) -> None:
    path = tmp_path / "store.sqlite"
    store = open_store(f"sqlite:///{path}", keys)
    store.put_defenders([make_defender(1), make_defender(2)])
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE defenders SET sealed = (SELECT sealed FROM defenders WHERE id = 'd1') WHERE id = 'd2'")
        raw.execute("UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE defender_id = 'd1')")
    raw.close()
    with pytest.raises(StoreError):
        list(open_store(f"sqlite:///{path}", keys).defenders())
    store.close()


@pytest.mark.parametrize("statement", ["UPDATE decisions SET verdict = 'dismissed'", "DELETE FROM decisions"])
def test_the_database_itself_refuses_to_change_a_decision(
    statement: str, tmp_path: Path, keys: KeyRing, make_flag: Callable[..., Flag], now: datetime
) -> None:
    path = tmp_path / "store.sqlite"
    store = open_store(f"sqlite:///{path}", keys)
    flag = make_flag(1)
    store.save(Batch(flags=(flag,)))
    store.decide(Decision(flag_id=flag.id, verdict=Verdict.CONFIRMED, reason="", note="", reviewer="r", decided_at=now))
    store.close()
    raw = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)
    raw.close()


def test_migrations_make_the_schema_and_nothing_drifts(tmp_path: Path, keys: KeyRing, postgres_url: str) -> None:
    for url in (f"sqlite:///{tmp_path / 'store.sqlite'}", postgres_url):
        open_store(url, keys).close()
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        engine.dispose()
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == VERSION


def test_a_store_that_cannot_be_opened_says_so(tmp_path: Path, keys: KeyRing) -> None:
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "broken.sqlite").write_bytes(b"not a database" * 100)
    for url in (f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}", f"sqlite:///{tmp_path / 'broken.sqlite'}", "x://"):
        with pytest.raises(StoreError):
            open_store(url, keys)


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_first_start_makes_the_key_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "key"
    first, made = load_or_make_key("", path)
    again, made_again = load_or_make_key("", path)
    assert (made, made_again) == (True, False)
    assert first.check == again.check
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_key_from_the_environment_wins(tmp_path: Path) -> None:
    keys, made = load_or_make_key(base64.b64encode(b"k" * 32).decode(), tmp_path / "key")
    assert not made
    assert keys.check == KeyRing(b"k" * 32).check
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("text", ["short", "!!!!", base64.b64encode(b"k" * 31).decode()])
def test_a_malformed_key_is_refused_without_repeating_it(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_or_make_key(text, tmp_path / "key")
    assert text not in str(caught.value)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    load_or_make_key("", path)
    path.chmod(0o644)
    with pytest.raises(UsageError, match="chmod"):
        load_or_make_key("", path)


def test_a_key_ring_shows_nothing() -> None:
    assert "kkkk" not in repr(KeyRing(b"k" * 32))
    assert base64.b64encode(b"k" * 32).decode() not in str(KeyRing(b"k" * 32))


sealer = Sealer(os.urandom(32), b"abcd")


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_is_sealed_opens_in_its_place_only(plain: bytes, place: str) -> None:
    sealed = sealer.seal(plain, place=place)
    assert sealer.open(sealed, place=place) == plain
    with pytest.raises(StoreError):
        sealer.open(sealed, place=place + "x")


@given(st.binary(min_size=1, max_size=50), st.integers(0), st.integers(1, 255))
def test_any_changed_byte_is_refused(plain: bytes, where: int, change: int) -> None:
    sealed = bytearray(sealer.seal(plain, place="here"))
    sealed[where % len(sealed)] ^= change
    with pytest.raises(StoreError):
        sealer.open(bytes(sealed), place="here")
