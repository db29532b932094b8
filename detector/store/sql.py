"""The store on SQL: SQLite at the desk, PostgreSQL at scale, one text for both.

Each public method is one transaction. Names and texts are sealed with the data key of the defender before they become a
column; a wrong key is noticed when the store is opened, not when the first name fails to open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from detector.domain import Decision, Defender, DefenderId, Flag, FlagId, Rejected, Verdict
from detector.errors import KeyMissingError, StoreError
from detector.store import schema
from detector.store.codec import decode_defender, decode_flag, encode_defender, encode_flag
from detector.store.crypto import KeyRing, Sealer
from detector.store.cursor import Place, read_cursor, write_cursor
from detector.store.engine import border, is_current, open_engine, upgrade
from detector.store.protocols import Batch, Credential, Facets, FlagPage, FlagQuery, StoredFlag
from detector.store.sql_queries import COLUMNS, facet, matching

_ROSTER_VERSION = "roster version"
_KEY_CHECK = "key check"


class SqlStore:
    """A `Store` on SQLAlchemy Core. Threads and processes may share the database."""

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
            current = is_current(connection)
        with self._writing("opening") as connection:
            if not current:
                upgrade(connection)
            row = {"name": _KEY_CHECK, "value": self._keys.check}
            connection.execute(self._upsert(schema.meta).values(row).on_conflict_do_nothing())
            kept = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.name == _KEY_CHECK))
        if kept != self._keys.check:
            raise KeyMissingError("This store was made with another key; put that key back.")

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

    # --- keys ---------------------------------------------------------------------------------------------------------

    def _sealer(self, connection: Connection, owner: str) -> Sealer | None:
        """The sealer of a defender's data, or None where there is no key (any more)."""
        wrapped = connection.scalar(select(schema.data_keys.c.wrapped).where(schema.data_keys.c.defender_id == owner))
        return None if wrapped is None else self._sealers(owner, bytes(wrapped))

    def _sealer_for_writing(self, connection: Connection, owner: str) -> Sealer:
        row = {"defender_id": owner, "wrapped": self._keys.new_data_key(owner)}
        connection.execute(self._upsert(schema.data_keys).values(row).on_conflict_do_nothing())
        sealer = self._sealer(connection, owner)
        assert sealer is not None
        return sealer

    # --- flags --------------------------------------------------------------------------------------------------------

    def save(self, batch: Batch) -> int:
        """Write a batch in one transaction; return how many flags were new."""
        with self._writing("saving a batch") as connection:
            new = self._insert_flags(connection, {flag.id: flag for flag in batch.flags})
            for name, value in batch.counts.items():
                self._count(connection, name, value)
            if batch.rejected:
                rows = [{"line": r.line, "reason": r.reason, "source": r.source} for r in batch.rejected]
                connection.execute(insert(schema.rejected), rows)
        return new

    def _insert_flags(self, connection: Connection, flags: Mapping[FlagId, Flag]) -> int:
        if not flags:
            return 0
        owners = {flag.assessment.mention.defender_id for flag in flags.values()}
        sealers = {owner: self._sealer_for_writing(connection, owner) for owner in sorted(owners)}
        rows = [_flag_row(flag, sealers[flag.assessment.mention.defender_id]) for flag in flags.values()]
        statement = self._upsert(schema.flags).on_conflict_do_nothing().returning(schema.flags.c.id)
        new = set(connection.scalars(statement, rows))
        labels = [
            {"flag_id": flag_id, "label": label}
            for flag_id in new
            for label in flags[flag_id].assessment.flagged_labels
        ]
        if labels:
            connection.execute(insert(schema.flag_labels), labels)
        return len(new)

    def flag(self, flag_id: FlagId) -> StoredFlag | None:
        """One flag, or None."""
        with self._reading("reading a flag") as connection:
            found = self._opened(connection, select(*COLUMNS).where(schema.flags.c.id == flag_id))
        return found[0] if found else None

    def flags(self, query: FlagQuery) -> FlagPage:
        """A page of flags."""
        conditions = matching(query)
        listed = select(*COLUMNS).where(*conditions)
        place = read_cursor(query.cursor)
        if place is not None:
            priority, flag_id = schema.flags.c.priority, schema.flags.c.id
            listed = listed.where(
                (priority < place.priority) | ((priority == place.priority) & (flag_id > place.flag_id))
            )
        listed = listed.order_by(schema.flags.c.priority.desc(), schema.flags.c.id).limit(query.limit + 1)
        with self._reading("listing flags") as connection:
            total = connection.scalar(select(func.count()).select_from(schema.flags).where(*conditions)) or 0
            found = self._opened(connection, listed)
        more = len(found) > query.limit
        shown = found[: query.limit]
        following = write_cursor(Place.of(shown[-1].flag)) if more else None
        return FlagPage(flags=tuple(shown), total=total, next_cursor=following)

    def _opened(self, connection: Connection, statement: Select[Any]) -> list[StoredFlag]:
        """Rows as flags; one whose data key has just been destroyed is gone."""
        found = []
        for row in connection.execute(statement).all():
            sealer = self._sealer(connection, row.defender_id)
            if sealer is not None:
                flag = decode_flag(sealer.open(bytes(row.sealed), place=f"flags.sealed.{row.id}"))
                found.append(StoredFlag(flag=flag, status=row.status))
        return found

    def facets(self, query: FlagQuery) -> Facets:
        """Counts for the filters beside a list."""
        with self._reading("counting flags") as connection:
            counted = {
                name: {key: count for key, count in connection.execute(facet(name, query)).all() if key}
                for name in ("status", "risk", "label", "lang", "defender")
            }
        return Facets(**counted)

    # --- decisions ----------------------------------------------------------------------------------------------------

    def decide(self, decision: Decision) -> bool:
        """Append; False where no such flag is stored."""
        with self._writing("keeping a decision") as connection:
            owner = connection.scalar(select(schema.flags.c.defender_id).where(schema.flags.c.id == decision.flag_id))
            sealer = owner and self._sealer(connection, owner)
            if not sealer:
                return False
            connection.execute(
                insert(schema.decisions).values(
                    flag_id=decision.flag_id,
                    verdict=decision.verdict,
                    reason=decision.reason,
                    note=sealer.seal(decision.note.encode(), place=f"decisions.note.{decision.flag_id}"),
                    reviewer=decision.reviewer,
                    decided_at=decision.decided_at.isoformat(),
                )
            )
            status = update(schema.flags).where(schema.flags.c.id == decision.flag_id).values(status=decision.verdict)
            connection.execute(status)
        return True

    def decisions(self, flag_id: FlagId) -> tuple[Decision, ...]:
        """All decisions on a flag, oldest first."""
        table = schema.decisions
        with self._reading("reading decisions") as connection:
            owner = connection.scalar(select(schema.flags.c.defender_id).where(schema.flags.c.id == flag_id))
            sealer = owner and self._sealer(connection, owner)
            if not sealer:
                return ()
            rows = connection.execute(select(table).where(table.c.flag_id == flag_id).order_by(table.c.id)).all()
        return tuple(
            Decision(
                flag_id=flag_id,
                verdict=Verdict(row.verdict),
                reason=row.reason,
                note=sealer.open(bytes(row.note), place=f"decisions.note.{flag_id}").decode(),
                reviewer=row.reviewer,
                decided_at=datetime.fromisoformat(row.decided_at),
            )
            for row in rows
        )

    # --- roster -------------------------------------------------------------------------------------------------------

    def put_defenders(self, defenders: Iterable[Defender]) -> int:
        """Insert or replace by id; return how many were given."""
        count = 0
        with self._writing("keeping the roster") as connection:
            for count, defender in enumerate(defenders, start=1):  # noqa: B007 - the last number is the count
                sealer = self._sealer_for_writing(connection, defender.id)
                sealed = sealer.seal(encode_defender(defender), place=f"defenders.sealed.{defender.id}")
                statement = self._upsert(schema.defenders).values(id=defender.id, sealed=sealed)
                connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"sealed": sealed}))
            self._count(connection, _ROSTER_VERSION, 1)
        return count

    def defenders(self) -> Iterator[Defender]:
        """All of them, by id."""
        table = schema.defenders
        joined = table.join(schema.data_keys, schema.data_keys.c.defender_id == table.c.id)
        statement = select(table.c.id, table.c.sealed, schema.data_keys.c.wrapped).select_from(joined)
        with self._reading("reading the roster") as connection:
            rows: Sequence[Any] = connection.execute(statement.order_by(table.c.id)).all()
        for row in rows:
            sealer = self._keys.data_sealer(row.id, bytes(row.wrapped))
            yield decode_defender(sealer.open(bytes(row.sealed), place=f"defenders.sealed.{row.id}"))

    def defender(self, defender_id: DefenderId) -> Defender | None:
        """One of them, or None."""
        with self._reading("reading a defender") as connection:
            table = schema.defenders
            sealed = connection.scalar(select(table.c.sealed).where(table.c.id == defender_id))
            sealer = self._sealer(connection, defender_id)
        if sealed is None or sealer is None:
            return None
        return decode_defender(sealer.open(bytes(sealed), place=f"defenders.sealed.{defender_id}"))

    def remove_defender(self, defender_id: DefenderId) -> bool:
        """Delete defender, flags and data key: what a backup still holds of them, this store can never open again."""
        with self._writing("removing a defender") as connection:
            removed = connection.execute(delete(schema.defenders).where(schema.defenders.c.id == defender_id)).rowcount
            connection.execute(delete(schema.flags).where(schema.flags.c.defender_id == defender_id))
            connection.execute(delete(schema.data_keys).where(schema.data_keys.c.defender_id == defender_id))
            self._count(connection, _ROSTER_VERSION, 1)
        self._sealers.cache_clear()
        return bool(removed)

    def roster_version(self) -> int:
        """A number that grows with every change of the roster."""
        with self._reading("reading the roster's version") as connection:
            table = schema.counters
            return connection.scalar(select(table.c.value).where(table.c.name == _ROSTER_VERSION)) or 0

    # --- credentials --------------------------------------------------------------------------------------------------

    def add_credential(self, credential: Credential) -> None:
        """Keep a new one."""
        with self._writing("keeping a credential") as connection:
            connection.execute(
                insert(schema.credentials).values(
                    id=credential.id,
                    kind=credential.kind,
                    secret_hash=credential.secret_hash,
                    role=credential.role,
                    scopes=" ".join(credential.scopes),
                    name=credential.name,
                    created_at=credential.created_at.isoformat(),
                    expires_at=credential.expires_at and credential.expires_at.isoformat(),
                )
            )

    def credential(self, secret_hash: str) -> Credential | None:
        """Find by hash, expired or not, or None."""
        table = schema.credentials
        with self._reading("reading a credential") as connection:
            row = connection.execute(select(table).where(table.c.secret_hash == secret_hash)).one_or_none()
        return None if row is None else _credential(row)

    def credentials(self) -> tuple[Credential, ...]:
        """All, newest first."""
        table = schema.credentials
        with self._reading("reading credentials") as connection:
            rows = connection.execute(select(table).order_by(table.c.created_at.desc(), table.c.id)).all()
        return tuple(_credential(row) for row in rows)

    def remove_credential(self, credential_id: str) -> bool:
        """Revoke; False where unknown."""
        with self._writing("revoking a credential") as connection:
            statement = delete(schema.credentials).where(schema.credentials.c.id == credential_id)
            return bool(connection.execute(statement).rowcount)

    # --- counters -----------------------------------------------------------------------------------------------------

    def _count(self, connection: Connection, name: str, value: int) -> None:
        table = schema.counters
        statement = self._upsert(table).values(name=name, value=value)
        added = {"value": table.c.value + statement.excluded.value}
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=added))

    def counts(self) -> Mapping[str, int]:
        """All counters by name."""
        with self._reading("reading counters") as connection:
            rows = connection.execute(select(schema.counters.c.name, schema.counters.c.value)).all()
        return {name: value for name, value in rows if name != _ROSTER_VERSION}

    def rejected(self, limit: int = 100) -> tuple[Rejected, ...]:
        """The newest rejected records."""
        table = schema.rejected
        with self._reading("reading rejected records") as connection:
            rows = connection.execute(select(table).order_by(table.c.id.desc()).limit(limit)).all()
        return tuple(Rejected(line=row.line, reason=row.reason, source=row.source) for row in rows)


def _flag_row(flag: Flag, sealer: Sealer) -> dict[str, Any]:
    assessment = flag.assessment
    return {
        "id": flag.id,
        "status": "open",
        "risk": assessment.risk,
        "priority": Place.of(flag).priority,
        "lang": assessment.lang or "",
        "defender_id": assessment.mention.defender_id,
        "platform": assessment.platform,
        "policy": assessment.policy,
        "model": assessment.model,
        "created_at": flag.created_at.isoformat(),
        "sealed": sealer.seal(encode_flag(flag), place=f"flags.sealed.{flag.id}"),
    }


def _credential(row: Any) -> Credential:
    return Credential(
        id=row.id,
        kind=row.kind,
        secret_hash=row.secret_hash,
        role=row.role,
        scopes=tuple(row.scopes.split()),
        name=row.name,
        created_at=datetime.fromisoformat(row.created_at),
        expires_at=datetime.fromisoformat(row.expires_at) if row.expires_at else None,
    )
