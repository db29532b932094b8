"""Draws invented people: a name and a handle for each placeholder of a corpus post.

The names lie in `data/names.toml`. A person drawn is nobody: given and family names are put together at random.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

import msgspec
from anyascii import anyascii

from detector.errors import InputError
from detector.shelf import DATA
from training.strict_toml import read_strict


class Names(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A language's names. `family_first`: order of a full name; `joined`: written without a space."""

    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    organisations: tuple[str, ...]
    family_first: bool = False
    joined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody drawn: a full name (an organisation's name too), its short form, and a handle without @."""

    name: str
    short: str
    handle: str


@cache
def all_names() -> Mapping[str, Names]:
    """Names by language.

    Raises:
        InputError: The shelf's file is not as it should be.
    """
    return read_strict(DATA / "names.toml", dict[str, Names], what="The file", wrong=InputError)


def draw_person(lang: str, who: str, chance: Random) -> Person:
    """Somebody invented.

    Args:
        lang: The language of the post; one without names of its own takes English ones.
        who: "woman", "man" or "organisation".
        chance: Source of randomness.
    """
    names = all_names().get(lang) or all_names()["en"]
    if who == "organisation":
        name = chance.choice(names.organisations)
        return Person(name=name, short=name, handle=_handle(name, chance))
    given = chance.choice(names.women if who == "woman" else names.men)
    family = chance.choice(names.families)
    order = (family, given) if names.family_first else (given, family)
    name = ("" if names.joined else " ").join(order)
    return Person(name=name, short=given if chance.random() < 0.5 else family, handle=_handle(name, chance))


def _handle(name: str, chance: Random) -> str:
    plain = "".join(c for c in anyascii(name).lower().replace(" ", "_") if c.isalnum() or c == "_")[:18]
    return f"{plain or 'somebody'}{chance.choice(('', '_', str(chance.randrange(100)), '_hr'))}"
