"""Figures on labelled texts ("does this attack anybody?") as sections of the report, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.text.bundle import HOSTILITY
from training.answers import Answers, logit
from training.charts import Row, dot_chart
from training.comparison import Verdicts
from training.evaluate import Cut, Evaluation, cuts, figure_of
from training.examples import COLUMNS, LABELS, Examples
from training.figures import ANY, Figure, macro_f1
from training.intervals import Estimate, bootstrap, rate, weighted_area
from training.report import Chart, Headline, Section, Table
from training.target_report import unscored_words

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

FEWEST = 25
"""Rows of either class that a slice must have to stand in a chart or an average."""

COLUMNS_SHOWN = ("label", "rows", "positive", "unscored", "macro F1", "precision", "recall", "false flags", "AUC")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFigure:
    """A figure with intervals for what it can give."""

    figure: Figure
    precision: Estimate | None
    recall: Estimate | None
    false_flags: Estimate | None
    macro_f1: Estimate | None
    auc: Estimate | None

    @property
    def enough(self) -> bool:
        """Whether there are enough rows of both classes to speak of."""
        return min(self.figure.positives, self.figure.rows - self.figure.positives) >= FEWEST


def text_figures(examples: Examples, answers: Answers, hostile_from: float) -> list[TextFigure]:
    """Every figure of `training.evaluate`, with intervals: Wilson's for rates, a bootstrap of rows for the others."""
    return [_with_intervals(cut) for cut in cuts(examples, answers, hostile_from)]


def _with_intervals(cut: Cut) -> TextFigure:
    one, rows = figure_of(cut), np.arange(len(cut.truth))
    auc = None
    if cut.chances is not None and one.auc is not None:
        auc = bootstrap(one.auc, weighted_area(cut.truth, cut.chances), rows)
    return TextFigure(
        figure=one,
        precision=rate(cut.truth[cut.flagged]),
        recall=rate(cut.flagged[cut.truth]),
        false_flags=rate(cut.flagged[~cut.truth]),
        macro_f1=bootstrap(one.macro_f1, lambda weights: macro_f1(cut.truth, cut.flagged, weights), rows),
        auc=auc,
    )


def headlines(evaluation: Evaluation) -> tuple[Headline, ...]:
    """Averages over languages, each counting the same; they have no interval, because languages are no sample."""
    found = []
    for label, what in ((HOSTILITY, "offensive"), (ANY, "any label flagged")):
        means = evaluation.summary()[label]
        if means["slices"]:
            value = Estimate(value=means["macro_f1"], low=None, high=None, of=means["slices"])
            found.append(Headline(what=f"labelled texts: macro F1, {what}, mean over languages", value=value))
    return tuple(found)


def sections(examples: Examples, answers: Answers, figures: Sequence[TextFigure], where: str) -> tuple[Section, ...]:
    """The figures; `where` is the word for these rows in file names."""
    whole = [one for one in figures if one.figure.by == "all"]
    blocks: list[Table | Chart] = [_table(f"{where}-all", "All rows", whole)]
    for by, title in (("language", "language"), ("set", "data set")):
        own = [one for one in figures if one.figure.by == by]
        blocks += [*_charts(own, by=by, title=title, where=where)]
    lead = (
        (
            f'{len(examples):,} annotated rows, each asked whether it attacks anybody. `any` holds "some label is '
            'flagged" '
            "against `offensive`: its false flags are nearest to what reviewers will feel."
        ),
        (
            "Intervals are for 95 %: Wilson's for precision, recall and false flags, a bootstrap of rows for macro "
            "F1 and AUC. What the sets call an attack differs, and that difference is in no interval."
        ),
        *unscored_words(answers),
    )
    return (Section(name=where, title="Labelled texts: attacks on anybody", lead=lead, blocks=tuple(blocks)),)


def marks_by_label(examples: Examples) -> dict[str, npt.NDArray[np.int8]]:
    """Annotations of each label of the taxonomy, shape (rows,)."""
    return {label: examples.labels[:, COLUMNS.index(label)] for label in LABELS}


def verdicts(examples: Examples, answers: Answers, hostile_from: float) -> Verdicts:
    """Decisions on "offensive or not": by hostility where the model has that head, else by "any label flagged"."""
    marks, known = examples.marks(HOSTILITY), ~np.isnan(answers.hostility)
    if not known.any():
        scored = answers.scored & (marks >= 0)
        return Verdicts(model=answers.model, flagged=answers.decided, ranking=answers.ranking, scored=scored)
    flagged = known & (np.nan_to_num(answers.hostility) >= hostile_from)
    ranking = logit(answers.hostility) - logit(np.array(hostile_from))
    return Verdicts(model=answers.model, flagged=flagged, ranking=ranking, scored=known & (marks >= 0))


def _charts(own: Sequence[TextFigure], *, by: str, title: str, where: str) -> list[Table | Chart]:
    main = _main_label(own)
    shown = sorted(
        (one for one in own if one.figure.label == main and one.enough and one.macro_f1),
        key=lambda one: -(one.figure.macro_f1 or 0),
    )
    table = _table(f"{where}-{by}", f"By {title}", own)
    if not shown:
        return [table]
    picture = dot_chart(
        [Row(name=one.figure.slice[:24], points=(one.macro_f1,)) for one in shown], title=f"Macro F1 by {title}"
    )
    caption = (
        f"Macro F1 of `{main}` by {title}, best first; those with fewer than {FEWEST} rows of either class are in the "
        "table only."
    )
    return [Chart(pictures=(picture,), caption=caption, table=table)]


def _main_label(own: Sequence[TextFigure]) -> str:
    """`offensive` where the model has that head, else any label."""
    return HOSTILITY if any(one.figure.label == HOSTILITY and one.figure.rows for one in own) else ANY


def _table(name: str, caption: str, figures: Sequence[TextFigure]) -> Table:
    rows = tuple(
        (
            one.figure.slice,
            one.figure.label,
            one.figure.rows,
            one.figure.positives,
            one.figure.unscored,
            one.macro_f1,
            one.precision,
            one.recall,
            one.false_flags,
            one.auc,
        )
        for one in figures
    )
    by = figures[0].figure.by if figures else "slice"
    return Table(name=name, caption=caption, columns=(by, *COLUMNS_SHOWN), rows=rows)
