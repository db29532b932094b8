"""Everything that the data allow to be measured about one model: headlines, sections, and rows for a comparison."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from detector.assess.policy import Policy
from detector.text.bundle import HOSTILITY, load_model, read_bundle
from detector.text.model import TextModel
from training import (
    dialects,
    golden,
    golden_report,
    identity,
    ordinary,
    ordinary_report,
    reliability,
    robustness,
    swaps,
    target_report,
    text_report,
)
from training.comparison import Rows, Verdicts
from training.corpus import CorpusPost
from training.evaluate import Evaluation, ask_about_anybody
from training.examples import LABELS, Examples
from training.fit import Progress
from training.intervals import group_numbers
from training.report import Headline, Section
from training.target_level import CorpusAnswers, answer, select

SWAPPED, DISGUISED = 12, 24
"""Posts a language that are judged again with other names, and disguised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to evaluate: `part` of data that have parts (None: all), `limit` of rows a language, `seed` of every draw."""

    policy: Policy
    part: str | None = "test"
    limit: int | None = None
    seed: int = 0
    ordinary: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Everything that will be asked, read once: rows of labelled texts with ids, posts, a stream, ordinary mentions."""

    posts: Sequence[CorpusPost]
    examples: Examples | None
    ids: Sequence[str]
    stream: Path | None
    ordinary: Sequence[ordinary.Ordinary]


@dataclass(slots=True, kw_only=True)
class Measured:
    """What was found about one model; `rows` are what another model can be held against."""

    model: str
    headlines: list[Headline] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    rows: list[tuple[Rows, Verdicts]] = field(default_factory=list)

    def add(self, headlines: Sequence[Headline], *sections: Section | None) -> None:
        """Keep some headlines and sections."""
        self.headlines += headlines
        self.sections += [section for section in sections if section]


def measure(bundle: Path, asked: Asked, options: Options, progress: Progress) -> Measured:
    """Everything that the data allow, about one model."""
    model = load_model(bundle, explain=False)
    head = read_bundle(bundle).manifest.heads.get(HOSTILITY)
    found = Measured(model=model.id)
    if asked.posts:
        _corpus(found, model, asked.posts, options, progress)
    if asked.examples is not None:
        _texts(found, model, asked, head.threshold if head else 0.5, progress)
    if asked.ordinary:
        _ordinary(found, model, asked.ordinary, progress)
    if asked.posts or asked.examples is not None:
        _fair(found, model, options, progress)
    if asked.stream:
        _stream(found, load_model(bundle), asked.stream, options)  # on the whole way, words are evidence
    return found


def _corpus(
    found: Measured, model: TextModel, posts: Sequence[CorpusPost], options: Options, progress: Progress
) -> None:
    seed = options.seed
    answers = answer(model, posts, seed=seed, progress=progress)
    marks = {label: np.array([label in post.labels["T"] for post in posts], np.int8) for label in LABELS}
    lead = ("Probabilities that the post attacks its marked defender in this way, on the same posts as above.",)
    calibration = reliability.section("corpus", answers.target, marks, answers.groups, lead)
    found.add(target_report.headlines(answers), *target_report.sections(answers), calibration)
    found.rows.append(_corpus_rows(answers))
    shifts = swaps.measure(model, posts, limit=SWAPPED, seed=seed, progress=progress)
    found.add(swaps.headlines(shifts), swaps.section(shifts))
    some = select(posts, part=None, limit=DISGUISED, seed=seed)
    hidden = robustness.measure(model, some, seed=seed, progress=progress)
    found.add(robustness.headlines(hidden), robustness.section(hidden, len(some)))


def _corpus_rows(answers: CorpusAnswers) -> tuple[Rows, Verdicts]:
    slices = {"language": [post.lang for post in answers.posts]}
    rows = Rows(
        where="corpus",
        title="the corpus",
        main="balanced accuracy",
        ids=[post.id for post in answers.posts],
        groups=answers.groups,
        truth=answers.truth,
        slices=slices,
    )
    target = answers.target
    return rows, Verdicts(model=target.model, flagged=target.decided, ranking=target.ranking, scored=target.scored)


def _texts(found: Measured, model: TextModel, asked: Asked, hostile_from: float, progress: Progress) -> None:
    examples = asked.examples
    assert examples is not None
    answers = ask_about_anybody(model, examples, progress)
    figures = text_report.text_figures(examples, answers, hostile_from)
    evaluation = Evaluation(model=model.id, rows=len(examples), figures=tuple(one.figure for one in figures))
    marks = text_report.marks_by_label(examples)
    groups = np.arange(len(examples))
    lead = ("Probabilities that the text attacks anybody in this way, on the annotated rows.",)
    found.add(
        text_report.headlines(evaluation),
        *text_report.sections(examples, answers, figures, "texts"),
        reliability.section("texts", answers, marks, groups, lead),
    )
    compared = text_report.verdicts(examples, answers, hostile_from)
    rows = Rows(
        where="texts",
        title="labelled texts, offensive or not",
        main="macro F1",
        ids=asked.ids,
        groups=groups,
        truth=examples.marks(HOSTILITY) == 1,
        slices={"language": list(examples.langs), "data set": list(examples.sets)},
    )
    found.rows.append((rows, compared))


def _ordinary(found: Measured, model: TextModel, asked: Sequence[ordinary.Ordinary], progress: Progress) -> None:
    measured = [ordinary.measure(model, one, progress) for one in asked]
    found.add(ordinary_report.headlines(measured), ordinary_report.section(measured))
    ids = [f"{one.source}/{name}" for one in asked for name in one.ids]
    answers = [one.answers for one in measured]
    rows = Rows(
        where="ordinary",
        title="ordinary mentions",
        main="false flags",
        ids=ids,
        groups=np.arange(len(ids)),
        truth=np.zeros(len(ids), np.bool_),
        slices={
            "file": [one.source for one in asked for _ in one.ids],
            "language": [n for o in asked for n in o.langs],
        },
    )
    verdicts = Verdicts(
        model=model.id,
        flagged=np.concatenate([one.decided for one in answers]),
        ranking=np.concatenate([one.ranking for one in answers]),
        scored=np.concatenate([one.scored for one in answers]),
    )
    found.rows.append((rows, verdicts))


def _fair(found: Measured, model: TextModel, options: Options, progress: Progress) -> None:
    moved = identity.measure(model, identity.read_terms(), seed=options.seed, progress=progress)
    found.add(identity.headlines(moved), identity.section(moved))
    said = dialects.figures(dialects.measure(model, dialects.read_pairs(), seed=options.seed, progress=progress))
    found.add(dialects.headlines(said), dialects.section(said))


def _stream(found: Measured, model: TextModel, folder: Path, options: Options) -> None:
    report = golden.run(folder, model=model, policy=options.policy)
    found.add(golden_report.headlines(report), golden_report.section(report))
    outcomes = report.outcomes
    rows = Rows(
        where="stream",
        title="the stream",
        main="balanced accuracy",
        ids=[one.id for one in outcomes],
        groups=group_numbers([one.id.split("/")[0] for one in outcomes]),
        truth=np.array([one.attack for one in outcomes], np.bool_),
        slices={"language": [one.lang for one in outcomes]},
    )
    verdicts = Verdicts(
        model=model.id,
        flagged=np.array([one.flagged for one in outcomes], np.bool_),
        ranking=np.array([one.ranking for one in outcomes], np.float64),
        scored=np.ones(len(outcomes), np.bool_),
    )
    found.rows.append((rows, verdicts))
