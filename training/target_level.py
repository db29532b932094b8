"""Does a model see whom a post attacks? Figures on the defender corpus, one question for each person asked about.

Each post is asked about its defender `{T}`, with a name and a handle drawn for it; where it says what it does to the
other person, it is asked about `{O}`, too. The decision is "any label at or above its own threshold"; the ranking the
largest distance above a threshold. Posts of which no label was scored count in no rate, and are counted apart.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from detector.domain import Passage
from detector.text.model import TextModel
from training.answers import Answers, ask
from training.corpus import CorpusPost, draw
from training.figures import area_under_curve, balanced
from training.fit import Progress
from training.intervals import Estimate, bootstrap, group_numbers, halfway, rate, weighted_area

FEWEST = 15
"""Attacks and other posts that a language must have, each, to be named the worst."""

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFigure:
    """One slice: counts, and rates among the posts that were scored."""

    by: str
    slice: str
    posts: int
    attacks: int
    unscored: int
    recall: Estimate | None
    false_flags: Estimate | None
    balanced: Estimate | None
    auc: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusAnswers:
    """Answers: `target[i]` is about the defender of `posts[i]`, `other[i]` about `{O}` in `other_posts[i]`."""

    posts: Sequence[CorpusPost]
    target: Answers
    other_posts: Sequence[CorpusPost]
    other: Answers

    @property
    def truth(self) -> Truths:
        """Whether each post attacks its defender."""
        return np.array([post.attack for post in self.posts], np.bool_)

    @property
    def groups(self) -> npt.NDArray[np.int64]:
        """The same number for the two halves of a twin."""
        return group_numbers([group(post) for post in self.posts])


def group(post: CorpusPost) -> str:
    """What a post shares with its twin and with no other post."""
    return min(post.id, post.twin or post.id)


def select(
    posts: Iterable[CorpusPost], *, part: str | None, limit: int | None = None, seed: int = 0
) -> list[CorpusPost]:
    """The posts of a part, or of all parts.

    Args:
        posts: Any.
        part: "train", "dev", "test", or None for all.
        limit: About so many posts a language: whole twins, chosen by hash, so that the choice depends on nothing else.
        seed: Of that choice.
    """
    chosen = [post for post in posts if part is None or post.part == part]
    if limit is None:
        return chosen
    order = sorted(chosen, key=lambda post: hashlib.sha256(f"{seed}/{group(post)}".encode()).digest())
    kept: set[str] = set()
    counts: dict[str, int] = {}
    for post in order:
        if group(post) in kept or counts.get(post.lang, 0) < limit:
            kept.add(group(post))
            counts[post.lang] = counts.get(post.lang, 0) + 1
    return [post for post in chosen if group(post) in kept]


def ask_about(post: CorpusPost, target: str, *, seed: int) -> Passage:
    """The question whether a post attacks one of its people; the same people are drawn for the same post and seed."""
    drawn = draw(post, Random(f"{seed}/{post.id}"))  # noqa: S311 - invented people, no secret
    return drawn.passage(target, reply=post.reply and target == "T", lang=post.lang)


def answer(model: TextModel, posts: Sequence[CorpusPost], *, seed: int, progress: Progress) -> CorpusAnswers:
    """Ask a model about the people in posts."""
    others = [post for post in posts if "O" in post.labels]
    return CorpusAnswers(
        posts=posts,
        target=ask(model, [ask_about(post, "T", seed=seed) for post in posts], progress, what="corpus"),
        other_posts=others,
        other=ask(model, [ask_about(post, "O", seed=seed) for post in others], progress, what="corpus, others"),
    )


def target_figure(by: str, name: str, answers: CorpusAnswers, rows: Truths) -> TargetFigure:
    """The figures of one slice.

    Rates are of one class, in which each twin has one half: Wilson's interval fits. What mixes both classes (balanced
    accuracy, area under the curve) has a bootstrap by twin.
    """
    scored = rows & answers.target.scored
    truth, flags = answers.truth[scored], answers.target.decided[scored]
    ranking, groups = answers.target.ranking[scored], answers.groups[scored]
    recall, quiet = rate(flags[truth]), rate(~flags[~truth])
    both = bool(truth.any() and (~truth).any())
    return TargetFigure(
        by=by,
        slice=name,
        posts=int(rows.sum()),
        attacks=int(answers.truth[rows].sum()),
        unscored=int(rows.sum() - scored.sum()),
        recall=recall,
        false_flags=rate(flags[~truth]),
        balanced=balanced_accuracy(truth, flags, groups, halfway(recall, quiet)),
        auc=bootstrap(area_under_curve(truth, ranking), weighted_area(truth, ranking), groups) if both else None,
    )


def balanced_accuracy(
    truth: Truths, flags: Truths, groups: npt.NDArray[np.int64], by_rates: Estimate | None
) -> Estimate | None:
    """The mean of recall and its like for the other class, with a bootstrap by group.

    Args:
        truth: Shape (n,).
        flags: Decisions, shape (n,).
        groups: Of each row, shape (n,).
        by_rates: The same figure with the interval that holds where no draw of the bootstrap differs.
    """
    found = bootstrap(
        balanced(truth, flags, np.ones(len(truth))), lambda weights: balanced(truth, flags, weights), groups
    )
    return by_rates if found is not None and found.low is None else found


def _second_reading(post: CorpusPost) -> str:
    if post.second is None:
        return "not read"
    return "agrees" if post.second.attack == post.attack else "disagrees"


SLICES: tuple[tuple[str, Callable[[CorpusPost], str]], ...] = (
    ("language", lambda post: post.lang),
    ("register", lambda post: post.register),
    ("defender", lambda post: post.who),
    ("reply", lambda post: "reply to the defender" if post.reply else "no reply"),
    ("certainty", lambda post: ("", "borderline", "fairly sure", "sure")[post.certainty]),
    ("second reader", _second_reading),
    ("writer", lambda post: post.writer),
)
"""By what the corpus is cut, and the name of a post's slice."""


def target_figures(answers: CorpusAnswers) -> list[TargetFigure]:
    """All rows, then every slice in order of its name."""
    figures = [target_figure("all", "all posts", answers, np.ones(len(answers.posts), np.bool_))]
    for by, name_of in SLICES:
        names = np.array([name_of(post) for post in answers.posts])
        figures += [target_figure(by, name, answers, names == name) for name in sorted(set(names.tolist()))]
    return figures


def worst_language(figures: Iterable[TargetFigure]) -> TargetFigure | None:
    """The language with the lowest balanced accuracy among those with enough posts of both classes."""
    enough = [
        one
        for one in figures
        if one.by == "language" and one.balanced and min(one.attacks, one.posts - one.attacks) >= FEWEST
    ]
    return min(enough, key=lambda one: one.balanced.value if one.balanced else 1.0, default=None)
