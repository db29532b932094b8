"""Reads a TOML file into a strict shape: what cannot be read, or is not as the shape says, is one clear error."""

import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from detector.errors import DetectorError

Shape = TypeVar("Shape")


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
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), shape)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise wrong(f"{what} {path} cannot be used: {error}") from error
