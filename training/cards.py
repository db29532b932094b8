"""Data set cards: what a set of labelled posts is, whose it is, what its labels mean, and how to get it.

One TOML file a set lies in `data/datasets/`; a set of one's own has its card beside its table (NAME.toml beside
NAME.parquet). A card holds facts and no text of any post. Strict: an unknown key is refused. Nothing is fetched here.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from detector.errors import CardError
from detector.shelf import DATA
from detector.text.bundle import Origin
from training.examples import COLUMNS
from training.strict_toml import read_strict
from training.upstream import Adapter

FOLDER = DATA / "datasets"
RESEARCH = "research"
PRIVATE = "private use: not for redistribution"
"""What must be written on a model that learnt from the research tier."""

_NAME = re.compile(r"[a-z0-9][A-Za-z0-9_.-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")

Text = Annotated[str, msgspec.Meta(min_length=2)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a card: unknown keys are refused."""


class Source(Strict, frozen=True, kw_only=True):
    """`[[sources]]`: a public GitHub repository (owner/name) at one commit, so that what is fetched never changes."""

    repository: str
    commit: str

    @property
    def url(self) -> str:
        """Its page."""
        return f"https://github.com/{self.repository}"


class Marked(Strict, frozen=True, kw_only=True):
    """`[labels.LABEL]`: rows on which the label was annotated, and those among them that have it."""

    positive: Count
    annotated: Count


class Fetch(Strict, frozen=True, kw_only=True):
    """`[fetch]`: how to get the set from its source.

    `how`: `files` are read by the adapters below it; `by hand`: `instructions` say what to do instead. `basis`: whether
    the columns were read in the files themselves, or in documentation. `note`: what differs from the set as measured.
    """

    how: Literal["files", "by hand"]
    basis: Literal["", "files", "documentation"] = ""
    instructions: str = ""
    note: str = ""
    adapters: tuple[Adapter, ...] = ()


class Card(Strict, frozen=True, kw_only=True):
    """A whole card.

    `tier`: `open` sets have a licence that lets models learnt from them be passed on; `research` sets do not, or do not
    say. `licence`: as stated by the publisher. `rows`, `languages` (rows by BCP 47 code) and `labels` describe the set
    after duplicates across all sets were taken out, with their annotations joined. `mapping`: how the publisher's
    labels became ours. `caveats`: what to know before using it. A set of one's own needs the first four keys only.
    """

    name: str
    tier: Literal["open", "research"]
    licence: Text
    citation: Text
    rows: Count = 0
    mapping: str = ""
    quality: str = ""
    caveats: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    languages: dict[str, Count] = {}
    labels: dict[str, Marked] = {}
    fetch: Fetch = Fetch(how="by hand", instructions="it is a set of your own, and lies beside its card")

    @property
    def repository(self) -> str:
        """The pages of its sources, separated by commas; empty for a set of one's own."""
        return ", ".join(source.url for source in self.sources)


def read_card(path: Path) -> Card:
    """Read and check one card.

    Raises:
        CardError: It cannot be read, has a key or value that is not known, or contradicts itself.
    """
    card = read_strict(path, Card, what="The card", wrong=CardError)
    problems = _contradictions(card, path)
    if problems:
        raise CardError(f"The card {path} cannot be used: {'; '.join(problems)}")
    return card


def origins_of(cards: Mapping[str, Card], used: Mapping[str, int]) -> tuple[Origin, ...]:
    """Data sets as a manifest names them; `used` counts the rows of each that a model was fitted on."""
    return tuple(
        Origin(name=name, licence=one.licence, citation=one.citation, repository=one.repository, rows=used[name])
        for name, one in cards.items()
    )


@cache
def shipped_cards() -> Mapping[str, Card]:
    """Every card that ships, by name, in alphabetical order.

    Raises:
        CardError: One of them is not valid.
    """
    return {path.stem: read_card(path) for path in sorted(FOLDER.glob("*.toml"))}


def find_card(name: str, folder: Path | None = None) -> Card:
    """The card of a set: the one that ships, or NAME.toml in a folder of one's own sets.

    A card that ships cannot be replaced by one in the folder: its licence would change behind one's back.

    Raises:
        CardError: There is none, or it is not valid.
    """
    if name in shipped_cards():
        return shipped_cards()[name]
    own = None if folder is None else folder / f"{name}.toml"
    if own is None or not _NAME.fullmatch(name) or not own.is_file():
        raise CardError(
            f"There is no data set {name!r}: `detector datasets list` shows those that are known; "
            f"for one of your own put {name}.toml beside {name}.parquet"
        )
    return read_card(own)


def cards_of(names: Iterable[str], folder: Path | None = None) -> dict[str, Card]:
    """The cards of several sets, by name, in the order given; see `find_card`."""
    return {name: find_card(name, folder) for name in names}


def _contradictions(card: Card, path: Path) -> list[str]:
    problems = [] if card.name == path.stem else [f"it is named {card.name!r}, but its file {path.stem!r}"]
    if not _NAME.fullmatch(card.name):
        problems.append(f"{card.name!r} is no plain name")
    problems += [f"{name!r} is no label" for name in card.labels if name not in COLUMNS]
    problems += [
        f"labels.{name}: more positive than annotated" for name, n in card.labels.items() if n.positive > n.annotated
    ]
    problems += [
        f"labels.{name}: more annotated than rows" for name, n in card.labels.items() if n.annotated > card.rows
    ]
    if sum(card.languages.values()) != card.rows:
        problems.append("the languages do not add up to the rows")
    problems += [
        f"{one.repository!r} is no owner/name" for one in card.sources if not _REPOSITORY.fullmatch(one.repository)
    ]
    problems += [f"{one.commit!r} is no full commit" for one in card.sources if not _COMMIT.fullmatch(one.commit)]
    return problems + _fetch_problems(card)


def _fetch_problems(card: Card) -> list[str]:
    fetch = card.fetch
    if fetch.how == "by hand":
        problems = [] if fetch.instructions else ["fetch: by hand, but there are no instructions"]
        return problems + (["fetch: by hand, but there are adapters"] if fetch.adapters else [])
    problems = [] if fetch.adapters and fetch.basis else ["fetch: files need adapters and a basis"]
    known = {source.repository for source in card.sources}
    for adapter in fetch.adapters:
        if adapter.repository not in known and (adapter.repository or not card.sources):
            problems.append(f"fetch: {adapter.repository!r} is not among the sources")
        problems += adapter.problems()
    return problems
