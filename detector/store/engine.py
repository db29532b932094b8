"""Opening a database: engine options for SQLite and PostgreSQL, migrations, and errors wrapped at the border."""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from detector.errors import MissingExtraError, StoreError
from detector.store.schema import VERSION

MIGRATIONS = Path(__file__).with_name("migrations")


def open_engine(address: str) -> Engine:
    """An engine for a SQLite file (made with mode 600, its folder with 700) or a PostgreSQL database."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise StoreError("The store's URL cannot be read.") from error
    if url.get_backend_name() == "sqlite":
        return _sqlite(str(url.database or ""))
    if importlib.util.find_spec("psycopg") is None:
        raise MissingExtraError("postgres")
    return create_engine(url.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True)


def _sqlite(path: str) -> Engine:
    try:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"The store cannot be opened: {error.strerror}") from error
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        # Writers take their lock at once: a read that turns into a write cannot wait for another writer.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def border(doing: str) -> Iterator[None]:
    """Whatever the database says becomes a `StoreError` that names what was being done, and no parameters."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(f"The store failed while {doing} ({type(error).__name__}).") from error


def is_current(connection: Connection) -> bool:
    """Whether the schema is the newest."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == VERSION


def upgrade(connection: Connection) -> None:
    """Bring the schema to its newest version."""
    from alembic import command  # noqa: PLC0415 - loaded only when there is something to do
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
