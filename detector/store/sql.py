"""The store on SQL: SQLite at the desk, PostgreSQL at scale, one text for both.

Each public method is one transaction. Names and texts are sealed with the data key of the defender before they become
a column. The parts are in `sql_flags`, `sql_decisions`, `sql_roster` and `sql_credentials`; here is what spans them.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select

from detector.domain import Rejected
from detector.store import schema
from detector.store.protocols import Batch
from detector.store.sql_credentials import SqlCredentials
from detector.store.sql_decisions import SqlDecisions
from detector.store.sql_flags import SqlFlags
from detector.store.sql_roster import ROSTER_VERSION, SqlRoster


class SqlStore(SqlFlags, SqlDecisions, SqlRoster, SqlCredentials):
    """A `Store` on SQLAlchemy Core."""

    def save(self, batch: Batch) -> int:
        """Write a batch in one transaction; return how many flags were new."""
        with self._writing("saving a batch") as connection:
            new = self._insert_flags(connection, {flag.id: flag for flag in reversed(batch.flags)})
            self._reject(connection, batch.rejected)
            self._count(connection, batch.counts)
        return new

    def _reject(self, connection: Connection, records: tuple[Rejected, ...]) -> None:
        rows = [
            {"line": record.line, "reason": _storable(record.reason), "source": _storable(record.source)}
            for record in records
        ]
        if rows:
            connection.execute(insert(schema.rejected), rows)

    def counts(self) -> Mapping[str, int]:
        """All counters by name."""
        table = schema.counters
        with self._reading("reading counters") as connection:
            rows = connection.execute(select(table.c.name, table.c.value).where(table.c.name != ROSTER_VERSION)).all()
        return {name: value for name, value in rows}  # noqa: C416 - rows are no pairs to the type checker

    def rejected(self, limit: int = 100) -> tuple[Rejected, ...]:
        """The newest rejected records."""
        table = schema.rejected
        with self._reading("reading rejected records") as connection:
            rows = connection.execute(select(table).order_by(table.c.id.desc()).limit(limit)).all()
        return tuple(Rejected(line=row.line, reason=row.reason, source=row.source) for row in rows)


def _storable(text: str) -> str:
    """A text that any column holds: a file's name may be no Unicode, and must not cost the batch."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
