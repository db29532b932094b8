"""The evaluation of a bundle, whole: which data ask what, everything measured, one report.

Knows nothing of how a figure is worked out or drawn. A model that it is held against is measured in the same way, on the
same rows with the same names and disguises, so that every difference is the model's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from detector import __version__
from detector.assess.policy import Policy
from detector.errors import InputError
from detector.text.bundle import HOSTILITY, Bundle, load_model, read_bundle
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
from training.answers import LABELS
from training.comparison import Rows, Verdicts
from training.comparison import section as side_by_side
from training.corpus import CorpusPost, read_corpus
from training.evaluate import Evaluation, ask_about_anybody
from training.examples import Examples, few_of_each, joined, read_examples, row_ids
from training.fit import Progress
from training.intervals import group_numbers
from training.report import Headline, Report, Section
from training.target_level import CorpusAnswers, answer, select

SWAPPED, DISGUISED = 12, 24
"""Posts a language that are judged again with other names, and disguised."""

STREAM = ("stream.jsonl", "roster.json", "truth.jsonl")


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


def run(
    bundle: Path,
    data: Sequence[Path],
    options: Options,
    *,
    against: Path | None = None,
    progress: Progress = lambda _what, _done: None,
) -> Report:
    """Evaluate a bundle.

    Args:
        bundle: Folder of the bundle.
        data: Labelled texts, corpora and streams, told apart by what is in them; see `read_asked`.
        options: How.
        against: A bundle to hold it against.
        progress: Told what is being done and how much of it is done.

    Raises:
        BundleError: A bundle cannot be loaded.
        InputError: Data cannot be read, or hold nothing of the part.
    """
    asked = read_asked(data, options)
    found = measure(bundle, asked, options, progress)
    facts = _facts(read_bundle(bundle), asked, options)
    title = f"Evaluation of {found.model}"
    if against is None:
        return Report(
            title=title, facts=facts, headlines=tuple(found.headlines), sections=tuple(found.sections)
        )
    other = measure(against, asked, options, progress)
    by_name = {one.what: one for one in other.headlines}
    beside = [
        side_by_side(rows, mine, theirs) for (rows, mine), (_, theirs) in zip(found.rows, other.rows, strict=True)
    ]
    return Report(
        title=f"{title} against {other.model}",
        facts=facts,
        headlines=tuple(replace(one, other=by_name.get(one.what)) for one in found.headlines),
        sections=(*beside, *found.sections),
        against=other.model,
    )


def read_asked(data: Sequence[Path], options: Options) -> Asked:
    """Read what will be asked.

    A folder with `stream.jsonl`, `roster.json` and `truth.jsonl` is a stream; a folder with other `.jsonl` files a
    corpus; anything else labelled texts.

    Raises:
        InputError: See `run`.
    """
    streams = [path for path in data if (path / STREAM[0]).is_file()]
    if len(streams) > 1:
        raise InputError("One stream at a time can be evaluated")
    corpora = [path for path in data if path not in streams and path.is_dir() and any(path.glob("*.jsonl"))]
    texts = [path for path in data if path not in streams and path not in corpora]
    posts = [post for path in corpora for post in read_corpus(path)]
    chosen = select(posts, part=options.part, limit=options.limit, seed=options.seed)
    if posts and not chosen:
        raise InputError(f"The corpus holds no post of the part {options.part!r}")
    examples, ids = _read_texts(texts, options) if texts else (None, [])
    return Asked(
        posts=chosen,
        examples=examples,
        ids=ids,
        stream=streams[0] if streams else None,
        ordinary=[
            ordinary.read_ordinary(path, part=options.part, limit=options.limit, seed=options.seed)
            for path in options.ordinary
        ],
    )


def _read_texts(paths: Sequence[Path], options: Options) -> tuple[Examples, list[str]]:
    examples = joined(read_examples(path) for path in paths)
    keep = (examples.labels >= 0).any(axis=1)
    if options.part is not None and any(examples.parts):
        # A set without parts is taken whole.
        keep &= np.array([part in (options.part, "") for part in examples.parts], np.bool_)
    rows = np.flatnonzero(keep).tolist()
    if not rows:
        names = ", ".join(str(path) for path in paths)
        raise InputError(f"{names}: no annotated row" + (f" of the part {options.part!r}" if options.part else ""))
    rows = [rows[row] for row in few_of_each([examples.langs[row] for row in rows], options.limit, seed=options.seed)]
    ids = row_ids(examples)
    return examples.rows(rows), [ids[row] for row in rows]


def measure(bundle: Path, asked: Asked, options: Options, progress: Progress) -> Measured:
    """Everything that the data allow, about one model."""
    model = load_model(bundle)
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
        _stream(found, model, asked.stream, options)
    return found


def _corpus(
    found: Measured, model: TextModel, posts: Sequence[CorpusPost], options: Options, progress: Progress
) -> None:
    seed = options.seed
    answers = answer(model, posts, seed=seed, progress=progress)
    marks = {
        label: np.array([label in post.labels["T"] for post in posts], np.int8) for label in LABELS
    }
    lead = ("Probabilities that the post attacks its marked defender in this way, on the same posts as above.",)
    calibration = reliability.section("corpus", answers.target, marks, answers.groups, lead)
    found.add(target_report.headlines(answers), *target_report.sections(answers), calibration)
    found.rows.append(_corpus_rows(answers))
    shifts = swaps.measure(model, select(posts, part=None, limit=SWAPPED, seed=seed), seed=seed, progress=progress)
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


def _ordinary(
    found: Measured, model: TextModel, asked: Sequence[ordinary.Ordinary], progress: Progress
) -> None:
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
        slices={"file": [one.source for one in asked for _ in one.ids], "language": [n for o in asked for n in o.langs]},
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


def _facts(bundle: Bundle, asked: Asked, options: Options) -> tuple[tuple[str, str], ...]:
    return tuple(_fact_lines(bundle, asked, options))


def _fact_lines(bundle: Bundle, asked: Asked, options: Options) -> Iterator[tuple[str, str]]:
    manifest = bundle.manifest
    size = sum(entry.bytes for entry in manifest.files.values())
    yield "Model", f"{bundle.id}, {manifest.kind}"
    yield "Size", f"{size / 1e6:.1f} MB"
    yield "Languages measured", f"{len(manifest.languages)}"
    if manifest.unscored:
        yield "Labels it does not judge", ", ".join(sorted(manifest.unscored))
    if asked.posts:
        yield "Corpus", f"{len(asked.posts):,} posts, {len({post.lang for post in asked.posts})} languages"
    if asked.examples is not None:
        yield "Labelled texts", f"{len(asked.examples):,} rows, {len(set(asked.examples.sets))} sets"
    if asked.ordinary:
        yield "Ordinary mentions", f"{sum(len(one.ids) for one in asked.ordinary):,}"
    yield "Part", options.part or "all"
    if options.limit is not None:
        yield "Rows a language, at most", f"{options.limit:,}"
    yield "Seed", str(options.seed)
    yield "Written by", f"hrd-detector {__version__}"
