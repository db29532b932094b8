"""Where a page of flags ends: rank and id of its last flag, as an opaque piece of text."""

import base64
import binascii
from dataclasses import dataclass

from detector.domain import Flag
from detector.errors import UsageError

MILLION = 1_000_000
_FOREIGN = "The cursor is not one that was given out here."


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the order of flags: by rank, then id. Rank 0 is the most urgent, a million the least.

    A rank is a priority turned round, in millionths: whole numbers are the same on every engine, and rising in both
    parts an index can be entered at any place.
    """

    rank: int
    flag_id: str

    @classmethod
    def of(cls, flag: Flag) -> "Place":
        """Where a flag stands."""
        return cls(MILLION - round(flag.assessment.priority * MILLION), flag.id)


def write_cursor(place: Place) -> str:
    """The place as text for an address."""
    return base64.urlsafe_b64encode(f"{place.rank}:{place.flag_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> Place | None:
    """The place behind a cursor.

    Raises:
        UsageError: It is not a cursor of ours.
    """
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        rank, flag_id = raw.split(":", 1)
        place = Place(int(rank), flag_id)
    except (binascii.Error, ValueError) as error:
        raise UsageError(_FOREIGN) from error
    # Only what was given out comes back in: no number too large for a column, no second spelling.
    if not 0 <= place.rank <= MILLION or "\0" in flag_id or write_cursor(place) != cursor:
        raise UsageError(_FOREIGN)
    return place
