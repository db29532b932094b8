"""The tables. Plain columns hold only what queries need: ids, states, risks, times. Everything else is sealed.

`migrations/` makes them; a test holds the two together. Times are UTC text in RFC 3339, which sorts as it should
on every engine. What makes decisions append-only are triggers, which are the migrations' business alone.

The indexes are chosen for a million flags: every list is read in its order from an index, every count from an index
alone. `flag_labels` repeats the columns that flags are filtered by for that reason.
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

# SQLite numbers rows by itself in INTEGER columns only.
_RowNumber = BigInteger().with_variant(Integer, "sqlite")

meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

# A table apart, so that a backup of the data can leave it out.
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
    Column("status", Text, nullable=False),  # as the newest decision says
    Column("risk", Text, nullable=False),
    Column("rank", Integer, nullable=False),  # see `cursor.Place`
    Column("lang", Text, nullable=False),  # "" where unknown
    Column("defender_id", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("post_lookup", Text, nullable=False),  # keyed hashes: the ids themselves are sealed
    Column("author_lookup", Text, nullable=False),  # "" where unknown
    Column("sealed", LargeBinary, nullable=False),
    Index("flags_rank", "rank", "id"),
    Index("flags_queue", "status", "rank", "id"),
    Index("flags_risk", "status", "risk", "rank", "id"),
    Index("flags_lang", "status", "lang", "rank", "id"),
    Index("flags_defender", "defender_id", "status", "rank", "id"),
    Index("flags_facets", "status", "risk", "lang", "defender_id"),
    Index("flags_post", "post_lookup"),
    Index("flags_author", "author_lookup"),
)

flag_labels = Table(
    "flag_labels",
    metadata,
    Column("flag_id", Text, ForeignKey("flags.id", ondelete="CASCADE"), primary_key=True),
    Column("label", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("risk", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("lang", Text, nullable=False),
    Column("defender_id", Text, nullable=False),
    Index("flag_labels_queue", "label", "status", "rank", "flag_id"),
    Index("flag_labels_rank", "label", "rank", "flag_id"),
    Index("flag_labels_facets", "label", "status", "risk", "lang", "defender_id"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", _RowNumber, primary_key=True, autoincrement=True),
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
    Column("id", _RowNumber, primary_key=True, autoincrement=True),
    Column("line", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
)
