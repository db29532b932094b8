"""The first schema."""

import sqlalchemy as sa
from alembic import op

from detector.store.schema import APPEND_ONLY

revision = "0001"
down_revision = None


def _text(name: str, **options: object) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, **options)  # type: ignore[arg-type]  # options pass through


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _number(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, primary_key=key, autoincrement=key)


def upgrade() -> None:
    """Make every table."""
    op.create_table("meta", _text("name", primary_key=True), _text("value"))
    op.create_table("data_keys", _text("defender_id", primary_key=True), _blob("wrapped"))
    op.create_table("defenders", _text("id", primary_key=True), _blob("sealed"))
    _flags()
    _decisions()
    op.create_table(
        "credentials",
        _text("id", primary_key=True),
        _text("kind"),
        _text("secret_hash", unique=True),
        *(_text(name) for name in ("role", "scopes", "name", "created_at")),
        sa.Column("expires_at", sa.Text()),
    )
    op.create_table("counters", _text("name", primary_key=True), sa.Column("value", sa.BigInteger(), nullable=False))
    op.create_table(
        "rejected",
        _number("id", key=True),
        sa.Column("line", sa.BigInteger(), nullable=False),
        _text("reason"),
        _text("source"),
    )


def _flags() -> None:
    plain = ("lang", "defender_id", "platform", "policy", "model", "created_at")
    op.create_table(
        "flags",
        _text("id", primary_key=True),
        _text("status"),
        _text("risk"),
        _number("priority"),
        *(_text(name) for name in plain),
        _blob("sealed"),
    )
    op.create_index("flags_queue", "flags", ["status", "priority", "id"])
    op.create_index("flags_risk", "flags", ["status", "risk", "priority", "id"])
    op.create_index("flags_lang", "flags", ["status", "lang", "priority", "id"])
    op.create_index("flags_defender", "flags", ["defender_id", "status", "priority", "id"])
    op.create_table(
        "flag_labels",
        sa.Column("flag_id", sa.Text(), sa.ForeignKey("flags.id", ondelete="CASCADE"), primary_key=True),
        _text("label", primary_key=True),
    )
    op.create_index("flag_labels_label", "flag_labels", ["label", "flag_id"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        _number("id", key=True),
        _text("flag_id"),
        _text("verdict"),
        _text("reason"),
        _blob("note"),
        _text("reviewer"),
        _text("decided_at"),
    )
    op.create_index("ix_decisions_flag_id", "decisions", ["flag_id"])
    for verb in ("UPDATE", "DELETE"):
        for statement in APPEND_ONLY[op.get_bind().dialect.name]:
            op.execute(statement.format(verb=verb))
