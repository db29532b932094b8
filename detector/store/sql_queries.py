"""The flag queries as SQL: which rows, how many, and the count for each choice of a filter.

With a label asked for, the rows are those of `flag_labels`, which repeats all that flags are filtered and ordered by.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, false, func, select, tuple_

from detector.store.cursor import Place
from detector.store.database import is_storable
from detector.store.protocols import FlagQuery
from detector.store.schema import flag_labels, flags

COLUMNS = (flags.c.id, flags.c.defender_id, flags.c.status, flags.c.sealed)
FACETS = ("status", "risk", "label", "lang", "defender")

_FIELDS = {"status": "status", "risk": "risk", "lang": "lang", "label": "label", "defender": "defender_id"}


def counted(query: FlagQuery) -> Select[Any]:
    """How many flags match, on all pages."""
    table = _rows(query)
    return select(func.count()).select_from(table).where(*_matching(query, table))


def listed(query: FlagQuery, after: Place | None) -> Select[Any]:
    """The flags of one page in their order, and one more where there is a next page."""
    table = _rows(query)
    rank, flag_id = table.c.rank, table.c[_id_of(table)]
    statement = select(*COLUMNS).where(*_matching(query, table))
    if table is flag_labels:
        statement = statement.join_from(flag_labels, flags, flags.c.id == flag_labels.c.flag_id)
    if after is not None:
        statement = statement.where(tuple_(rank, flag_id) > (after.rank, after.flag_id))
    return statement.order_by(rank, flag_id).limit(query.limit + 1)


def facet(name: str, query: FlagQuery) -> Select[Any]:
    """Counts by one facet under all filters but its own: rows of (value, count)."""
    field = _FIELDS[name]
    others = replace(query, **{field: None})  # type: ignore[arg-type]  # every field takes None
    table = flag_labels if name == "label" else _rows(others)
    return select(table.c[field], func.count()).where(*_matching(others, table)).group_by(table.c[field])


def _rows(query: FlagQuery) -> Table:
    return flags if query.label is None else flag_labels


def _id_of(table: Table) -> str:
    return "id" if table is flags else "flag_id"


def _matching(query: FlagQuery, table: Table) -> list[ColumnElement[bool]]:
    """The conditions of a query, its cursor aside."""
    wanted = {field: getattr(query, field) for field in _FIELDS.values()}
    given = {field: value for field, value in wanted.items() if value is not None}
    if not all(is_storable(value) for value in given.values()):
        return [false()]
    return [table.c[field] == value for field, value in given.items()]
