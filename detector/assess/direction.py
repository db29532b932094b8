"""Direction: whom a hostile word is aimed at, the defender or somebody else in the same post.

By nearness, sentence by sentence, and by address. A rule of thumb that a reviewer can follow with a finger; grammar is
left to a later model.
"""

from detector.assess.places import Places
from detector.assess.scene import Scene
from detector.domain import Label, Span

ELSEWHERE = 0.15
"""What a hostile word counts that is aimed at somebody else."""

UNCLEAR = 0.75
"""What it counts where the defender is named in another sentence or not at all."""

NEAR = 60
"""Letters within which a word is near a name."""

_OF_PERSONS = frozenset({Label.INSULT, Label.THREAT, Label.HATE})
"""Labels whose words may be meant for "the minister"; smears name such parties as paymasters and lovers instead."""


def aim(scene: Scene, label: Label, span: Span) -> float:
    """How far a hostile place is aimed at the defender: 1 surely, `UNCLEAR`, or `ELSEWHERE`."""
    near = scene.targets.nearest(span, scene.ruler)
    away = _nearer(
        scene.others.nearest(span, scene.ruler),
        scene.parties.nearest(span, scene.ruler) if label in _OF_PERSONS else None,
    )
    if near is None:
        return ELSEWHERE if away is not None and away < 20 else UNCLEAR + (1 - UNCLEAR) * scene.speaks_to_defender
    if away is not None and away < near:
        return ELSEWHERE
    return 1.0 if near <= NEAR else UNCLEAR


def _nearer(*distances: int | None) -> int | None:
    return min((distance for distance in distances if distance is not None), default=None)


def hostile_places(scene: Scene, words: tuple[Span, ...], label: Label) -> tuple[Span, ...]:
    """Places that speak for a label: cues, and the words that moved the model, outside the defender's own name."""
    cues = tuple(span for one, span in scene.hostile if one is label)
    taken = Places(cues)
    return (*cues, *(word for word in words if not scene.targets.overlap(word) and not taken.overlap(word)))


def mean_aim(scene: Scene, label: Label, places: tuple[Span, ...]) -> float | None:
    """Mean aim of some places; None where there are none."""
    return sum(aim(scene, label, place) for place in places) / len(places) if places else None
