"""Stance: how the author stands to the hostile words: reporting, quoting, condemning, denying, joking, supporting.

Each stance lowers the log-odds of the labels to which it is an innocent reading. Which labels those are is a ruling of
the taxonomy and stands here; how much, the policy says.
"""

from collections.abc import Iterator, Sequence

from detector.assess.cues import Category
from detector.assess.scene import Scene
from detector.assess.shift import Shift
from detector.domain import Label, Span

_ALL = frozenset(Label)
_WORDS = _ALL - {Label.DOXXING}
"""A friendly or distant tone does not undo doxxing."""

ASIDE = 0.4
"""What support counts that stands farther from the defender than the hostile words."""

_READINGS: tuple[tuple[Category, str, frozenset[Label]], ...] = (
    (Category.REPORTING, "reporting", _ALL),
    (Category.CONDEMNATION, "condemnation", _ALL),
    (Category.SUPPORT, "support", _WORDS),
    # "Only asking" is how a smear insinuates: a question is no excuse there.
    (Category.QUESTION, "question", _WORDS - {Label.SMEAR, Label.INCITEMENT}),
    (Category.JOKE, "joke", _WORDS - {Label.SMEAR, Label.SEXUAL}),
    (Category.NEGATION, "negation_or_correction", _WORDS),
    (Category.OFFICIAL_DISTANCE, "official_distance", _WORDS),
)


def stances(scene: Scene, *, is_news: bool) -> Iterator[Shift]:
    """The stances that the text shows, as shifts. One cue counts 0.6, each further one 0.2 more, up to 1."""
    for category, name, labels in _READINGS:
        places = scene.places(category)
        if places:
            value = _value(len(places)) * (
                ASIDE if category is Category.SUPPORT and _is_for_another(places, scene) else 1
            )
            yield Shift(name=name, value=value, labels=_widened(category, labels, scene), evidence=places[0])
    quoted = [span for _, span in scene.hostile if scene.is_quoted(span)]
    if quoted:
        yield Shift(name="quotation", value=_share(quoted, scene), labels=_WORDS, evidence=quoted[0])
    if is_news:
        yield Shift(name="news_account", value=1.0, labels=_ALL)


def _widened(category: Category, labels: frozenset[Label], scene: Scene) -> frozenset[Label]:
    """Friends call each other thieves to their faces, and laugh: a smear is told to an audience, without a "you"."""
    to_the_face = category is Category.JOKE and scene.places(Category.SECOND_PERSON)
    return labels | {Label.SMEAR} if to_the_face else labels


def _is_for_another(praise: tuple[Span, ...], scene: Scene) -> bool:
    """Whether all praise stands farther from the defender than the hostile words: "A is great; B is a clown"."""
    if not (scene.targets and scene.hostile):
        return False
    return _from_defender(praise, scene) > _from_defender([span for _, span in scene.hostile], scene)


def _from_defender(spans: Sequence[Span], scene: Scene) -> int:
    """Distance between the defender and the nearest of some places, both of which there must be."""
    return min(scene.targets.nearest(span, scene.ruler) or 0 for span in spans)


def _value(count: int) -> float:
    return min(1.0, 0.4 + 0.2 * count)


def _share(quoted: list[Span], scene: Scene) -> float:
    return len(quoted) / len(scene.hostile)
