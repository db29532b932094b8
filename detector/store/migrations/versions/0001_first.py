"""The first schema. It says everything itself: what `schema.py` becomes later must not change what happened here."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SQLITE = (
    """CREATE TRIGGER decisions_keep_update BEFORE UPDATE ON decisions
    BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END""",
    """CREATE TRIGGER decisions_keep_delete BEFORE DELETE ON decisions
    BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END""",
    # REPLACE deletes a row without firing the trigger above.
    """CREATE TRIGGER decisions_keep_insert BEFORE INSERT ON decisions
    WHEN EXISTS (SELECT 1 FROM decisions WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION decisions_keep() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'decisions are append-only'; END $$""",
    """CREATE TRIGGER decisions_keep_rows BEFORE UPDATE OR DELETE ON decisions
    FOR EACH ROW EXECUTE FUNCTION decisions_keep()""",
    """CREATE TRIGGER decisions_keep_all BEFORE TRUNCATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION decisions_keep()""",
)
_APPEND_ONLY = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}


def _text(name: str, **options: object) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, **options)  # type: ignore[arg-type]  # options pass through


def _texts(names: str) -> list[sa.Column[str]]:
    return [_text(name) for name in names.split()]


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _row_number() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", kind, nullable=False, primary_key=True, autoincrement=True)


def upgrade() -> None:
    """Make every table."""
    op.create_table("meta", _text("name", primary_key=True), _text("value"))
    op.create_table("data_keys", _text("defender_id", primary_key=True), _blob("wrapped"))
    op.create_table("defenders", _text("id", primary_key=True), _blob("sealed"))
    _flags()
    _flag_labels()
    _decisions()
    op.create_table(
        "credentials",
        _text("id", primary_key=True),
        _text("kind"),
        _text("secret_hash", unique=True),
        *_texts("role scopes name created_at"),
        sa.Column("expires_at", sa.Text()),
    )
    op.create_table("counters", _text("name", primary_key=True), _number("value"))
    op.create_table("rejected", _row_number(), _number("line"), *_texts("reason source"))


def _flags() -> None:
    op.create_table(
        "flags",
        _text("id", primary_key=True),
        *_texts("status risk"),
        sa.Column("rank", sa.Integer(), nullable=False),
        *_texts("lang defender_id platform policy model created_at post_lookup author_lookup"),
        _blob("sealed"),
    )
    op.create_index("flags_rank", "flags", ["rank", "id"])
    op.create_index("flags_queue", "flags", ["status", "rank", "id"])
    op.create_index("flags_risk", "flags", ["status", "risk", "rank", "id"])
    op.create_index("flags_lang", "flags", ["status", "lang", "rank", "id"])
    op.create_index("flags_defender", "flags", ["defender_id", "status", "rank", "id"])
    op.create_index("flags_facets", "flags", ["status", "risk", "lang", "defender_id"])
    op.create_index("flags_post", "flags", ["post_lookup"])
    op.create_index("flags_author", "flags", ["author_lookup"])


def _flag_labels() -> None:
    op.create_table(
        "flag_labels",
        sa.Column("flag_id", sa.Text(), sa.ForeignKey("flags.id", ondelete="CASCADE"), primary_key=True),
        _text("label", primary_key=True),
        *_texts("status risk"),
        sa.Column("rank", sa.Integer(), nullable=False),
        *_texts("lang defender_id"),
    )
    op.create_index("flag_labels_queue", "flag_labels", ["label", "status", "rank", "flag_id"])
    op.create_index("flag_labels_rank", "flag_labels", ["label", "rank", "flag_id"])
    op.create_index("flag_labels_facets", "flag_labels", ["label", "status", "risk", "lang", "defender_id"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        _row_number(),
        *_texts("flag_id verdict reason"),
        _blob("note"),
        *_texts("reviewer decided_at"),
    )
    op.create_index("ix_decisions_flag_id", "decisions", ["flag_id"])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
