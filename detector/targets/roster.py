"""The roster, compiled: from a hit in a text to the defenders whom it may name, and from a handle to who bears it.

Compiling 100,000 defenders takes seconds, so it is done once; a compiled roster is immutable. Whoever's consent has
expired is left out. Holds names in clear while it lives: keep it in memory only.
"""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from ahocorasick_rs import AhoCorasick, Implementation

from detector.domain import ANY_PLATFORM, Defender, DefenderId, DefenderKind
from detector.normalize import normalize
from detector.targets.names import Lead, Sound, forms, leads, skeleton_patterns


@dataclass(frozen=True, slots=True, repr=False)
class Roster:
    """Compiled lookup. Build with `compile_roster`. Its `repr` names nobody."""

    ids: tuple[DefenderId, ...]
    kinds: tuple[DefenderKind, ...]
    handles: Mapping[str, tuple[tuple[str, int], ...]]
    folded: AhoCorasick
    leads: tuple[Sequence[Lead], ...]
    skeletons: AhoCorasick
    sounds: tuple[Sequence[Sound], ...]
    _places: Mapping[DefenderId, int]

    def __len__(self) -> int:
        return len(self.ids)

    def kind(self, defender_id: DefenderId) -> DefenderKind:
        """Whether a defender is a person or an organisation."""
        return self.kinds[self._places[defender_id]]

    def by_handle(self, platform: str, handle: str) -> tuple[int, ...]:
        """Places of the defenders who bear a handle on a platform."""
        key = handle_key(handle)
        return tuple(place for where, place in self.handles.get(key, ()) if where in (platform, ANY_PLATFORM))


def handle_key(handle: str) -> str:
    """A handle as it is compared: without @, without case, look-alikes and invisible letters undone."""
    bare = handle.removeprefix("@")
    return bare.lower() if bare.isascii() else normalize("@" + bare).text.removeprefix("@")


def compile_roster(defenders: Iterable[Defender], *, now: datetime) -> Roster:
    """Compile the defenders whose consent holds now (or who never gave it an end)."""
    kept = tuple(d for d in defenders if d.consent is None or d.consent.is_valid(at=now))
    with _no_collecting():
        return _compiled(kept)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Half a million small values are made and all are kept: looking for garbage among them takes a third of it.

    They are kept out of later searches, too (`gc.freeze`): none is part of a cycle, so counting references frees them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # what was made stays: no later search for garbage need walk through it
        if was_enabled:
            gc.freeze()
            gc.enable()


def _compiled(kept: tuple[Defender, ...]) -> Roster:
    handles: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for place, defender in enumerate(kept):
        for handle in defender.handles:
            handles[handle_key(handle.handle)].append((handle.platform, place))
    all_forms = tuple(forms(kept))
    by_pattern: defaultdict[str, list[Lead]] = defaultdict(list)
    for form in all_forms:
        for pattern, lead in leads(form):
            by_pattern[pattern].append(lead)
    by_skeleton: defaultdict[str, list[Sound]] = defaultdict(list)
    for pattern, sound in skeleton_patterns(all_forms):
        by_skeleton[pattern].append(sound)
    return Roster(
        ids=tuple(defender.id for defender in kept),
        kinds=tuple(defender.kind for defender in kept),
        handles={key: tuple(entries) for key, entries in handles.items()},
        folded=_automaton(by_pattern),
        leads=tuple(by_pattern.values()),
        skeletons=_automaton(by_skeleton),
        sounds=tuple(by_skeleton.values()),
        _places={defender.id: place for place, defender in enumerate(kept)},
    )


def _automaton(patterns: Iterable[str]) -> AhoCorasick:
    return AhoCorasick(list(patterns), implementation=Implementation.ContiguousNFA)
