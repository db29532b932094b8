"""Decisions in SQL: appended, never changed. The note is sealed, bound to the rest of its row."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update

from detector.domain import Decision, FlagId, Verdict
from detector.store import schema
from detector.store.crypto import Sealer, place_of
from detector.store.database import Database, is_storable, utc_text


class SqlDecisions(Database):
    """A `DecisionLog`."""

    def decide(self, decision: Decision) -> bool:
        """Append; False where no such flag is stored."""
        if not is_storable(decision.flag_id):
            return False
        flags, labels = schema.flags, schema.flag_labels
        # The lock makes decisions on a flag queue up: the newest of them is the one that the status shows.
        owner = select(flags.c.defender_id).where(flags.c.id == decision.flag_id).with_for_update()
        with self._writing("keeping a decision") as connection:
            sealers = self._sealers_of(connection, connection.scalars(owner).all())
            if not sealers:
                return False
            (sealer,) = sealers.values()
            before = connection.scalar(_how_many(decision.flag_id)) or 0
            connection.execute(insert(schema.decisions).values(_decision_row(decision, before, sealer)))
            connection.execute(update(flags).where(flags.c.id == decision.flag_id).values(status=decision.verdict))
            connection.execute(
                update(labels).where(labels.c.flag_id == decision.flag_id).values(status=decision.verdict)
            )
        return True

    def decisions(self, flag_id: FlagId) -> tuple[Decision, ...]:
        """All decisions on a stored flag, oldest first."""
        if not is_storable(flag_id):
            return ()
        table = schema.decisions
        owner = select(schema.flags.c.defender_id).where(schema.flags.c.id == flag_id)
        with self._reading("reading decisions") as connection:
            sealers = self._sealers_of(connection, connection.scalars(owner).all())
            rows = connection.execute(select(table).where(table.c.flag_id == flag_id).order_by(table.c.id)).all()
        # A defender who was removed and came back has a new key: what was decided before is closed for good.
        return tuple(
            _decision(row, before, sealer)
            for sealer in sealers.values()
            for before, row in enumerate(rows)
            if sealer.has_sealed(bytes(row.note))
        )


def _how_many(flag_id: FlagId) -> Select[Any]:
    return select(func.count()).select_from(schema.decisions).where(schema.decisions.c.flag_id == flag_id)


def _decision_row(decision: Decision, before: int, sealer: Sealer) -> dict[str, Any]:
    row = {
        "flag_id": decision.flag_id,
        "verdict": decision.verdict.value,
        "reason": decision.reason,
        "reviewer": decision.reviewer,
        "decided_at": utc_text(decision.decided_at),
    }
    return {**row, "note": sealer.seal(decision.note.encode(), place=_place(row, before))}


def _place(row: dict[str, str], before: int) -> str:
    # The database numbers rows after sealing, so a row is known by its flag and by how many decisions came before it.
    # What else it says is bound in too: neither can be changed, nor a decision taken out from before another.
    return place_of("decisions", "note", *(row[name] for name in sorted(row)), str(before))


def _decision(row: Any, before: int, sealer: Sealer) -> Decision:
    plain = {name: getattr(row, name) for name in ("flag_id", "verdict", "reason", "reviewer", "decided_at")}
    return Decision(
        flag_id=FlagId(row.flag_id),
        verdict=Verdict(row.verdict),
        reason=row.reason,
        note=sealer.open(bytes(row.note), place=_place(plain, before)).decode(),
        reviewer=row.reviewer,
        decided_at=datetime.fromisoformat(row.decided_at),
    )
