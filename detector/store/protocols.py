"""What a store can do, cut into narrow protocols: ask for the narrowest.

Two back ends pass one contract suite (`tests/contract/test_stores.py`): `sql.py` (SQLite, PostgreSQL) and its twin
`memory.py`. A store keeps what it is given; it never judges. Flags are idempotent by id, decisions append-only; names,
aliases, handles and post texts are encrypted at rest (`crypto.py`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from detector.domain import (
    AccountId,
    Decision,
    Defender,
    DefenderId,
    Flag,
    FlagId,
    Label,
    PostId,
    Rejected,
    Risk,
    Status,
)
from detector.errors import UsageError

MAX_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one transaction writes: new flags, counts to add, records that could not be read."""

    flags: tuple[Flag, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagQuery:
    """Which flags to list. None means any. Order: priority, highest first, then id.

    `cursor` is the opaque `next_cursor` of the page before; `limit` is 1-500.
    """

    status: Status | None = None
    label: Label | None = None
    risk: Risk | None = None
    lang: str | None = None
    defender_id: DefenderId | None = None
    cursor: str | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_PAGE:
            raise UsageError(f"A page holds 1 to {MAX_PAGE} flags.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFlag:
    """A flag with where it stands now."""

    flag: Flag
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagPage:
    """One page of flags, the number of all that match, and where the next page starts (None: nowhere)."""

    flags: tuple[StoredFlag, ...]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """How many flags match a query, by each thing one can filter on. A facet ignores its own filter."""

    status: Mapping[str, int]
    risk: Mapping[str, int]
    label: Mapping[str, int]
    lang: Mapping[str, int]
    defender: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A bearer token or a console session as stored: only the SHA-256 of the secret.

    `kind` is "token" or "session"; `scopes` come from the role at creation; `name` is a pseudonym shown on decisions.
    """

    id: str
    kind: str
    secret_hash: str
    role: str
    scopes: tuple[str, ...]
    name: str
    created_at: datetime
    expires_at: datetime | None = None


class BatchWriter(Protocol):
    """Writes what the pipeline found."""

    def save(self, batch: Batch) -> int:
        """Write a batch in one transaction; return how many flags were new (known ids are left as they are).

        Of several flags with one id in a batch, the first is kept.
        """


class FlagReader(Protocol):
    """Reads flags."""

    def flag(self, flag_id: FlagId) -> StoredFlag | None:
        """One flag, or None."""

    def flags(self, query: FlagQuery) -> FlagPage:
        """A page of flags."""

    def facets(self, query: FlagQuery) -> Facets:
        """Counts for the filters beside a list."""

    def flags_of_post(self, platform: str, post_id: PostId) -> tuple[StoredFlag, ...]:
        """All flags on a post, most urgent first: what to look at when the platform says that it is gone."""

    def flags_of_author(self, platform: str, author_id: AccountId) -> tuple[StoredFlag, ...]:
        """All flags on an account's posts, most urgent first; those whose post was not kept are not among them."""


class DecisionLog(Protocol):
    """Appends and reads decisions. There is no way to change or remove one."""

    def decide(self, decision: Decision) -> bool:
        """Append; False where no such flag is stored."""

    def decisions(self, flag_id: FlagId) -> tuple[Decision, ...]:
        """All decisions on a stored flag, oldest first. Those made before its defender was removed stay closed."""


class RosterShelf(Protocol):
    """Keeps defenders, encrypted."""

    def put_defenders(self, defenders: Iterable[Defender]) -> int:
        """Insert or replace by id; return how many were given."""

    def defenders(self) -> Iterator[Defender]:
        """All of them, by id."""

    def defender(self, defender_id: DefenderId) -> Defender | None:
        """One of them, or None."""

    def remove_defender(self, defender_id: DefenderId) -> bool:
        """Delete with flags and data key, so that no copy can be read again; False where unknown."""

    def roster_version(self) -> int:
        """A number that grows with every change of the roster: cheap to ask, tells when to compile anew."""


class CredentialShelf(Protocol):
    """Keeps tokens and sessions."""

    def add_credential(self, credential: Credential) -> None:
        """Keep a new one; a StoreError where its id or hash is taken."""

    def credential(self, secret_hash: str) -> Credential | None:
        """Find by hash, expired or not, or None."""

    def credentials(self) -> tuple[Credential, ...]:
        """All, newest first."""

    def remove_credential(self, credential_id: str) -> bool:
        """Revoke; False where unknown."""


class Counters(Protocol):
    """Running totals, such as posts read and mentions found."""

    def counts(self) -> Mapping[str, int]:
        """All counters by name."""

    def rejected(self, limit: int = 100) -> tuple[Rejected, ...]:
        """The newest rejected records."""


class Store(BatchWriter, FlagReader, DecisionLog, RosterShelf, CredentialShelf, Counters, Protocol):
    """Everything at once, for the place that composes the application; nobody else should ask for it."""

    def is_ready(self) -> bool:
        """Whether the store answers and its schema is current."""

    def close(self) -> None:
        """Let go of files and connections."""
