"""What a bundle's manifest and card keep of its test parts: plain figures by language, label and set, no intervals.

Measured once, when a bundle is finished. The whole report, with intervals and all that must not move a score, is
`detector evaluate`.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from detector.domain import Label
from detector.text.bundle import HOSTILITY
from detector.text.calibrate import Truths
from detector.text.encoder import EncoderModel
from training.corpus import CorpusPost
from training.evaluate import measure
from training.examples import LABELS, Examples, few_of_each
from training.figures import area_under_curve, balanced
from training.target_level import CorpusAnswers, answer

ROWS_A_SET = 250
"""Public test rows of a set that are judged, at most: a random sample."""

Figures = dict[str, float]


def tested(
    model: EncoderModel, posts: Sequence[CorpusPost], public: Examples, *, hostile_from: float
) -> dict[str, Mapping[str, Figures]]:
    """Tables of figures, each a mapping of row names to columns. Shares are 0-1; what its rows cannot give is left out.

    Args:
        model: Packed and calibrated.
        posts: The corpus' test part.
        public: Test rows of the public sets.
        hostile_from: The probability from which on a text counts as offensive.
    """
    tables: dict[str, Mapping[str, Figures]] = {}
    if posts:
        answers = answer(model, posts, seed=0, progress=lambda _what, _done: None)
        everything = np.ones(len(posts), np.bool_)
        langs = np.array([post.lang for post in posts])
        tables["corpus test"] = {"all posts": _rates(answers, everything) | _of_twins(answers)}
        tables["corpus test, by language"] = {lang: _rates(answers, langs == lang) for lang in sorted(set(langs))}
        tables["corpus test, by label"] = dict(_by_label(answers))
    rows = few_of_each(public.sets, ROWS_A_SET, seed=0)
    if rows:
        evaluation = measure(model, public.rows(rows), hostile_from=hostile_from, progress=lambda _what, _done: None)
        tables[f"public test parts, {HOSTILITY}, by set"] = {
            one.slice: {"rows": one.rows, "macro F1": round(one.macro_f1, 3), "area under the curve": round(one.auc, 3)}
            for one in evaluation.figures
            if one.by == "set" and one.label == HOSTILITY and one.macro_f1 is not None and one.auc is not None
        }
    return tables


def _rates(answers: CorpusAnswers, rows: Truths) -> Figures:
    """Whether the defender is attacked, at the thresholds."""
    rows = rows & answers.target.scored
    truth, flags = answers.truth[rows], answers.target.decided[rows]
    found: dict[str, float | None] = {
        "posts": int(rows.sum()),
        "balanced accuracy": balanced(truth, flags, np.ones(len(truth))),
    }
    if truth.any() and not truth.all():
        found["recall"] = float(flags[truth].mean())
        found["false flags"] = float(flags[~truth].mean())
        found["area under the curve"] = area_under_curve(truth, answers.target.ranking[rows])
    return {name: round(value, 4) for name, value in found.items() if value is not None}


def _of_twins(answers: CorpusAnswers) -> Figures:
    """Posts that attack somebody else, and which half of a twin scores higher."""
    place = {post.id: row for row, post in enumerate(answers.posts)}
    elsewhere = np.array([post.kind == "other_target" for post in answers.posts], np.bool_)
    pairs = [(row, place[post.twin]) for row, post in enumerate(answers.posts) if post.attack and post.twin in place]
    found = {}
    if elsewhere.any():
        found["wrong target"] = round(float(answers.target.decided[elsewhere].mean()), 4)
    if pairs:
        ranking = np.nan_to_num(answers.target.ranking, nan=-99.0)
        found["twins ranked right"] = round(float(np.mean([ranking[one] > ranking[other] for one, other in pairs])), 4)
    return found


def _by_label(answers: CorpusAnswers) -> list[tuple[str, Figures]]:
    """Of the attacks with each label: how many are flagged at all, and how many as this."""
    found = []
    for column, name in enumerate(LABELS):
        has = np.array([Label(name) in post.labels["T"] for post in answers.posts], np.bool_)
        if has.any():
            figures = {
                "attacks": int(has.sum()),
                "flagged": round(float(answers.target.decided[has].mean()), 4),
                "flagged as this": round(float(answers.target.flags[has, column].mean()), 4),
            }
            found.append((name, figures))
    return found
