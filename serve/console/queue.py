"""The queue page: filters with true counts, and one page of flags, most urgent first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from detector.domain import DefenderId, Label, Risk
from detector.store.protocols import Facets, FlagQuery
from serve.console import wording
from serve.console.languages import language_name

PAGE = 25
STATUSES = ("open", "escalated", "unsure", "confirmed", "dismissed")
ANY = "any"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter; `count` is None for "any"."""

    value: str
    title: str
    count: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the queue."""

    name: str
    title: str
    options: tuple[Option, ...]


def read_query(parameters: Mapping[str, str]) -> FlagQuery:
    """A query from the address; what is unknown counts as not given, so that an old bookmark still opens."""

    def given(name: str, allowed: tuple[str, ...] | None = None) -> str | None:
        value = parameters.get(name, "")
        return value if value and (allowed is None or value in allowed) else None

    status = parameters.get("status", "open")
    label, risk = given("label", tuple(Label)), given("risk", tuple(Risk))
    defender = given("defender")
    return FlagQuery(
        status=None if status == ANY else status if status in STATUSES else "open",  # type: ignore[arg-type]  # checked
        label=Label(label) if label else None,
        risk=Risk(risk) if risk else None,
        lang=given("lang"),
        defender_id=DefenderId(defender) if defender else None,
        cursor=given("cursor"),
        limit=PAGE,
    )


def address(query: FlagQuery) -> str:
    """The query as it stands in an address, without what is the default."""
    values = {
        "status": None if query.status == "open" else query.status or ANY,
        "risk": query.risk,
        "label": query.label,
        "lang": query.lang,
        "defender": query.defender_id,
        "cursor": query.cursor,
    }
    return urlencode({name: value for name, value in values.items() if value})


def onward(query: FlagQuery, cursor: str | None) -> FlagQuery:
    """The query of the page that follows."""
    return replace(query, cursor=cursor)


def parsed(address_: str) -> dict[str, str]:
    """The parameters of a query as `address` writes it."""
    return dict(parse_qsl(address_))


def joined(*parts: str) -> str:
    """Parts of an address in one, the empty ones left out."""
    return "&".join(part for part in parts if part)


def is_filtered(query: FlagQuery) -> bool:
    """Whether anything beyond the default is asked for."""
    return bool(address(replace(query, cursor=None)))


def filters(query: FlagQuery, facets: Facets, names: Mapping[str, str]) -> tuple[Filter, ...]:
    """The filter bar: each choice with the number of flags it would give."""
    return (
        _filter("status", "Status", facets.status, query.status or ANY, STATUSES, wording.STATUS_WORDS.__getitem__),
        _filter("risk", "Risk", facets.risk, query.risk, tuple(reversed(Risk)), lambda risk: risk.capitalize()),
        _filter(
            "label", "Label", facets.label, query.label, tuple(Label), lambda name: wording.label_title(Label(name))
        ),
        _filter(
            "lang", "Language", facets.lang, query.lang, tuple(sorted(facets.lang, key=language_name)), language_name
        ),
        _filter(
            "defender",
            "Defender",
            facets.defender,
            query.defender_id,
            tuple(sorted(facets.defender, key=lambda id_: names.get(id_, id_))),
            lambda id_: names.get(id_, id_),
        ),
    )


def _filter(
    name: str,
    title: str,
    counts: Mapping[str, int],
    chosen: str | None,
    values: tuple[str, ...],
    titled: Callable[[str], str],
) -> Filter:
    anything = Option(value=ANY if name == "status" else "", title="Any", count=None, chosen=chosen in (None, ANY))
    options = (
        Option(value=value, title=titled(value), count=counts.get(value, 0), chosen=value == chosen)
        for value in values
        if value and (counts.get(value) or value == chosen or name == "status")
    )
    return Filter(name=name, title=title, options=(anything, *options))
