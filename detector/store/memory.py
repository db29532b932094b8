"""The in-memory twin: a full store without a file, for tests and for trying things out. It passes the same exam.

Nothing is encrypted here, since nothing is at rest.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from threading import RLock

from detector.domain import AccountId, Decision, Defender, DefenderId, FlagId, PostId, Rejected
from detector.errors import StoreError
from detector.store.cursor import Place, read_cursor, write_cursor
from detector.store.protocols import Batch, Credential, Facets, FlagPage, FlagQuery, StoredFlag


class MemoryStore:
    """A `Store` in dictionaries."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._flags: dict[FlagId, StoredFlag] = {}
        self._decisions: dict[FlagId, list[Decision]] = {}
        self._defenders: dict[DefenderId, Defender] = {}
        self._roster_version = 0
        self._credentials: dict[str, Credential] = {}
        self._counts: Counter[str] = Counter()
        self._rejected: list[Rejected] = []

    def is_ready(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Nothing to let go of."""

    def save(self, batch: Batch) -> int:
        """Write a batch; return how many flags were new."""
        with self._lock:
            given = {flag.id: flag for flag in reversed(batch.flags)}
            new = {one: StoredFlag(flag=flag, status="open") for one, flag in given.items() if one not in self._flags}
            self._flags |= new
            self._counts.update(batch.counts)
            self._rejected += batch.rejected
            return len(new)

    def flag(self, flag_id: FlagId) -> StoredFlag | None:
        """One flag, or None."""
        return self._flags.get(flag_id)

    def flags(self, query: FlagQuery) -> FlagPage:
        """A page of flags."""
        found = sorted(self._matching(query), key=_order)
        place = read_cursor(query.cursor)
        after = found if place is None else [stored for stored in found if _order(stored) > place]
        shown = after[: query.limit]
        following = write_cursor(Place.of(shown[-1].flag)) if len(after) > query.limit else None
        return FlagPage(flags=tuple(shown), total=len(found), next_cursor=following)

    def _matching(self, query: FlagQuery) -> list[StoredFlag]:
        with self._lock:
            return [stored for stored in self._flags.values() if _matches(stored, query)]

    def facets(self, query: FlagQuery) -> Facets:
        """Counts for the filters beside a list."""

        def count(without: FlagQuery, values: Callable[[StoredFlag], Iterable[str]]) -> Mapping[str, int]:
            return Counter(value for stored in self._matching(without) for value in values(stored) if value)

        return Facets(
            status=count(replace(query, status=None), lambda s: (s.status,)),
            risk=count(replace(query, risk=None), lambda s: (s.flag.assessment.risk,)),
            label=count(replace(query, label=None), lambda s: s.flag.assessment.flagged_labels),
            lang=count(replace(query, lang=None), lambda s: (s.flag.assessment.lang or "",)),
            defender=count(replace(query, defender_id=None), lambda s: (s.flag.assessment.mention.defender_id,)),
        )

    def flags_of_post(self, platform: str, post_id: PostId) -> tuple[StoredFlag, ...]:
        """All flags on a post, most urgent first."""
        return self._about(lambda s: (s.flag.assessment.platform, s.flag.assessment.post_id) == (platform, post_id))

    def flags_of_author(self, platform: str, author_id: AccountId) -> tuple[StoredFlag, ...]:
        """All flags on an account's posts, most urgent first."""

        def is_by(stored: StoredFlag) -> bool:
            post = stored.flag.post
            return post is not None and (stored.flag.assessment.platform, post.author.id) == (platform, author_id)

        return self._about(is_by)

    def _about(self, holds: Callable[[StoredFlag], bool]) -> tuple[StoredFlag, ...]:
        with self._lock:
            return tuple(sorted(filter(holds, self._flags.values()), key=_order))

    def decide(self, decision: Decision) -> bool:
        """Append; False where no such flag is stored."""
        with self._lock:
            stored = self._flags.get(decision.flag_id)
            if stored is None:
                return False
            self._decisions.setdefault(decision.flag_id, []).append(decision)
            self._flags[decision.flag_id] = replace(stored, status=decision.verdict.value)
            return True

    def decisions(self, flag_id: FlagId) -> tuple[Decision, ...]:
        """All decisions on a stored flag, oldest first."""
        return tuple(self._decisions.get(flag_id, ()))

    def put_defenders(self, defenders: Iterable[Defender]) -> int:
        """Insert or replace by id; return how many were given."""
        given = tuple(defenders)
        with self._lock:
            self._defenders |= {defender.id: defender for defender in given}
            self._roster_version += 1
        return len(given)

    def defenders(self) -> Iterator[Defender]:
        """All of them, by id."""
        with self._lock:
            kept = sorted(self._defenders.items())
        return (defender for _, defender in kept)

    def defender(self, defender_id: DefenderId) -> Defender | None:
        """One of them, or None."""
        return self._defenders.get(defender_id)

    def remove_defender(self, defender_id: DefenderId) -> bool:
        """Delete a defender and the flags about them."""
        with self._lock:
            self._roster_version += 1
            gone = [i for i, s in self._flags.items() if s.flag.assessment.mention.defender_id == defender_id]
            for flag_id in gone:
                del self._flags[flag_id]
                self._decisions.pop(flag_id, None)
            return self._defenders.pop(defender_id, None) is not None

    def roster_version(self) -> int:
        """A number that grows with every change of the roster."""
        return self._roster_version

    def add_credential(self, credential: Credential) -> None:
        """Keep a new one."""
        with self._lock:
            if credential.id in self._credentials or self.credential(credential.secret_hash):
                raise StoreError("A credential of this id or hash is kept already.")
            self._credentials[credential.id] = credential

    def credential(self, secret_hash: str) -> Credential | None:
        """Find by hash, expired or not, or None."""
        with self._lock:
            return next((c for c in self._credentials.values() if c.secret_hash == secret_hash), None)

    def credentials(self) -> tuple[Credential, ...]:
        """All, newest first."""
        with self._lock:
            by_id = sorted(self._credentials.values(), key=lambda credential: credential.id)
        return tuple(sorted(by_id, key=lambda credential: credential.created_at, reverse=True))

    def remove_credential(self, credential_id: str) -> bool:
        """Revoke; False where unknown."""
        with self._lock:
            return self._credentials.pop(credential_id, None) is not None

    def counts(self) -> Mapping[str, int]:
        """All counters by name."""
        return dict(self._counts)

    def rejected(self, limit: int = 100) -> tuple[Rejected, ...]:
        """The newest rejected records."""
        return tuple(islice(reversed(self._rejected), limit))


def _order(stored: StoredFlag) -> Place:
    return Place.of(stored.flag)


def _matches(stored: StoredFlag, query: FlagQuery) -> bool:
    assessment = stored.flag.assessment
    wanted = (
        (query.status, stored.status),
        (query.risk, assessment.risk),
        (query.lang, assessment.lang or ""),
        (query.defender_id, assessment.mention.defender_id),
    )
    return all(want in (None, have) for want, have in wanted) and query.label in (None, *assessment.flagged_labels)
