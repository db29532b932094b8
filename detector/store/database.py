"""An open database with its keys: transactions, and the sealers of defenders' data. It knows what no table is about."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from detector.errors import KeyMissingError, StoreError
from detector.store import schema
from detector.store.crypto import KeyRing, Sealer
from detector.store.engine import border, is_current, open_engine, scrub, upgrade

_KEY_CHECK = "key check"


class Database:
    """What the parts of a `SqlStore` stand on. Threads and processes may share the database.

    A wrong key is noticed when the database is opened, not when the first name fails to open.
    """

    def __init__(self, url: str, keys: KeyRing) -> None:
        self._keys = keys
        self._engine = open_engine(url)
        self._upsert: Any = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        self._sealers = lru_cache(maxsize=10_000)(self._keys.data_sealer)
        try:
            self._open()
        except BaseException:
            self._engine.dispose()
            raise

    def _open(self) -> None:
        with self._reading("opening") as connection:
            kept = self._kept_check(connection) if is_current(connection) else None
        if kept is None:
            kept = self._set_up()
        if kept != self._keys.check:
            raise KeyMissingError("This store was made with another key; put that key back.")

    def _set_up(self) -> str | None:
        with self._writing("setting up") as connection:
            upgrade(connection)
            row = {"name": _KEY_CHECK, "value": self._keys.check}
            connection.execute(self._upsert(schema.meta).values(row).on_conflict_do_nothing())
            return self._kept_check(connection)

    def _kept_check(self, connection: Connection) -> str | None:
        return connection.scalar(select(schema.meta.c.value).where(schema.meta.c.name == _KEY_CHECK))

    @contextmanager
    def _reading(self, doing: str) -> Iterator[Connection]:
        with border(doing), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self, doing: str) -> Iterator[Connection]:
        with border(doing), self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def is_ready(self) -> bool:
        """Whether the database answers and its schema is current."""
        try:
            with self._reading("asking whether it is ready") as connection:
                return is_current(connection)
        except StoreError:
            return False

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    # --- sealers ------------------------------------------------------------------------------------------------------

    def _sealers_of(self, connection: Connection, owners: Iterable[str], *, lock: bool = False) -> dict[str, Sealer]:
        """The sealers of defenders' data, by id; one who has no key (any more) is not among them.

        With `lock` nobody else destroys these keys before the transaction ends.
        """
        table = schema.data_keys
        wanted = sorted(owner for owner in set(owners) if is_storable(owner))
        statement = select(table.c.defender_id, table.c.wrapped).where(table.c.defender_id.in_(wanted))
        if lock:
            statement = statement.order_by(table.c.defender_id).with_for_update(read=True)
        return self._unwrapped(connection.execute(statement).all())

    def _sealers_for_writing(self, connection: Connection, owners: Iterable[str]) -> dict[str, Sealer]:
        """The same for all of them, with new keys where there are none, and locked."""
        wanted = set(owners)
        sealers = self._sealers_of(connection, wanted, lock=True)
        rows = [{"defender_id": one, "wrapped": self._keys.new_data_key(one)} for one in sorted(wanted - set(sealers))]
        if rows:
            table = schema.data_keys
            # Who was first wins; the update that changes nothing locks and returns that row.
            statement = self._upsert(table).on_conflict_do_update(
                index_elements=["defender_id"], set_={"wrapped": table.c.wrapped}
            )
            made = connection.execute(statement.returning(table.c.defender_id, table.c.wrapped), rows).all()
            sealers |= self._unwrapped(made)
        return sealers

    def _unwrapped(self, rows: Iterable[Any]) -> dict[str, Sealer]:
        return {row.defender_id: self._sealers(row.defender_id, bytes(row.wrapped)) for row in rows}

    def _forget_sealers(self) -> None:
        """After a key was destroyed: neither this process nor the file's free space keeps it."""
        self._sealers.cache_clear()
        with border("scrubbing"):
            scrub(self._engine)

    # --- counting -----------------------------------------------------------------------------------------------------

    def _count(self, connection: Connection, counts: Mapping[str, int]) -> None:
        table = schema.counters
        statement = self._upsert(table)
        added = statement.on_conflict_do_update(
            index_elements=["name"], set_={"value": table.c.value + statement.excluded.value}
        )
        # In one order, as with everything that is locked: two writers must not wait for each other.
        for name, value in sorted(counts.items()):
            connection.execute(added, {"name": name, "value": value})


def is_storable(text: str) -> bool:
    """Whether a plain column can hold a text: no NUL (PostgreSQL), no half of a surrogate pair."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def utc_text(moment: datetime) -> str:
    """An aware moment as it lies in a column: in UTC and of one length, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
