"""The reasons that a reviewer can give with a decision (`data/reasons.toml`). Which one holds is for people to say."""

import tomllib
from dataclasses import dataclass
from functools import cache

from detector.shelf import DATA


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A code that is stored, and its title for people."""

    code: str
    title: str


@cache
def reasons() -> tuple[Reason, ...]:
    """All reasons, in the order in which they are shown."""
    raw = tomllib.loads((DATA / "reasons.toml").read_text(encoding="utf-8"))
    return tuple(Reason(**entry) for entry in raw["reasons"])
