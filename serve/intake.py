"""Where posts come in: read, judged, and what was found is stored, in one transaction a batch.

Posts that concern nobody on the roster are counted and forgotten. Nothing here knows who sent the posts or what they
will be told; `serve.backlog` does the same work later, for callers who are not told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from detector.domain import Post, Rejected
from detector.stream.native import BadRecordError, post_from_json
from detector.stream.pipeline import Judged, to_store
from serve.live_roster import LiveRoster
from serve.parts import Clock, Parts

SOURCE = "api"
SLICE = 200
"""Posts judged at a time: between slices, others get their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a batch. `new` counts the flags that were not stored before."""

    posts: int
    judged: tuple[Judged, ...]
    rejected: tuple[Rejected, ...]
    new: int


@dataclass(slots=True)
class Intake:
    """Takes batches of raw native records in, from any thread."""

    parts: Parts
    clock: Clock
    _judging: Lock = field(default_factory=Lock)
    _roster: LiveRoster = field(init=False)

    def __post_init__(self) -> None:
        self._roster = LiveRoster(self.parts.store)

    def take(self, records: Sequence[bytes]) -> Receipt:
        """Judge a batch and store what it led to. `Rejected.line` is the record's place in the batch, from 1.

        Raises:
            StoreError: It could not be stored; nothing of it was.
        """
        read = [_read(number, record) for number, record in enumerate(records, start=1)]
        numbered = [(number, post) for number, post in enumerate(read, start=1) if isinstance(post, Post)]
        rejected = [one for one in read if isinstance(one, Rejected)]
        judged: list[Judged] = []
        for start in range(0, len(numbered), SLICE):
            found, failed = self._judge(numbered[start : start + SLICE])
            judged += found
            rejected += failed
        rejected.sort(key=lambda one: one.line)
        posts = len(records) - len(rejected)
        kept = to_store(posts, judged, rejected, flag_id=self.parts.flag_id, at=self.clock())
        new = self.parts.store.save(kept)
        return Receipt(posts=posts, judged=tuple(judged), rejected=tuple(rejected), new=new)

    def _judge(self, numbered: Sequence[tuple[int, Post]]) -> tuple[list[Judged], list[Rejected]]:
        """Judge some posts; where that fails, one by one, so that one bad post does not take others with it."""
        with self._judging:
            self._follow_roster()
            try:
                return self.parts.pipeline.judge([post for _, post in numbered]), []
            except Exception as error:  # noqa: BLE001 - the per-record guard: one post must not cost its neighbours
                if len(numbered) == 1:
                    reason = f"could not be judged ({type(error).__name__})"
                    return [], [Rejected(line=numbered[0][0], reason=reason, source=SOURCE)]
        parts = [self._judge([one]) for one in numbered]
        return [one for found, _ in parts for one in found], [one for _, failed in parts for one in failed]

    def _follow_roster(self) -> None:
        roster = self._roster.changed(now=self.clock())
        if roster is not None:
            self.parts.pipeline.roster = roster

    def prepare(self) -> None:
        """Compile the roster now, so that the first batch does not wait for it."""
        with self._judging:
            self._follow_roster()


def _read(number: int, record: bytes) -> Post | Rejected:
    try:
        return post_from_json(record)
    except BadRecordError as error:
        return Rejected(line=number, reason=str(error), source=SOURCE)
