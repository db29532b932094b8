"""What lies on the disk: sealed names, a key that is missed, a schema that does not drift, decisions that stay."""

import base64
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from detector.domain import (
    Account,
    AccountId,
    Consent,
    Decision,
    Defender,
    DefenderId,
    Flag,
    Handle,
    Post,
    PostId,
    PostRef,
    Verdict,
)
from detector.errors import KeyMissingError, StoreError
from detector.store import open_store
from detector.store.crypto import KeyRing
from detector.store.engine import MIGRATIONS, _make_file
from detector.store.protocols import Batch
from detector.store.schema import VERSION, metadata
from detector.store.sql import SqlStore

SENTINEL = "Zentinela"


def everything_secret(make_flag: Callable[..., Flag], defender: str = "d1") -> Flag:
    """A flag that holds the sentinel wherever a post can say something."""
    flag = make_flag(1, defender=defender)
    account = Account(id=AccountId(f"{SENTINEL}_u"), handle=f"{SENTINEL}_h")
    reference = PostRef(id=PostId(f"{SENTINEL}_r"), author=account)
    post = Post(
        id=PostId(f"{SENTINEL}_p"),
        platform="example",
        text=f"{SENTINEL} in a text",
        author=account,
        in_reply_to=reference,
        repost_of=reference,
        quote_of=reference,
        mentions=(f"{SENTINEL}_m",),
        links=(f"https://example.org/{SENTINEL}",),
        tags=(SENTINEL,),
    )
    doubts = replace(flag.assessment.mention, doubts=(f"{SENTINEL} is also a word",))
    signals = (replace(flag.assessment.signals[0], sentence=f"Calls {SENTINEL} names.", innocent=f"{SENTINEL}?"),)
    return replace(
        flag, post=post, assessment=replace(flag.assessment, post_id=post.id, mention=doubts, signals=signals)
    )


def holding(folder: Path, secret: bytes) -> list[str]:
    """The store's files that hold some bytes, in whatever letter case."""
    files = list(folder.glob("store.sqlite*"))
    assert files
    return [file.name for file in files if secret.lower() in file.read_bytes().lower()]


def test_no_name_handle_alias_text_id_or_note_is_found_in_the_files(
    tmp_path: Path, keys: KeyRing, make_defender: Callable[..., Defender], make_flag: Callable[..., Flag], now: datetime
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", keys)
    handle = Handle(platform="example", handle=f"{SENTINEL}_h")
    consent = Consent(given_at=now, scope=SENTINEL)
    names = {"name": f"{SENTINEL} N", "aliases": (f"{SENTINEL}A",), "handles": (handle,), "consent": consent}
    store.put_defenders([make_defender(1, **names)])
    store.put_defenders([make_defender(1, **names, languages=("am",))])
    flag = everything_secret(make_flag)
    store.save(Batch(flags=(flag,)))
    decision = Decision(
        flag_id=flag.id, verdict=Verdict.UNSURE, reason="", note=f"{SENTINEL} again", reviewer="r", decided_at=now
    )
    store.decide(decision)
    assert store.decisions(flag.id) == (decision,)
    secrets = [SENTINEL.encode("utf-8"), SENTINEL.encode("utf-16-le"), base64.b64encode(SENTINEL.encode())]
    assert (tmp_path / "store.sqlite-wal").stat().st_size > 0
    assert [holding(tmp_path, secret) for secret in secrets] == [[], [], []]
    assert holding(tmp_path, flag.id.encode()), "the search itself must be able to find something"
    store.close()
    assert [holding(tmp_path, secret) for secret in secrets] == [[], [], []]


def test_a_destroyed_data_key_is_gone_from_the_files(
    tmp_path: Path, keys: KeyRing, make_defender: Callable[..., Defender]
) -> None:
    path = tmp_path / "store.sqlite"
    store = open_store(f"sqlite:///{path}", keys)
    store.put_defenders([make_defender(1), make_defender(2)])
    store.close()  # the log is carried into the file
    store = open_store(f"sqlite:///{path}", keys)
    ((wrapped,),) = on_file(path, "SELECT wrapped FROM data_keys WHERE defender_id = 'd1'")
    assert holding(tmp_path, wrapped) == ["store.sqlite"]
    store.remove_defender(DefenderId("d1"))
    assert holding(tmp_path, wrapped) == []
    assert [one.id for one in store.defenders()] == ["d2"]
    store.close()


def test_a_backup_without_data_keys_stays_closed_after_removal(
    tmp_path: Path, keys: KeyRing, make_defender: Callable[..., Defender], make_flag: Callable[..., Flag]
) -> None:
    path = tmp_path / "store.sqlite"
    store = open_store(f"sqlite:///{path}", keys)
    store.put_defenders([make_defender(1)])
    store.save(Batch(flags=(make_flag(1),)))
    kept = {table: on_file(path, f"SELECT * FROM {table}") for table in ("flags", "defenders")}  # the backup
    store.remove_defender(DefenderId("d1"))
    with sqlite3.connect(path) as raw:
        for table, rows in kept.items():
            raw.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
    raw.close()
    assert store.flag(make_flag(1).id) is None
    assert store.defender(DefenderId("d1")) is None
    store.put_defenders([make_defender(1)])
    with pytest.raises(StoreError, match="another key"):
        store.flag(make_flag(1).id)
    store.close()


def on_file(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """Rows as whoever has the file sees them."""
    raw = sqlite3.connect(path)
    try:
        with raw:
            return raw.execute(statement).fetchall()
    finally:
        raw.close()


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


CHANGES = {
    "sqlite": (
        "UPDATE decisions SET verdict = 'dismissed'",
        "UPDATE OR REPLACE decisions SET verdict = 'dismissed'",
        "DELETE FROM decisions",
        "REPLACE INTO decisions SELECT id, flag_id, 'dismissed', reason, note, reviewer, decided_at FROM decisions",
    ),
    "postgresql": (
        "UPDATE decisions SET verdict = 'dismissed'",
        "DELETE FROM decisions",
        "TRUNCATE decisions",
        "INSERT INTO decisions SELECT * FROM decisions ON CONFLICT (id) DO UPDATE SET verdict = 'dismissed'",
    ),
}


def test_the_database_itself_refuses_to_change_a_decision(
    database_url: str, keys: KeyRing, make_flag: Callable[..., Flag], now: datetime
) -> None:
    store = open_store(database_url, keys)
    flag = make_flag(1)
    store.save(Batch(flags=(flag,)))
    decision = Decision(flag_id=flag.id, verdict=Verdict.CONFIRMED, reason="", note="", reviewer="r", decided_at=now)
    store.decide(decision)
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    for statement in CHANGES[engine.dialect.name]:
        with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))
    engine.dispose()
    assert store.decisions(flag.id) == (decision,)
    store.close()


TAMPERED = {
    "notes exchanged": "UPDATE decisions AS d SET note = (SELECT o.note FROM decisions AS o WHERE o.id = 3 - d.id)",
    "verdict changed": "UPDATE decisions SET verdict = 'dismissed' WHERE id = 1",
    "reviewer changed": "UPDATE decisions SET reviewer = 'somebody else' WHERE id = 2",
    "first taken out": "DELETE FROM decisions WHERE id = 1",
}


@pytest.mark.parametrize("statement", TAMPERED.values(), ids=TAMPERED.keys())
def test_who_goes_round_the_triggers_is_noticed(
    statement: str, tmp_path: Path, keys: KeyRing, make_flag: Callable[..., Flag], now: datetime
) -> None:
    path = tmp_path / "store.sqlite"
    store = open_store(f"sqlite:///{path}", keys)
    flag = make_flag(1)
    store.save(Batch(flags=(flag,)))
    for note in ("one", "two"):  # alike but for the note
        store.decide(
            Decision(flag_id=flag.id, verdict=Verdict.CONFIRMED, reason="", note=note, reviewer="r", decided_at=now)
        )
    for verb in ("update", "delete"):
        on_file(path, f"DROP TRIGGER decisions_keep_{verb}")
    on_file(path, statement)
    with pytest.raises(StoreError, match="changed or moved"):
        store.decisions(flag.id)
    store.close()


def test_migrations_make_the_schema_and_nothing_drifts(database_url: str, keys: KeyRing) -> None:
    open_store(database_url, keys).close()
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    engine.dispose()
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == VERSION


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path, keys: KeyRing) -> None:
    path = tmp_path / "store.sqlite"
    store = open_store(f"sqlite:///{path}", keys)
    on_file(path, "UPDATE alembic_version SET version_num = '9999'")
    assert not store.is_ready()
    store.close()
    with pytest.raises(StoreError, match="newer version"):
        open_store(f"sqlite:///{path}", keys)


def test_an_upgrade_that_fails_leaves_nothing_half_made(tmp_path: Path, keys: KeyRing) -> None:
    path = tmp_path / "store.sqlite"
    on_file(path, "CREATE TABLE rejected (own INTEGER)")  # the last table that the upgrade makes
    with pytest.raises(StoreError):
        open_store(f"sqlite:///{path}", keys)
    assert on_file(path, "SELECT name FROM sqlite_master WHERE type = 'table'") == [("rejected",)]


def test_a_second_store_on_the_file_does_not_free_the_lock_of_the_first(tmp_path: Path, keys: KeyRing) -> None:
    """Closing any descriptor of a file drops the process's locks on it: `open_store` must not do that."""
    path = tmp_path / "store.sqlite"
    open_store(f"sqlite:///{path}", keys).close()
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA locking_mode=EXCLUSIVE")
    raw.execute("BEGIN EXCLUSIVE")
    _make_file(path)
    other = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"
    tried = subprocess.run([sys.executable, "-c", other, str(path)], check=False, capture_output=True, text=True)
    raw.close()
    assert "locked" in tried.stderr


def test_what_is_committed_is_on_the_disk_and_what_is_deleted_is_not(tmp_path: Path, keys: KeyRing) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", keys)
    with store._reading("testing") as connection:
        asked = ("synchronous", "foreign_keys", "secure_delete", "journal_mode")
        answers = [connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() for pragma in asked]
    assert answers == [2, 1, 1, "wal"]
    store.close()


def test_a_store_that_cannot_be_opened_says_so(tmp_path: Path, keys: KeyRing) -> None:
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "broken.sqlite").write_bytes(b"not a database" * 100)
    for url in (f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}", f"sqlite:///{tmp_path / 'broken.sqlite'}", "x://"):
        with pytest.raises(StoreError):
            open_store(url, keys)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "sqlite:///a?b.sqlite", "sqlite:///.", "postgresql://[", "mysql://x"]
)
def test_an_address_that_means_something_else_is_refused(url: str, keys: KeyRing) -> None:
    with pytest.raises(StoreError):
        open_store(url, keys)
