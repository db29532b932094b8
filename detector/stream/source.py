"""The one interface of every source of posts: batches with an offset, and a commit.

A record that cannot be read is a `Rejected` value in its batch, not an exception: the run goes on and nothing is lost
silently. Offsets are opaque; commit one only after what the batch led to is stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from detector.domain import Post, Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBatch:
    """Some consecutive records of a stream; `offset` is the place after the last one.

    `progress` is the share of the input read so far (0-1), or None where its size is unknown.
    """

    posts: tuple[Post, ...]
    rejected: tuple[Rejected, ...]
    offset: str
    progress: float | None = None


class Source(Protocol):
    """Yields batches until the stream ends (a file) or the caller stops (a live stream)."""

    def batches(self) -> Iterator[SourceBatch]:
        """Batches in the stream's order."""

    def commit(self, offset: str) -> None:
        """Remember that everything up to here is dealt with."""
