"""Failed sign-ins, counted by address, so that guessing is slow and nobody else is locked out by it.

In memory and bounded: the address that was longest quiet is forgotten first. IPv6 addresses count by /64, since one
household has as many as it likes. Tokens hold 256 random bits; this keeps noise away, it is not what keeps guesses out.
"""

import ipaddress
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock


@dataclass(slots=True)
class Attempts:
    """Counts failures within a window. `most` failures are free; the next is to wait."""

    most: int = 10
    window: timedelta = timedelta(minutes=5)
    addresses: int = 10_000
    _failures: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, address: str, *, now: datetime) -> int:
        """Seconds that this address has to wait; 0 where it may try."""
        with self._lock:
            failures = self._failures.get(_network(address))
            if not failures or len(failures) < self.most or failures[0] + self.window <= now:
                return 0
            return int((failures[0] + self.window - now).total_seconds()) + 1

    def fail(self, address: str, *, now: datetime) -> None:
        """Count one failure."""
        network = _network(address)
        with self._lock:
            self._failures.setdefault(network, deque(maxlen=self.most)).append(now)
            self._failures.move_to_end(network)
            if len(self._failures) > self.addresses:
                self._failures.popitem(last=False)

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._failures)


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        # An IPv4 address in IPv6 clothes must not share its /64 with all others of its kind.
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
