"""The roster in SQL: every defender sealed with a data key of their own."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, select

from detector.domain import Defender, DefenderId
from detector.store import schema
from detector.store.codec import decode_defender, encode_defender
from detector.store.crypto import Sealer, place_of
from detector.store.database import Database, is_storable

ROSTER_VERSION = "roster version"
"""The counter that tells versions of the roster apart; it is not among the counts."""

_AT_ONCE = 500


class SqlRoster(Database):
    """A `RosterShelf`."""

    def put_defenders(self, defenders: Iterable[Defender]) -> int:
        """Insert or replace by id; return how many were given."""
        count, rest = 0, iter(defenders)
        with self._writing("keeping the roster") as connection:
            # First, since it makes those who change the roster wait for each other.
            self._count(connection, {ROSTER_VERSION: 1})
            while some := list(islice(rest, _AT_ONCE)):
                self._put(connection, {defender.id: defender for defender in some})
                count += len(some)
        return count

    def _put(self, connection: Connection, defenders: dict[DefenderId, Defender]) -> None:
        sealers = self._sealers_for_writing(connection, defenders)
        rows = [{"id": one, "sealed": _sealed(defender, sealers[one])} for one, defender in sorted(defenders.items())]
        statement = self._upsert(schema.defenders)
        replaced = {"sealed": statement.excluded.sealed}
        connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=replaced), rows)

    def defenders(self) -> Iterator[Defender]:
        """All of them, by id."""
        table = schema.defenders
        joined = table.join(schema.data_keys, schema.data_keys.c.defender_id == table.c.id)
        statement = select(table.c.id, table.c.sealed, schema.data_keys.c.wrapped).select_from(joined)
        with self._reading("reading the roster") as connection:
            rows: Sequence[Any] = connection.execute(statement.order_by(table.c.id)).all()
        for row in rows:
            yield _opened(row, self._keys.data_sealer(row.id, bytes(row.wrapped)))

    def defender(self, defender_id: DefenderId) -> Defender | None:
        """One of them, or None."""
        if not is_storable(defender_id):
            return None
        table = schema.defenders
        with self._reading("reading a defender") as connection:
            row = connection.execute(select(table).where(table.c.id == defender_id)).one_or_none()
            sealer = self._sealers_of(connection, [defender_id]).get(defender_id)
        return None if row is None or sealer is None else _opened(row, sealer)

    def remove_defender(self, defender_id: DefenderId) -> bool:
        """Delete defender, flags and data key. See `crypto` for what a backup may then still tell."""
        if not is_storable(defender_id):
            return False
        with self._writing("removing a defender") as connection:
            self._count(connection, {ROSTER_VERSION: 1})
            # The key first: who is sealing with it holds it, and is waited for.
            connection.execute(delete(schema.data_keys).where(schema.data_keys.c.defender_id == defender_id))
            connection.execute(delete(schema.flags).where(schema.flags.c.defender_id == defender_id))
            removed = connection.execute(delete(schema.defenders).where(schema.defenders.c.id == defender_id)).rowcount
        self._forget_sealers()
        return bool(removed)

    def roster_version(self) -> int:
        """A number that grows with every change of the roster."""
        table = schema.counters
        with self._reading("reading the roster's version") as connection:
            return connection.scalar(select(table.c.value).where(table.c.name == ROSTER_VERSION)) or 0


def _sealed(defender: Defender, sealer: Sealer) -> bytes:
    return sealer.seal(encode_defender(defender), place=place_of("defenders", "sealed", defender.id))


def _opened(row: Any, sealer: Sealer) -> Defender:
    return decode_defender(sealer.open(bytes(row.sealed), place=place_of("defenders", "sealed", row.id)))
