"""The corpus figures as sections of the report, and its headlines."""

from collections.abc import Sequence

import numpy as np

from training.answers import Answers
from training.charts import Row, Scale, dot_chart
from training.intervals import Estimate
from training.report import Chart, Headline, Section, Table
from training.target_detail import kind_figures, label_figures, twins_right, wrong_targets
from training.target_level import SLICES, CorpusAnswers, TargetFigure, target_figures, worst_language

BALANCED, WORST, FALSE_FLAGS, WRONG_TARGET = 0.90, 0.80, 0.08, 0.01
"""What a release wants of a model on the held-out part of the corpus."""

COLUMNS = ("posts", "attacks", "unscored", "balanced accuracy", "recall", "false flags", "AUC")


def headlines(answers: CorpusAnswers) -> tuple[Headline, ...]:
    """The figures that a release is judged by."""
    figures = target_figures(answers)
    whole, worst = figures[0], worst_language(figures)
    wrong = next(iter(wrong_targets(answers).values()))
    return (
        Headline(what="corpus: balanced accuracy", value=whole.balanced, goal=BALANCED),
        Headline(
            what="corpus: balanced accuracy, worst language",
            value=worst.balanced if worst else None,
            goal=WORST,
            detail=worst.slice if worst else "too few posts",
        ),
        Headline(what="corpus: recall", value=whole.recall),
        Headline(what="corpus: false flags", value=whole.false_flags, goal=FALSE_FLAGS, most=True),
        Headline(what="corpus: area under the curve", value=whole.auc),
        Headline(what="corpus: wrong target", value=wrong, goal=WRONG_TARGET, most=True),
        Headline(what="corpus: twins with both halves right", value=twins_right(answers)["all"]),
    )


def sections(answers: CorpusAnswers) -> tuple[Section, ...]:
    """Overall and by language; by kind and label; whom a post attacks."""
    figures = target_figures(answers)
    return (_overall(answers, figures), _kinds(answers), _whom(answers))


def unscored_words(answers: Answers) -> tuple[str, ...]:
    """A paragraph that says which labels this model does not judge, where there are any."""
    lines = [
        f"{label} ({'; '.join(f'{reason}: {count:,}' for reason, count in sorted(reasons.items()))})"
        for label, reasons in sorted(answers.reasons.items())
    ]
    if not lines:
        return ()
    return (
        (
            f"Answers without a score, by label, with the reason and how often: {', '.join(lines)}. A post is "
            "flagged by the labels that were scored; one that only an unscored label would show counts as missed. "
            "It is never a zero."
        ),
    )


def _aim(answers: Answers) -> tuple[str, ...]:
    if answers.aimed.any():
        return ()
    return ("This model does not see whom a post is aimed at: its answers are about attacks on anybody.",)


def _overall(answers: CorpusAnswers, figures: Sequence[TargetFigure]) -> Section:
    languages = sorted(
        (one for one in figures if one.by == "language"),
        key=lambda one: one.balanced.value if one.balanced else -1.0,
        reverse=True,
    )
    scale = Scale(lines=((BALANCED, "wanted over all"), (WORST, "wanted in the worst language")))
    by_language = Chart(
        pictures=(
            dot_chart(
                [Row(name=one.slice, points=(one.balanced,)) for one in languages],
                title="Balanced accuracy by language",
                scale=scale,
            ),
        ),
        caption="Balanced accuracy by language, best first. Dashed: what is wanted over all and in the worst language.",
        table=_table("corpus-language", "The corpus by language", languages),
    )
    rest = [
        _table(f"corpus-{by.replace(' ', '-')}", f"The corpus by {by}", [one for one in figures if one.by == by])
        for by, _ in SLICES
        if by != "language"
    ]
    return Section(
        name="corpus",
        title="The defender corpus: attack or not",
        lead=(
            (
                f"{len(answers.posts):,} posts, each asked about its marked defender, with names drawn anew. A "
                "post counts as flagged when any label reaches its own threshold."
            ),
            (
                "Intervals are for 95 %: Wilson's for rates of one class, the bootstrap by twin for balanced "
                "accuracy and AUC. Writers and languages are not drawn anew, so other writers would differ by more "
                "than these say."
            ),
            *_aim(answers.target),
            *unscored_words(answers.target),
        ),
        blocks=(_table("corpus-all", "All posts", figures[:1]), by_language, *rest, _errors(answers)),
    )


def _table(name: str, caption: str, figures: Sequence[TargetFigure]) -> Table:
    rows = tuple(
        (one.slice, one.posts, one.attacks, one.unscored, one.balanced, one.recall, one.false_flags, one.auc)
        for one in figures
    )
    by = figures[0].by if figures else "slice"
    return Table(name=name, caption=caption, columns=(by, *COLUMNS), rows=rows)


def _errors(answers: CorpusAnswers) -> Table:
    ranking = answers.target.ranking
    wrong = np.flatnonzero(answers.target.scored & (answers.target.decided != answers.truth))
    order = wrong[np.argsort(-np.abs(ranking[wrong]), kind="stable")]
    rows = tuple(
        (post.id, post.lang, post.kind, "missed" if post.attack else "false flag", float(ranking[row]))
        for row in order.tolist()
        for post in (answers.posts[row],)
    )
    return Table(
        name="corpus-errors",
        caption="Posts decided wrongly, the surest first: how far above (or below) a threshold, in logits",
        columns=("post", "language", "kind", "error", "distance"),
        rows=rows,
        folded=True,
    )


def _kinds(answers: CorpusAnswers) -> Section:
    kinds, labels = kind_figures(answers), label_figures(answers)
    charts = []
    for attack, title, name in (
        (True, "Attacks flagged, by kind", "attacks"),
        (False, "False flags, by kind", "others"),
    ):
        own = sorted(
            (one for one in kinds if one.attack == attack),
            key=lambda one: one.flagged.value if one.flagged else -1.0,
            reverse=attack,
        )
        rows = tuple((one.kind, one.flagged, one.flagged.of if one.flagged else 0, one.unscored) for one in own)
        charts.append(
            Chart(
                pictures=(dot_chart([Row(name=one.kind, points=(one.flagged,)) for one in own], title=title),),
                caption=f"{title}, best first.",
                table=Table(
                    name=f"corpus-kinds-{name}",
                    caption=title,
                    columns=("kind", "share flagged", "posts", "unscored"),
                    rows=rows,
                ),
            )
        )
    table = Table(
        name="corpus-labels",
        caption="By label: attacks with it that are flagged for any reason, and how well the label itself is named",
        columns=("label", "posts", "flagged at all", "named", "precision", "AUC", "posts unscored"),
        rows=tuple((o.label, o.posts, o.flagged, o.named, o.precision, o.auc, o.unscored) for o in labels),
    )
    return Section(name="kinds", title="By kind and label", lead=(), blocks=(*charts, table))


def _whom(answers: CorpusAnswers) -> Section:
    twins = twins_right(answers)
    order = sorted(twins, key=lambda name: (name != "all", -_value(twins[name])))
    chart = Chart(
        pictures=(
            dot_chart([Row(name=name, points=(twins[name],)) for name in order], title="Twins with both halves right"),
        ),
        caption="Twins are two posts with the same surface, one an attack and one not. Share with both halves right; "
        "chance alone gives a quarter, a model that cannot tell them apart nothing at all.",
        table=Table(
            name="corpus-twins",
            caption="Twins with both halves right",
            columns=("language", "share", "twins"),
            rows=tuple((name, twins[name], _of(twins[name])) for name in order),
        ),
    )
    wrong = wrong_targets(answers)
    table = Table(
        name="corpus-wrong-target",
        caption="Flagged for the wrong person (last line: for the right one)",
        columns=("asked about", "share flagged", "posts"),
        rows=tuple((name, one, _of(one)) for name, one in wrong.items()),
    )
    lead = "The same words can hit the defender, somebody else, or nobody. These figures ask whether the model knows."
    return Section(name="whom", title="Whom a post attacks", lead=(lead,), blocks=(table, chart))


def _of(one: Estimate | None) -> int:
    return one.of if one else 0


def _value(one: Estimate | None) -> float:
    return one.value if one else -1.0
