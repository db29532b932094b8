"""The tables. Plain columns hold only what queries need: ids, states, risks, times. Everything else is sealed.

`migrations/` makes them; a test holds the two together. Times are UTC text in RFC 3339, which sorts as it should
on every engine.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

VERSION = "0001"
"""The newest migration; a store at this version is opened without loading Alembic."""

metadata = MetaData()

meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

data_keys = Table(
    "data_keys",
    metadata,
    Column("defender_id", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

defenders = Table(
    "defenders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

flags = Table(
    "flags",
    metadata,
    Column("id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("risk", Text, nullable=False),
    Column("priority", Integer, nullable=False),  # millionths: exact in a cursor, the same on every engine
    Column("lang", Text, nullable=False),  # "" where unknown
    Column("defender_id", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("flags_queue", "status", "priority", "id"),
    Index("flags_risk", "status", "risk", "priority", "id"),
    Index("flags_lang", "status", "lang", "priority", "id"),
    Index("flags_defender", "defender_id", "status", "priority", "id"),
)

flag_labels = Table(
    "flag_labels",
    metadata,
    Column("flag_id", Text, ForeignKey("flags.id", ondelete="CASCADE"), primary_key=True),
    Column("label", Text, primary_key=True),
    Index("flag_labels_label", "label", "flag_id"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("flag_id", Text, nullable=False, index=True),  # outlives its flag: a decision is never deleted
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

rejected = Table(
    "rejected",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("line", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
)

_SQLITE_TRIGGER = """
    CREATE TRIGGER decisions_keep_{verb} BEFORE {verb} ON decisions
    BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END"""
_POSTGRESQL_FUNCTION = """
    CREATE OR REPLACE FUNCTION decisions_keep() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'decisions are append-only'; END $$"""
_POSTGRESQL_TRIGGER = """
    CREATE TRIGGER decisions_keep_{verb} BEFORE {verb} ON decisions
    FOR EACH ROW EXECUTE FUNCTION decisions_keep()"""

APPEND_ONLY = {"sqlite": (_SQLITE_TRIGGER,), "postgresql": (_POSTGRESQL_FUNCTION, _POSTGRESQL_TRIGGER)}
"""Statements, for each of UPDATE and DELETE, that make the database itself refuse to change a decision."""
