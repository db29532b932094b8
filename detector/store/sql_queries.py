"""The flag queries: conditions, and the count for each choice of a filter."""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from detector.store.protocols import FlagQuery
from detector.store.schema import flag_labels, flags

COLUMNS = (flags.c.id, flags.c.defender_id, flags.c.status, flags.c.sealed)

_FIELDS = {"status": "status", "risk": "risk", "lang": "lang", "label": "label", "defender": "defender_id"}


def matching(query: FlagQuery) -> list[ColumnElement[bool]]:
    """The conditions of a query, its cursor aside."""
    conditions: list[ColumnElement[bool]] = []
    for name in ("status", "risk", "lang", "defender_id"):
        value = getattr(query, name)
        if value is not None:
            conditions.append(flags.c[name] == value)
    if query.label is not None:
        labelled = select(flag_labels.c.flag_id).where(flag_labels.c.label == query.label)
        conditions.append(flags.c.id.in_(labelled))
    return conditions


def facet(name: str, query: FlagQuery) -> Select[Any]:
    """Counts by one facet under all filters but its own: rows of (value, count)."""
    field = _FIELDS[name]
    conditions = matching(replace(query, **{field: None}))  # type: ignore[arg-type]  # every field takes None
    if name == "label":
        joined = flag_labels.join(flags, flags.c.id == flag_labels.c.flag_id)
        counted = select(flag_labels.c.label, func.count()).select_from(joined)
        return counted.where(*conditions).group_by(flag_labels.c.label)
    return select(flags.c[field], func.count()).where(*conditions).group_by(flags.c[field])
