"""What is doubtful about a roster: aliases that are ordinary words or very short, duplicates, consent, handles.

Warnings help whoever keeps the roster; none of them stops a run. They name the entry and the alias's place, not the
alias: what is printed may be read over a shoulder.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from detector.domain import Defender, DefenderId
from detector.targets.common_words import is_common
from detector.targets.folding import fold_words
from detector.targets.scripts import UNSPACED, Script, word_script

SHORTEST = 4
"""Letters below which an alias is found in too many words. Scripts of syllables and signs need two."""

_DENSE = UNSPACED | {Script.HANGUL}


@dataclass(frozen=True, slots=True)
class RosterWarning:
    """One doubtful thing about one defender."""

    defender_id: DefenderId
    message: str


def check(defenders: Iterable[Defender], *, now: datetime) -> tuple[RosterWarning, ...]:
    """All warnings, in the roster's order."""
    kept = tuple(defenders)
    shared = _shared(kept)
    return tuple(
        RosterWarning(defender.id, message)
        for defender in kept
        for message in (*_names(defender), *_handles(defender), *_consent(defender, now), *shared[defender.id])
    )


def _names(defender: Defender) -> Iterator[str]:
    for place, alias in enumerate(defender.aliases, start=1):
        words = fold_words(alias)
        folded = "".join(words)
        if not folded:
            yield f"alias {place} has no letter and is never found"
            continue
        shortest = 2 if word_script(folded) in _DENSE else SHORTEST
        if len(folded) < shortest:
            yield f"alias {place} is shorter than {shortest} letters"
        if len(words) == 1 and is_common(folded):
            yield f"alias {place} is also an ordinary word: alone it counts only with support (handle, reply, thread)"
    if len(fold_words(defender.name)) == 1 and is_common(fold_words(defender.name)[0]):
        yield "the name is a single ordinary word: add a fuller one"


def _handles(defender: Defender) -> Iterator[str]:
    for place, handle in enumerate(defender.handles, start=1):
        if not handle.platform:
            yield f'handle {place} is on no platform: name one, or "*" for any'
    if not defender.handles:
        yield "no handle: replies and mentions by handle cannot be found"


def _consent(defender: Defender, now: datetime) -> Iterator[str]:
    consent = defender.consent
    if consent is None or consent.given_at is None:
        yield "no consent is recorded: ask before watching over anybody"
    elif not consent.is_valid(at=now):
        yield "consent has expired: this defender is not matched"


def _shared(defenders: tuple[Defender, ...]) -> defaultdict[DefenderId, list[str]]:
    """Names, aliases and handles that two defenders have in common."""
    owners: defaultdict[tuple[str, str], dict[DefenderId, None]] = defaultdict(dict)
    for defender in defenders:
        for name in (defender.name, *defender.aliases):
            owners["name or alias", " ".join(fold_words(name))][defender.id] = None
        for handle in defender.handles:
            owners["handle", f"{handle.platform}:{handle.handle.casefold()}"][defender.id] = None
    messages: defaultdict[DefenderId, list[str]] = defaultdict(list)
    for (what, value), ids in owners.items():
        if value and len(ids) > 1:
            for one in ids:
                others = ", ".join(other for other in ids if other != one)
                messages[one].append(f"shares a {what} with {others}")
    return messages
