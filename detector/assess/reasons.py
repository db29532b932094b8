"""Reasons: the codes by which a reviewer says why a flag was confirmed, dismissed, left open or escalated.

Reads `data/reasons.toml` once. Decides nothing and stores nothing; a decision may also carry no reason.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from detector.domain import Verdict
from detector.errors import PolicyError
from detector.shelf import DATA

REASONS = DATA / "reasons.toml"

_KEYS = frozenset({"title", "verdicts", "text"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason that may be given with some verdicts. `code` is what a decision stores."""

    code: str
    title: str
    verdicts: tuple[Verdict, ...]
    text: str


@cache
def reasons() -> tuple[Reason, ...]:
    """The reasons that ship with the product, in the order in which they are offered."""
    return read_reasons(REASONS)


def read_reasons(path: Path) -> tuple[Reason, ...]:
    """Read a file of reasons.

    Raises:
        PolicyError: The file cannot be read or is not TOML, or a reason lacks a key, has an unknown one or names an
            unknown verdict; the message names the code.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError("The file of reasons could not be opened or is not TOML.") from error
    return tuple(_reason(code, entry) for code, entry in raw.items())


def _reason(code: str, raw: Mapping[str, Any]) -> Reason:
    if not isinstance(raw, dict) or set(raw) != _KEYS:
        raise PolicyError(f"The reason {code} must have the keys {', '.join(sorted(_KEYS))} and no others.")
    verdicts = raw["verdicts"]
    if not isinstance(verdicts, list) or not verdicts or not set(verdicts) <= set(Verdict):
        raise PolicyError(f"The reason {code} must list verdicts: {', '.join(Verdict)}.")
    title, text = str(raw["title"]), str(raw["text"])
    return Reason(code=code, title=title, verdicts=tuple(map(Verdict, verdicts)), text=text)
