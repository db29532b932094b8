"""Measures a text model on labelled texts: by language, by data set and by label, with counts.

Judges through the same interface as the product does, so that what is measured is what runs. Texts appear in no output.
Says nothing of rows that carry no annotation, and never counts an unscored row as a zero.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.domain import Judgement, Label, Passage, Scored
from detector.errors import InputError
from detector.text.bundle import HOSTILITY, load_model, read_bundle
from detector.text.model import TextModel
from training.examples import COLUMNS, Examples, read_examples
from training.figures import ANY, Figure, figure, macro
from training.fit import Progress

BATCH = 256
"""Passages judged at a time."""

REPORTED = (*(label.value for label in Label), HOSTILITY)

Chances = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A report: the model, how many rows it was held against, and one figure a slice and label."""

    model: str
    rows: int
    figures: tuple[Figure, ...]

    def summary(self) -> dict[str, Any]:
        """For each label, averages over languages."""
        return {label: macro(self.figures, label) for label in (*REPORTED, ANY)}


def run(
    bundle: Path, data: Path, out: Path, *, part: str | None = "test", progress: Progress = lambda _what, _done: None
) -> Evaluation:
    """Evaluate a bundle and write `evaluation.json`, `evaluation.csv` and `evaluation.md`.

    Args:
        bundle: Folder of the bundle.
        data: A Parquet, JSONL or CSV file, or a folder of Parquet files; see `training.examples`.
        out: Folder to write into; made if absent.
        part: Only these rows where the data have a column `part`; None means all.
        progress: Told what is being done and how much of it is done.

    Raises:
        BundleError: The bundle cannot be loaded.
        InputError: The data cannot be read, or hold no annotated row of that part.
    """
    model = load_model(bundle)
    examples = read_examples(data)
    if part is not None and any(examples.parts):
        examples = examples.of_part(part)
    examples = examples.rows(np.flatnonzero((examples.labels >= 0).any(axis=1)).tolist())
    if not len(examples):
        raise InputError(f"{data} holds no annotated row" + (f" of the part {part!r}" if part else ""))
    head = read_bundle(bundle).manifest.heads.get(HOSTILITY)
    evaluation = measure(model, examples, hostile_from=head.threshold if head else 0.5, progress=progress)
    write(evaluation, out)
    return evaluation


def measure(model: TextModel, examples: Examples, *, hostile_from: float, progress: Progress) -> Evaluation:
    """Judge every row and compute every figure.

    Args:
        model: Any text model.
        examples: Annotated rows.
        hostile_from: The hostility (0-1) from which on a text counts as offensive.
        progress: Told after each batch.
    """
    chances, flagged = _judged(model, examples, hostile_from=hostile_from, progress=progress)
    return Evaluation(model=model.id, rows=len(examples), figures=tuple(_figures(examples, chances, flagged)))


def write(evaluation: Evaluation, out: Path) -> None:
    """Write a report as JSON, CSV and Markdown."""
    out.mkdir(parents=True, exist_ok=True)
    content = {"model": evaluation.model, "rows": evaluation.rows, "summary": evaluation.summary()}
    content["figures"] = [asdict(one) for one in evaluation.figures]
    (out / "evaluation.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "evaluation.csv").write_text(as_csv(evaluation.figures), encoding="utf-8")
    (out / "evaluation.md").write_text(as_markdown(evaluation), encoding="utf-8")


def as_csv(figures: Sequence[Figure]) -> str:
    """One line a figure; empty where there is none."""
    text = io.StringIO()
    lines = csv.DictWriter(text, [field.name for field in fields(Figure)], lineterminator="\n")
    lines.writeheader()
    lines.writerows(asdict(one) for one in figures)
    return text.getvalue()


def as_markdown(evaluation: Evaluation) -> str:
    """Tables: averages over languages, then each slice."""
    lines = [f"# Evaluation of {evaluation.model}", "", f"{evaluation.rows} annotated rows.", ""]
    lines += ["## Averages over languages", "", *summary_table(evaluation), ""]
    for by, title in (("all", "All rows"), ("language", "By language"), ("set", "By data set")):
        lines += [f"## {title}", "", *table([one for one in evaluation.figures if one.by == by]), ""]
    return "\n".join(lines)


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


def _judged(model: TextModel, examples: Examples, *, hostile_from: float, progress: Progress) -> tuple[Chances, Truths]:
    """Probabilities (NaN: unscored) and flags, both of shape (rows, len(REPORTED))."""
    chances = np.full((len(examples), len(REPORTED)), np.nan)
    flagged = np.zeros((len(examples), len(REPORTED)), np.bool_)
    for start in range(0, len(examples), BATCH):
        rows = range(start, min(start + BATCH, len(examples)))
        passages = [Passage(text=examples.texts[row], lang=examples.langs[row] or None) for row in rows]
        for row, judgement in zip(rows, model.judge(passages), strict=True):
            _enter(judgement, chances[row], flagged[row], hostile_from)
        progress("judging", rows.stop / len(examples))
    return chances, flagged


def _enter(judgement: Judgement, chances: Chances, flagged: Truths, hostile_from: float) -> None:
    for place, label in enumerate(Label):
        score = judgement.scores[label]
        if isinstance(score, Scored):
            chances[place] = score.probability
            flagged[place] = score.probability >= score.threshold
    if judgement.hostility is not None:
        chances[-1] = judgement.hostility
        flagged[-1] = judgement.hostility >= hostile_from


def _slices(examples: Examples) -> Iterator[tuple[str, str, npt.NDArray[np.bool_]]]:
    yield "all", "all", np.ones(len(examples), np.bool_)
    for by, names in (("language", np.array(examples.langs)), ("set", np.array(examples.sets))):
        for name in sorted(set(names.tolist())):
            yield by, name or "unknown", names == name


def _figures(examples: Examples, chances: Chances, flagged: npt.NDArray[np.bool_]) -> Iterator[Figure]:
    labels = len(Label)
    offensive = examples.marks(HOSTILITY)
    unscored_rows = np.logical_and.reduce(np.isnan(chances[:, :labels]), axis=1)
    for by, name, inside in _slices(examples):
        for place, label in enumerate(REPORTED):
            marks = examples.labels[:, COLUMNS.index(label)]
            annotated = inside & (marks >= 0)
            rows = annotated & ~np.isnan(chances[:, place])
            if annotated.any():
                unscored = int(annotated.sum() - rows.sum())
                yield figure(
                    (by, name, label), marks[rows] == 1, flagged[rows, place], chances[rows, place], unscored=unscored
                )
        annotated = inside & (offensive >= 0)
        rows = annotated & ~unscored_rows
        if annotated.any():
            some = np.logical_or.reduce(flagged[rows, :labels], axis=1)
            missing = int(annotated.sum() - rows.sum())
            yield figure((by, name, ANY), offensive[rows] == 1, some, None, unscored=missing)
