"""A model's answers to many passages as arrays: probabilities, thresholds, the decision and the ranking.

Asks through the interface that the product asks through, so that what is measured is what runs. An unscored label is
NaN, never 0; a passage of which no label was scored is unscored as a whole, and counted by whoever reports.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.domain import Judgement, Label, Passage, Scored, Unscored
from detector.stream.pipeline import judge_safely
from detector.text.model import TextModel
from training.examples import LABELS
from training.fit import Progress

BATCH = 256
"""Passages judged at a time."""

_NEAR = 1e-7
"""Probabilities nearer than this to 0 or 1 count as this near: a logit must stay finite."""

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers of one model; rows are passages.

    `chances` and `thresholds` have shape (rows, labels) and are NaN where a label is unscored; `hostility` has shape
    (rows,), NaN where the model has no such head; `aimed` (rows,) whether the answer is about the marked target, not
    about anybody. `reasons` say why labels were unscored, each with its count.
    """

    model: str
    chances: Floats
    thresholds: Floats
    hostility: Floats
    aimed: Truths
    reasons: dict[str, dict[str, int]]

    def __len__(self) -> int:
        return len(self.chances)

    @property
    def flags(self) -> Truths:
        """Labels at or above their own threshold, shape (rows, labels)."""
        result: Truths = np.nan_to_num(self.chances, nan=-1.0) >= np.nan_to_num(self.thresholds, nan=2.0)
        return result

    @property
    def decided(self) -> Truths:
        """Whether any label is flagged, shape (rows,): "this attacks them"."""
        result: Truths = np.logical_or.reduce(self.flags, axis=1)
        return result

    @property
    def scored(self) -> Truths:
        """Whether any label was scored, shape (rows,)."""
        result: Truths = ~np.logical_and.reduce(np.isnan(self.chances), axis=1)
        return result

    @property
    def ranking(self) -> Floats:
        """The largest distance of a label above its threshold, in logits, shape (rows,); NaN where unscored.

        At 0 and above, and (but for thresholds within 1e-7 of 1) nowhere else, the decision is "attack".
        """
        margins = logit(self.chances) - logit(self.thresholds)
        result: Floats = np.where(self.scored, np.fmax.reduce(margins, axis=1), np.nan)
        return result

    def rows(self, rows: npt.NDArray[np.int64] | Truths | slice) -> "Answers":
        """The answers to some of the passages."""
        return Answers(
            model=self.model,
            chances=self.chances[rows],
            thresholds=self.thresholds[rows],
            hostility=self.hostility[rows],
            aimed=self.aimed[rows],
            reasons=self.reasons,
        )


def logit(chances: Floats) -> Floats:
    """Log odds, finite for every probability; NaN stays NaN."""
    inside = np.clip(chances, _NEAR, 1 - _NEAR)
    result: Floats = np.log(inside) - np.log1p(-inside)
    return result


def ask(
    model: TextModel,
    passages: Sequence[Passage],
    progress: Progress = lambda _what, _done: None,
    *,
    what: str = "judging",
) -> Answers:
    """Judge passages in batches.

    Args:
        model: Any text model. Where it fails on a passage, the answer is unscored, as in the product.
        passages: What to ask.
        progress: Told after each batch.
        what: What the progress is called.
    """
    shape = (len(passages), len(LABELS))
    chances, thresholds = np.full(shape, np.nan), np.full(shape, np.nan)
    hostility, aimed = np.full(len(passages), np.nan), np.zeros(len(passages), np.bool_)
    reasons: dict[str, dict[str, int]] = {}
    for start in range(0, len(passages), BATCH):
        batch = passages[start : start + BATCH]
        for row, judgement in enumerate(judge_safely(model, batch), start):
            _enter(judgement, chances[row], thresholds[row], reasons)
            hostility[row] = np.nan if judgement.hostility is None else judgement.hostility
            aimed[row] = judgement.aimed
        progress(what, (start + len(batch)) / len(passages))
    return Answers(
        model=model.id,
        chances=chances,
        thresholds=thresholds,
        hostility=hostility,
        aimed=aimed,
        reasons=reasons,
    )


def _enter(judgement: Judgement, chances: Floats, thresholds: Floats, reasons: dict[str, dict[str, int]]) -> None:
    for place, label in enumerate(Label):
        score = judgement.scores[label]
        if isinstance(score, Scored):
            chances[place], thresholds[place] = score.probability, score.threshold
        elif isinstance(score, Unscored):
            counts = reasons.setdefault(label.value, {})
            counts[score.reason] = counts.get(score.reason, 0) + 1
