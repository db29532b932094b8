"""A bounded memory of which recent posts concerned a defender, so that a reply without a name can be understood.

Keeps ids only, of posts that concerned somebody on the roster: no text, no author, and the oldest is forgotten first.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from detector.domain import PostId

CAPACITY = 200_000
DEEPEST = 3
"""Replies to replies beyond this depth have usually moved on to something else."""


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """What a remembered post was about: a defender's place in the roster, and how many replies ago (0: their own)."""

    defender: int
    depth: int


@dataclass(slots=True)
class ThreadMemory:
    """Least recently seen posts are forgotten first. Feed posts in the stream's order."""

    capacity: int = CAPACITY
    _entries: OrderedDict[tuple[str, PostId], tuple[ThreadEntry, ...]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._entries)

    def remember(self, platform: str, post_id: PostId, entries: Iterable[ThreadEntry]) -> None:
        """Keep what a post was about."""
        kept = tuple(entry for entry in entries if entry.depth <= DEEPEST)
        if not kept:
            return
        self._entries[platform, post_id] = kept
        self._entries.move_to_end((platform, post_id))
        if len(self._entries) > self.capacity:
            self._entries.popitem(last=False)

    def about(self, platform: str, post_id: PostId) -> tuple[ThreadEntry, ...]:
        """What a post was about; nothing where it is not remembered."""
        return self._entries.get((platform, post_id), ())
