"""Measures a text model on labelled texts: by language, by data set and by label, with counts.

Judges through the same interface as the product does, so that what is measured is what runs. Texts appear in no output.
Says nothing of rows that carry no annotation, and never counts an unscored row as a zero. The question is "does this
attack anybody?"; whom a post attacks is `training.target_level`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.domain import Passage
from detector.text.bundle import HOSTILITY
from detector.text.model import TextModel
from training.answers import Answers, ask
from training.examples import COLUMNS, Examples
from training.figures import ANY, Figure, figure, macro
from training.fit import Progress

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A report: the model, how many rows it was held against, and one figure a slice and label."""

    model: str
    rows: int
    figures: tuple[Figure, ...]

    def summary(self) -> dict[str, Any]:
        """For each label, averages over languages."""
        return {label: macro(self.figures, label) for label in (*COLUMNS, ANY)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The rows behind one figure: those of a slice that are annotated for a label and scored.

    `truth` and `flagged` have one entry a row; `chances` too, or are None where there is no single probability.
    """

    by: str
    slice: str
    label: str
    truth: Truths
    flagged: Truths
    chances: Floats | None
    unscored: int


def measure(model: TextModel, examples: Examples, *, hostile_from: float, progress: Progress) -> Evaluation:
    """Judge every row and compute every figure.

    Args:
        model: Any text model.
        examples: Annotated rows.
        hostile_from: The hostility (0-1) from which on a text counts as offensive.
        progress: Told after each batch.
    """
    answers = ask_about_anybody(model, examples, progress)
    return Evaluation(
        model=model.id, rows=len(examples), figures=tuple(map(figure_of, cuts(examples, answers, hostile_from)))
    )


def ask_about_anybody(model: TextModel, examples: Examples, progress: Progress) -> Answers:
    """A model's answers to "does this attack anybody?" for every row."""
    langs = zip(examples.texts, examples.langs, strict=True)
    return ask(model, [Passage(text=text, lang=lang or None) for text, lang in langs], progress)


def cuts(examples: Examples, answers: Answers, hostile_from: float) -> Iterator[Cut]:
    """The rows behind every figure: all, then by language, then by set; each label, then any label."""
    known = ~np.isnan(answers.hostility)
    hostile = known & (np.nan_to_num(answers.hostility) >= hostile_from)
    chances, flags = np.column_stack((answers.chances, answers.hostility)), np.column_stack((answers.flags, hostile))
    for by, name, inside in _slices(examples):
        for place, label in enumerate(COLUMNS):
            marks, values = examples.labels[:, place], chances[:, place]
            yield from _cut((by, name, label), inside & (marks >= 0), marks, flags[:, place], values, ~np.isnan(values))
        marks = examples.marks(HOSTILITY)
        yield from _cut((by, name, ANY), inside & (marks >= 0), marks, answers.decided, None, answers.scored)


def figure_of(cut: Cut) -> Figure:
    """The figure of some rows."""
    return figure((cut.by, cut.slice, cut.label), cut.truth, cut.flagged, cut.chances, unscored=cut.unscored)


def _cut(
    names: tuple[str, str, str],
    annotated: Truths,
    marks: npt.NDArray[np.int8],
    flagged: Truths,
    chances: Floats | None,
    scored: Truths,
) -> Iterator[Cut]:
    if not annotated.any():
        return
    rows = annotated & scored
    yield Cut(
        by=names[0],
        slice=names[1],
        label=names[2],
        truth=marks[rows] == 1,
        flagged=flagged[rows],
        chances=None if chances is None else chances[rows],
        unscored=int(annotated.sum() - rows.sum()),
    )


def _slices(examples: Examples) -> Iterator[tuple[str, str, Truths]]:
    yield "all", "all", np.ones(len(examples), np.bool_)
    for by, names in (("language", np.array(examples.langs)), ("set", np.array(examples.sets))):
        for name in sorted(set(names.tolist())):
            yield by, name or "unknown", names == name


def summary_table(evaluation: Evaluation) -> list[str]:
    """Markdown lines: for each label, averages over the languages with enough rows of both classes."""
    lines = [
        "| label | languages | precision | recall | F1 | macro F1 | AUC | false flags |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for label, means in evaluation.summary().items():
        if means["slices"]:
            numbers = [shown(value) for name, value in means.items() if name != "slices"]
            lines.append(f"| {label} | {means['slices']} | " + " | ".join(numbers) + " |")
    return lines


def table(figures: Sequence[Figure]) -> list[str]:
    """Markdown lines: one a figure."""
    lines = [
        "| slice | label | rows | positive | unscored | precision | recall | F1 | macro F1 | AUC | false flags |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in figures:
        counts = f"| {one.slice} | {one.label} | {one.rows} | {one.positives} | {one.unscored} | "
        numbers = (one.precision, one.recall, one.f1, one.macro_f1, one.auc, one.false_flag_rate)
        lines.append(counts + " | ".join(shown(number) for number in numbers) + " |")
    return lines


def shown(value: float | None) -> str:
    """A figure with three places, or a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"
