"""The store's roster, compiled, and compiled anew when it has changed.

The store counts its changes, and asking for that count is one small query; so a defender who is added or removed by
another process is matched, or no longer matched, from the next batch on. Consent that runs out is a change too, which
no counter shows: the roster is also compiled anew when the next consent ends. Not for several threads at once.
"""

from dataclasses import dataclass
from datetime import datetime

from detector.store.protocols import RosterShelf
from detector.targets.roster import Roster, compile_roster


@dataclass(slots=True)
class LiveRoster:
    """Follows the roster of a store."""

    shelf: RosterShelf
    _version: int | None = None
    _ends: datetime | None = None

    def changed(self, *, now: datetime) -> Roster | None:
        """The roster as it is now, or None where it is as it was when last asked."""
        version = self.shelf.roster_version()
        if version == self._version and (self._ends is None or now < self._ends):
            return None
        defenders = tuple(self.shelf.defenders())
        roster = compile_roster(defenders, now=now)
        ends = (d.consent.expires_at for d in defenders if d.consent and d.consent.expires_at)
        self._ends = min((moment for moment in ends if moment > now), default=None)
        # The version was read before the defenders: a change in between is seen next time, never missed.
        self._version = version
        return roster
