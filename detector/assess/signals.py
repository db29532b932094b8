"""Signals: the reasons for and against each label, found in a scene.

Small pure functions, one a kind of reason. What they find are shifts; `detector.assess.assess` adds them up.
"""

from collections.abc import Iterator, Mapping, Sequence

from detector.assess.cues import Category
from detector.assess.direction import ELSEWHERE, aim, hostile_places, mean_aim
from detector.assess.scene import Scene
from detector.assess.shift import Shift
from detector.assess.stance import stances
from detector.domain import DefenderKind, Label, Span

CUE_NAMES: Mapping[Label, str] = {
    Label.THREAT: "threat_words",
    Label.INCITEMENT: "incitement_words",
    Label.DOXXING: "private_detail",
    Label.SEXUAL: "sexual_words",
    Label.HATE: "dehumanising_words",
    Label.INSULT: "insult_words",
    Label.SMEAR: "smear_words",
}
"""The pattern signal that speaks for each label."""

_SPOKEN = frozenset({Label.THREAT, Label.INSULT, Label.SEXUAL, Label.HATE})
"""Labels that grow when said to somebody's face."""

QUOTED = 0.4
"""What a hostile place counts that stands in quotation marks."""

LONE = 0.4
"""What one word about home, family or routine counts where no number, hour or second detail makes it exact."""


def shifts(scene: Scene, words: Mapping[Label, tuple[Span, ...]], *, is_news: bool) -> tuple[Shift, ...]:
    """Every shift of a scene; `words` are the places that moved the model."""
    found = [*cue_shifts(scene), *direction_shifts(scene, words), *stances(scene, is_news=is_news)]
    return tuple(shift for shift in found if shift.value > 0)


def cue_shifts(scene: Scene) -> Iterator[Shift]:
    """Pattern signals: one cue aimed at the defender counts 0.6, more approach 1."""
    for label, name in CUE_NAMES.items():
        if label is Label.DOXXING and scene.kind is DefenderKind.ORGANISATION and not _is_of_staff(scene):
            continue
        places = [span for one, span in scene.hostile if one is label]
        exact = LONE if label is Label.DOXXING and _is_vague(scene, places) else 1.0
        counts = {place: exact * _count(scene, label, place) for place in places}
        if counts:
            best = max(places, key=lambda place: counts[place])
            yield Shift(name=name, value=1 - 0.4 ** sum(counts.values()), labels=frozenset({label}), evidence=best)


def _count(scene: Scene, label: Label, place: Span) -> float:
    return aim(scene, label, place) * (QUOTED if scene.is_quoted(place) else 1.0)


def _is_vague(scene: Scene, places: Sequence[Span]) -> bool:
    if len(places) > 1:
        return False
    words = (word for word in scene.post.text.split() if "@" not in word and "://" not in word)
    return not any(any(map(str.isdecimal, word)) for word in words)


def _is_of_staff(scene: Scene) -> bool:
    """An organisation has no private life, its staff have: two details are asked for instead of one."""
    return sum(label is Label.DOXXING for label, _ in scene.hostile) > 1


def direction_shifts(scene: Scene, words: Mapping[Label, tuple[Span, ...]]) -> Iterator[Shift]:
    """Whom the hostile places of each label are aimed at, and whether they are said to the defender's face."""
    for label in Label:
        places = hostile_places(scene, words.get(label, ()), label)
        mean = mean_aim(scene, label, places)
        if mean is None:
            continue
        only = frozenset({label})
        if mean < 0.5:
            value = (1 - mean) / (1 - ELSEWHERE)
            yield Shift(name="aimed_elsewhere", value=min(1.0, value), labels=only, evidence=places[0])
        elif scene.targets:
            yield Shift(name="aimed_at_defender", value=mean, labels=only, evidence=places[0])
        if mean >= 0.5 and label in _SPOKEN:
            yield from _spoken(scene, label)
    yield from _threat_with_detail(scene)


def _spoken(scene: Scene, label: Label) -> Iterator[Shift]:
    you = scene.places(Category.SECOND_PERSON)
    if not (you and scene.speaks_to_defender):
        return
    yield Shift(name="addressed", value=1.0, labels=frozenset({label}), evidence=you[0])
    threats = [span for one, span in scene.hostile if one is Label.THREAT]
    if label is Label.THREAT and threats:
        yield Shift(name="addressed_threat", value=1.0, labels=frozenset({label}), evidence=threats[0])


def _threat_with_detail(scene: Scene) -> Iterator[Shift]:
    details = [span for label, span in scene.hostile if label is Label.DOXXING]
    if details and any(label is Label.THREAT for label, _ in scene.hostile):
        labels = frozenset({Label.THREAT, Label.DOXXING})
        yield Shift(name="threat_with_detail", value=1.0, labels=labels, evidence=details[0])
