"""Reads a TOML file into a strict shape: what cannot be read, or is not as the shape says, is one clear error.

A file may say `like = "OTHER.toml"` (beside it): it then is that file, with its own keys in the place of the other's.
"""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from detector.errors import DetectorError

Shape = TypeVar("Shape")

LIKE = "like"
MOST_LIKE = 4
"""Files that may follow one another in this way."""


def read_strict(path: Path, shape: type[Shape], *, what: str, wrong: type[DetectorError]) -> Shape:
    """A TOML file as a value of a shape.

    Args:
        path: The file.
        shape: Any type that msgspec converts to.
        what: How an error begins: "The recipe".
        wrong: The error to raise.

    Raises:
        DetectorError: Of the kind `wrong`: the file cannot be read, is not TOML, or is not of the shape.
    """
    try:
        return msgspec.convert(_whole(path, MOST_LIKE), shape)
    except (OSError, ValueError, msgspec.ValidationError) as error:  # bad TOML and bad UTF-8 are ValueErrors
        raise wrong(f"{what} {path} cannot be used: {error}") from error


def _whole(path: Path, most: int) -> dict[str, Any]:
    own = tomllib.loads(path.read_text(encoding="utf-8"))
    like = own.pop(LIKE, None)
    if like is None:
        return own
    if not isinstance(like, str) or Path(like).name != like or not most:
        raise ValueError(f"{LIKE} must name a file beside it, and not go round in a circle")
    return _whole(path.with_name(like), most - 1) | own
