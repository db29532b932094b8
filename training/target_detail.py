"""The corpus figures in detail: by kind of post, by label, in twins, and for the other person in a post."""

from dataclasses import dataclass

import numpy as np

from training.examples import LABELS
from training.figures import area_under_curve
from training.intervals import Estimate, bootstrap, rate, weighted_area
from training.target_level import CorpusAnswers

OTHER_TARGET = "other_target"
"""The kind of posts that attack somebody else, with the defender in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFigure:
    """Posts of one kind, attacks or not: the share that is flagged."""

    kind: str
    attack: bool
    flagged: Estimate | None
    unscored: int


def kind_figures(answers: CorpusAnswers) -> list[KindFigure]:
    """For each kind of post, attacks first."""
    kinds = np.array([post.kind for post in answers.posts])
    scored, flags, truth = answers.target.scored, answers.target.decided, answers.truth
    names = sorted({(not attack, kind) for attack, kind in zip(truth.tolist(), kinds.tolist(), strict=True)})
    figures = []
    for other, kind in names:
        rows = (kinds == kind) & (truth != other)
        unscored = int((rows & ~scored).sum())
        figures.append(KindFigure(kind=kind, attack=not other, flagged=rate(flags[rows & scored]), unscored=unscored))
    return figures


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFigure:
    """One label: attacks of its kind that are flagged at all, and how well the label itself is told.

    `named` is the share of posts with the label of which this very label is flagged, `precision` the share of those
    with this label flagged that have it; `unscored` posts have no score for it.
    """

    label: str
    posts: int
    unscored: int
    flagged: Estimate | None
    named: Estimate | None
    precision: Estimate | None
    auc: Estimate | None


def label_figures(answers: CorpusAnswers) -> list[LabelFigure]:
    """For each label, among all posts."""
    return [_label_figure(answers, place, label) for place, label in enumerate(LABELS)]


def _label_figure(answers: CorpusAnswers, place: int, label: str) -> LabelFigure:
    truth = np.array([label in post.labels["T"] for post in answers.posts], np.bool_)
    chances, flags = answers.target.chances[:, place], answers.target.flags[:, place]
    scored = ~np.isnan(chances)
    whole = scored & truth
    both = bool(whole.any() and (scored & ~truth).any())
    ranked, marks, groups = chances[scored], truth[scored], answers.groups[scored]
    return LabelFigure(
        label=label,
        posts=int(truth.sum()),
        unscored=int((truth & ~scored).sum()),
        flagged=rate(answers.target.decided[truth & answers.target.scored]),
        named=rate(flags[whole]),
        precision=rate(truth[scored & flags]),
        auc=bootstrap(area_under_curve(marks, ranked), weighted_area(marks, ranked), groups) if both else None,
    )


def twins_right(answers: CorpusAnswers) -> dict[str, Estimate | None]:
    """For each language and "all", the share of twins of which both halves are decided rightly."""
    right = dict(zip([post.id for post in answers.posts], answers.target.decided == answers.truth, strict=True))
    scored = {post.id for post, known in zip(answers.posts, answers.target.scored, strict=True) if known}
    pairs: dict[str, list[bool]] = {"all": []}
    for post in answers.posts:
        if post.attack and post.id in scored and post.twin in scored:
            for name in ("all", post.lang):
                pairs.setdefault(name, []).append(bool(right[post.id] and right[post.twin]))
    return {name: rate(np.array(found, np.bool_)) for name, found in pairs.items()}


def wrong_targets(answers: CorpusAnswers) -> dict[str, Estimate | None]:
    """How often an attack on one person is taken for one on another.

    Keys: the defender flagged where somebody else is attacked; the other person flagged in attacks on the defender, and
    in posts that attack neither; and, to hold against these, attacks on the other person found when asked about them.
    """
    posts, target, other = answers.posts, answers.target, answers.other
    traps = np.array([post.kind == OTHER_TARGET and not post.attack for post in posts], np.bool_) & target.scored
    attacked = np.array([bool(post.labels["O"]) for post in answers.other_posts], np.bool_)
    defender = np.array([post.attack for post in answers.other_posts], np.bool_)
    asked = other.scored
    return {
        "the defender, where somebody else is attacked": rate(target.decided[traps]),
        "the other person, where the defender is attacked": rate(other.decided[asked & ~attacked & defender]),
        "the other person, where neither is attacked": rate(other.decided[asked & ~attacked & ~defender]),
        "right: the other person, where they are attacked": rate(other.decided[asked & attacked]),
    }
