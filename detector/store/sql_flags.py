"""Flags in SQL: sealed with the data key of their defender, with plain columns beside for the queue."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from detector.domain import AccountId, Flag, FlagId, PostId
from detector.store import schema
from detector.store.codec import decode_flag, encode_flag
from detector.store.crypto import KeyRing, Sealer, place_of
from detector.store.cursor import Place, read_cursor, write_cursor
from detector.store.database import Database, is_storable, utc_text
from detector.store.protocols import Facets, FlagPage, FlagQuery, StoredFlag
from detector.store.sql_queries import COLUMNS, FACETS, counted, facet, listed

# What `flag_labels` repeats of a flag.
_REPEATED = ("status", "risk", "rank", "lang", "defender_id")


class SqlFlags(Database):
    """A `FlagReader`, and what writes flags within a transaction."""

    def _insert_flags(self, connection: Connection, flags: Mapping[FlagId, Flag]) -> int:
        """Those whose id is not there yet; return how many."""
        if not flags:
            return 0
        sealers = self._sealers_for_writing(connection, {f.assessment.mention.defender_id for f in flags.values()})
        # In one order, so that two writers of the same flags do not wait for each other.
        rows = [
            _flag_row(flag, sealers[flag.assessment.mention.defender_id], self._keys)
            for _, flag in sorted(flags.items())
        ]
        statement = self._upsert(schema.flags).on_conflict_do_nothing().returning(schema.flags.c.id)
        new = set(connection.scalars(statement, rows))
        labels = [
            {"flag_id": row["id"], "label": label, **{name: row[name] for name in _REPEATED}}
            for row in rows
            if row["id"] in new
            for label in flags[row["id"]].assessment.flagged_labels
        ]
        if labels:
            connection.execute(insert(schema.flag_labels), labels)
        return len(new)

    def flag(self, flag_id: FlagId) -> StoredFlag | None:
        """One flag, or None."""
        if not is_storable(flag_id):
            return None
        with self._reading("reading a flag") as connection:
            found = self._opened(connection, select(*COLUMNS).where(schema.flags.c.id == flag_id))
        return found[0] if found else None

    def flags(self, query: FlagQuery) -> FlagPage:
        """A page of flags."""
        place = read_cursor(query.cursor)
        with self._reading("listing flags") as connection:
            total: int = connection.scalar(counted(query)) or 0
            found = self._opened(connection, listed(query, place))
        shown = found[: query.limit]
        following = write_cursor(Place.of(shown[-1].flag)) if len(found) > query.limit else None
        return FlagPage(flags=tuple(shown), total=total, next_cursor=following)

    def facets(self, query: FlagQuery) -> Facets:
        """Counts for the filters beside a list."""
        with self._reading("counting flags") as connection:
            counts = {
                name: {key: count for key, count in connection.execute(facet(name, query)).all() if key}
                for name in FACETS
            }
        return Facets(**counts)

    def flags_of_post(self, platform: str, post_id: PostId) -> tuple[StoredFlag, ...]:
        """All flags on a post, most urgent first."""
        return self._looked_up("post_lookup", post_lookup(self._keys, platform, post_id))

    def flags_of_author(self, platform: str, author_id: AccountId) -> tuple[StoredFlag, ...]:
        """All flags on an account's posts, most urgent first."""
        return self._looked_up("author_lookup", author_lookup(self._keys, platform, author_id))

    def _looked_up(self, column: str, value: str) -> tuple[StoredFlag, ...]:
        table = schema.flags
        statement = select(*COLUMNS).where(table.c[column] == value).order_by(table.c.rank, table.c.id)
        with self._reading("looking up flags") as connection:
            return tuple(self._opened(connection, statement))

    def _opened(self, connection: Connection, statement: Select[Any]) -> list[StoredFlag]:
        """Rows as flags; one whose data key has just been destroyed is gone."""
        rows = connection.execute(statement).all()
        sealers = self._sealers_of(connection, {row.defender_id for row in rows})
        return [_stored(row, sealers[row.defender_id]) for row in rows if row.defender_id in sealers]


def post_lookup(keys: KeyRing, platform: str, post_id: PostId) -> str:
    """The hash by which the flags on a post are found."""
    return keys.lookup("post", platform, post_id)


def author_lookup(keys: KeyRing, platform: str, author_id: AccountId) -> str:
    """The hash by which the flags on an account's posts are found."""
    return keys.lookup("author", platform, author_id)


def _stored(row: Any, sealer: Sealer) -> StoredFlag:
    opened = sealer.open(bytes(row.sealed), place=place_of("flags", "sealed", row.id))
    return StoredFlag(flag=decode_flag(opened), status=row.status)


def _flag_row(flag: Flag, sealer: Sealer, keys: KeyRing) -> dict[str, Any]:
    assessment = flag.assessment
    author = flag.post.author.id if flag.post else None
    return {
        "id": flag.id,
        "status": "open",
        "risk": assessment.risk,
        "rank": Place.of(flag).rank,
        "lang": assessment.lang or "",
        "defender_id": assessment.mention.defender_id,
        "platform": assessment.platform,
        "policy": assessment.policy,
        "model": assessment.model,
        "created_at": utc_text(flag.created_at),
        "post_lookup": post_lookup(keys, assessment.platform, assessment.post_id),
        "author_lookup": author_lookup(keys, assessment.platform, author) if author is not None else "",
        "sealed": sealer.seal(encode_flag(flag), place=place_of("flags", "sealed", flag.id)),
    }
