"""Where a page of flags ends: priority and id of its last flag, as an opaque piece of text."""

import base64
import binascii
from dataclasses import dataclass

from detector.domain import Flag
from detector.errors import UsageError

MILLION = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the order of flags: priority in millionths, highest first, then id."""

    priority: int
    flag_id: str

    @classmethod
    def of(cls, flag: Flag) -> "Place":
        """Where a flag stands."""
        return cls(round(flag.assessment.priority * MILLION), flag.id)


def write_cursor(place: Place) -> str:
    """The place as text for an address."""
    return base64.urlsafe_b64encode(f"{place.priority}:{place.flag_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> Place | None:
    """The place behind a cursor.

    Raises:
        UsageError: It is not a cursor of ours.
    """
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        priority, flag_id = raw.split(":", 1)
        return Place(int(priority), flag_id)
    except (binascii.Error, ValueError) as error:
        raise UsageError("The cursor is not one that was given out here.") from error
