"""Batches that are worked off later, by one thread, so that a caller is answered before anything is judged.

Neither the answer nor its timing then tells whether anybody on the roster was mentioned. A batch rests for a random
while before it is worked on: judging what does concern somebody takes longer, and would slow down the very answer, or
the next one at a time that the caller could foresee. (What is left is the load of the machine, which tells little where
there is other traffic; give feeds you do not trust a service of their own.) What waits is in memory only
and bounded in bytes: posts that concern nobody are never written anywhere. A graceful stop works the backlog off; a
crash loses it, and a feed may send it again, because flags are idempotent. What is lost is counted and said in the log.
"""

import logging
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition, Thread

Records = Sequence[bytes]

PAUSES = (0.5, 2.0, 10.0)
"""Seconds to wait before each new try at a batch that failed; after the last, it is lost."""

REST = (0.2, 2.0)
"""Seconds that a batch rests, at least and at most."""

_log = logging.getLogger("serve.backlog")


def _random_rest() -> float:
    return random.SystemRandom().uniform(*REST)


@dataclass(slots=True)
class Backlog:
    """A bounded queue and its thread. `capacity` is in bytes; `work` deals with one batch and may raise.

    `rest` gives the seconds that one batch rests before it is worked on; a stop cuts all rest and pauses short.
    """

    work: Callable[[Records], object]
    capacity: int
    pauses: tuple[float, ...] = PAUSES
    rest: Callable[[], float] = _random_rest
    timer: Callable[[], float] = time.monotonic
    lost: int = 0
    _batches: deque[tuple[float, Records]] = field(default_factory=deque)
    _bytes: int = 0
    _busy: bool = False
    _stopping: bool = False
    _changed: Condition = field(default_factory=Condition)
    _thread: Thread | None = None

    def put(self, records: Records) -> bool:
        """Put a batch by; False where there is no room, or no time any more."""
        size = sum(map(len, records))
        with self._changed:
            full = self._bytes + size > self.capacity and self._bytes > 0
            if self._stopping or full:
                return False
            self._batches.append((self.timer() + self.rest(), records))
            self._bytes += size
            if self._thread is None:
                self._thread = Thread(target=self._run, name="backlog", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return True

    def __len__(self) -> int:
        """How many batches wait or are being worked on."""
        return len(self._batches) + self._busy

    def wait(self, seconds: float) -> bool:
        """Wait until nothing waits any more; False where that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._batches and not self._busy, seconds)

    def stop(self, seconds: float) -> None:
        """Take no more, work off what waits, and say what could not be done in this time."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if not self.wait(seconds):
            _log.error("stopped with %d batches undone", len(self))

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._batches) or self._stopping)
                if not self._batches:
                    return
                due, _ = self._batches[0]
                self._changed.wait_for(lambda: self._stopping, max(0.0, due - self.timer()))
                _, records = self._batches.popleft()
                self._busy = True
            self._try(records)
            with self._changed:
                self._bytes -= sum(map(len, records))
                self._busy = False
                self._changed.notify_all()

    def _try(self, records: Records) -> None:
        for pause in (*self.pauses, None):
            try:
                self.work(records)
            except Exception as error:  # noqa: BLE001 - the thread's last handler: it must outlive whatever a batch does
                # The kind of error only: its message may hold what was sent.
                _log.warning("a batch of %d posts failed (%s)", len(records), type(error).__name__)
            else:
                return
            if pause is None:
                break
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, pause)
        self.lost += len(records)
        _log.error("a batch of %d posts is lost after %d tries", len(records), len(self.pauses) + 1)
