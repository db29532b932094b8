"""Opening a database: engine options for SQLite and PostgreSQL, migrations, and errors wrapped at the border.

It knows no table of ours but the one that tells the schema's version.
"""

import importlib.util
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from detector.errors import MissingExtraError, StoreError
from detector.store.schema import VERSION

MIGRATIONS = Path(__file__).with_name("migrations")
_UPGRADE_LOCK = 0x68726400  # any number that nobody else locks in this database
_PATIENCE = 30  # seconds that one writer waits for another

# FULL, not NORMAL: a stream's offset is committed after the flags, and a power cut must not take the flags alone.
_PRAGMAS = ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")


def open_engine(address: str) -> Engine:
    """An engine for a SQLite file (made with mode 600, its folder with 700) or a PostgreSQL database."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise StoreError("The store's URL cannot be read.") from error
    if url.get_backend_name() == "sqlite":
        if "?" in address:  # not `url.query`, which forgets a name without a value
            raise StoreError("A path to SQLite cannot hold a question mark, and takes no options.")
        return _sqlite(url.database or "")
    if importlib.util.find_spec("psycopg") is None:
        raise MissingExtraError("postgres")
    return create_engine(url.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True)


def _sqlite(path: str) -> Engine:
    if path in ("", ":memory:"):
        raise StoreError("SQLite needs a file here, sqlite:///PATH; a store without one is called memory:")
    _make_file(Path(path))
    url = URL.create("sqlite", database=path)  # not as text: a path may hold what means something in a URL
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _PATIENCE})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        _use_write_ahead_log(connection)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        # Writers take their lock at once: a read that turns into a write cannot wait for another writer.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Never opened when it is there: closing it again would drop the locks that this process holds on it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if not path.is_file():
            raise StoreError("The store cannot be opened: its path is not a file.") from None
    except OSError as error:
        raise StoreError(f"The store cannot be opened: {error.strerror}") from error


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Once for a file. Of several that do it at once SQLite lets all but one fail, where it waits otherwise."""
    deadline = time.monotonic() + _PATIENCE
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def scrub(engine: Engine) -> None:
    """On SQLite, carry deletions from the write-ahead log into the file, whose freed bytes are overwritten.

    On PostgreSQL the bytes of deleted rows are the server's: they go with VACUUM and with its archived log.
    """
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


@contextmanager
def border(doing: str) -> Iterator[None]:
    """Whatever the database says becomes a `StoreError` that names what was being done, and no parameters."""
    try:
        yield
    except (SQLAlchemyError, UnicodeEncodeError) as error:
        # No `from` for the latter: its message quotes the text.
        cause = error if isinstance(error, SQLAlchemyError) else None
        raise StoreError(f"The store failed while {doing} ({type(error).__name__}).") from cause


def is_current(connection: Connection) -> bool:
    """Whether the schema is the newest."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == VERSION


def upgrade(connection: Connection) -> None:
    """Bring the schema to its newest version; of several that try at once, the others wait.

    Raises:
        StoreError: The schema is newer than this program.
    """
    from alembic import command  # noqa: PLC0415 - loaded only when there is something to do
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    if connection.dialect.name == "postgresql":  # SQLite's writers wait for each other anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError("The store was made by a newer version of hrd-detector; use that one.") from error
