"""The researcher's path: teach a packed model a language or dialect from own labels, without it forgetting the others.

The bundle is opened again, low-rank adapters learn from the own posts and, in the same batches, from the defender
corpus (what the model knew is rehearsed while it learns), and the result is packed as it was. The own language gets a
shift of its calibration and nothing else of it changes. What was gained and what was lost is measured before and after,
on the own test part and on the corpus, and written on the card.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msgspec
import numpy as np

from detector.errors import InputError
from detector.text.bundle import ATTACK, CARD, Bundle, Manifest, Origin, read_bundle, save_bundle
from detector.text.calibrate import Truths
from detector.text.encoder import GRAPH, TOKENIZER, EncoderModel
from detector.text.language import as_written
from detector.text.marking import marked
from training.answers import ask
from training.augment import Augment
from training.batches import Mix
from training.calibration import held_back
from training.corpus import CorpusLessons, CorpusPost, read_corpus
from training.encoder_recipe import Stage
from training.export import exported, unpruned
from training.figures import area_under_curve, balanced
from training.fit import Progress
from training.own_labels import OwnLessons, OwnPost, read_own_labels
from training.reopen import reopened
from training.target_level import ask_about
from training.train_encoder import fit_stage

TIMES = 14
"""How often each own post is shown, at most."""

LESSONS = (2_400, 14_000)
"""Fewest and most lessons: about 2 to 12 minutes on two cores."""

OTHERS_MEASURED = 900
FEWEST_TO_SHIFT = 10
HELD_BACK = 50.0
"""Own dev posts at which the language's shift counts half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a model does: on the own test part, and on the corpus' test part in other languages."""

    own_balanced: float
    own_auc: float
    others_balanced: float

    def figures(self, when: str) -> dict[str, float]:
        """Rounded, for a manifest."""
        return {f"{name} {when}": round(value, 4) for name, value in msgspec.to_builtins(self).items()}


def run(
    table: Path,
    lang: str,
    out: Path,
    *,
    start: Path,
    corpus: Path,
    rank: int = 16,
    rate: float = 4e-4,
    report: Progress = lambda _what, _done: None,
) -> tuple[Standing, Standing]:
    """Teach a bundle from a CSV of own labels; write a new bundle.

    Args:
        table: See `training.own_labels`.
        lang: BCP 47 code of the language or dialect.
        out: Folder of the new bundle.
        start: The bundle to start from; it stays as it is.
        corpus: Folder of the defender corpus, for rehearsal.
        rank: Of the adapters.
        rate: Peak learning rate of the adapters.
        report: Told what is being done and how much of it is done (0-1).

    Returns:
        How it did before and after.

    Raises:
        InputError: The table cannot be used.
        BundleError: `start` is no encoder bundle.
    """
    own = read_own_labels(table, lang=lang)
    posts = [post for post in read_corpus(corpus) if post.lang != lang]
    bundle = read_bundle(start)
    if bundle.manifest.kind != "encoder":
        raise InputError(f"{start} is no encoder bundle: only encoders can be taught from own labels")
    before = standing(EncoderModel.load(bundle, explain=False), own, posts)
    report("measured", 0.05)
    taught = _taught(bundle, own, posts, rank, rate, out, lambda what, done: report(what, 0.05 + 0.85 * done))
    manifest = _manifest(bundle.manifest, lang, own, table.name)
    draft = save_bundle(out, manifest, {**taught, CARD: b"draft"})
    plain = EncoderModel.load(draft, explain=False)
    manifest = _shifted(manifest, lang, plain, [post for post in own if post.part == "dev"])
    report("measuring", 0.95)
    after = standing(EncoderModel.load(draft.told(manifest), explain=False), own, posts)
    manifest = msgspec.structs.replace(manifest, figures=before.figures("before") | after.figures("after"))
    save_bundle(out, manifest, {**taught, CARD: _card(manifest, bundle, lang, own).encode()})
    report("written", 1.0)
    return before, after


def _taught(
    bundle: Bundle,
    own: Sequence[OwnPost],
    posts: Sequence[CorpusPost],
    rank: int,
    rate: float,
    out: Path,
    report: Progress,
) -> dict[str, bytes]:
    """The files of the bundle after it has learnt; its vocabulary is the one it had."""
    network, tokenizer = reopened(bundle)
    train = [post for post in own if post.part == "train"]
    rehearsed = [post for post in posts if post.part == "train"]
    lessons = max(LESSONS[0], min(LESSONS[1], 2 * TIMES * len(train)))
    stage = Stage(posts=lessons, rate=rate, head_rate=3e-4, lora=rank, fade=1.0)
    drawn = [
        Mix(source=OwnLessons(posts=train, augment=Augment()), share=0.5),
        Mix(source=CorpusLessons(posts=rehearsed, augment=Augment()), share=0.5),
    ]
    fit_stage(network, tokenizer, drawn, stage, out.with_name(f"{out.name}.run"), report)
    return {
        GRAPH: exported(network.eval(), unpruned(tokenizer, network)),
        TOKENIZER: bundle.file(TOKENIZER).read_bytes(),
    }


def standing(model: EncoderModel, own: Sequence[OwnPost], posts: Sequence[CorpusPost]) -> Standing:
    """Measure a model on the own test part and on a sample of the corpus' test part."""
    test = [post for post in own if post.part == "test" and post.attack is not None]
    truth = np.array([bool(post.attack) for post in test], np.bool_)
    answers = ask(model, [post.passage for post in test])
    others = [post for post in posts if post.part == "test"]
    others = Random(0).sample(others, min(OTHERS_MEASURED, len(others)))  # noqa: S311 - a sample
    attacks = np.array([post.attack for post in others], np.bool_)
    answered = ask(model, [ask_about(post, "T", seed=0) for post in others])
    return Standing(
        own_balanced=_balanced(truth, answers.decided),
        own_auc=area_under_curve(truth, np.nan_to_num(answers.ranking, nan=-99.0)),
        others_balanced=_balanced(attacks, answered.decided),
    )


def _balanced(truth: Truths, decided: Truths) -> float:
    """Balanced accuracy; NaN where a class is missing."""
    found = balanced(truth, decided, np.ones(len(truth)))
    return float("nan") if found is None else found


def _manifest(start: Manifest, lang: str, own: Sequence[OwnPost], table: str) -> Manifest:
    origin = Origin(
        name=f"own labels, {lang}",
        licence="the holder's own",
        citation=table,
        repository="",
        rows=sum(post.part == "train" for post in own),
    )
    return msgspec.structs.replace(
        start,
        name=f"{start.name}-{lang.lower()}",
        languages=tuple(sorted({*start.languages, lang})),
        origins=(*start.origins, origin),
        figures={},
    )


def _shifted(manifest: Manifest, lang: str, model: EncoderModel, dev: Sequence[OwnPost]) -> Manifest:
    """The manifest with a shift for the language: the head that decides answers, on average, as often as dev says."""
    posts = [post for post in dev if post.aimed and post.attack is not None]
    if len(posts) < FEWEST_TO_SHIFT:
        return manifest
    column = list(manifest.target).index(ATTACK)
    raw = model.raw([marked(post.passage) for post in posts]).target[:, column]
    head = manifest.target[ATTACK]
    truth = np.array([bool(post.attack) for post in posts], np.bool_)
    shift = held_back(head.slope * raw + head.intercept, truth, most=4.0, half=HELD_BACK)
    shifted = msgspec.structs.replace(head, shifts={**head.shifts, as_written(lang): shift})
    return msgspec.structs.replace(manifest, target={**manifest.target, ATTACK: shifted})


def _card(manifest: Manifest, start: Bundle, lang: str, own: Sequence[OwnPost]) -> str:
    counts = {part: sum(post.part == part for post in own) for part in ("train", "dev", "test")}
    figures: Mapping[str, float] = manifest.figures
    learnt = (
        f"Taught from {len(own)} own labels ({counts['train']} to learn from, {counts['dev']} to calibrate, "
        f"{counts['test']} to measure), rehearsing the defender corpus in its other languages."
    )
    lines = [
        f"# {manifest.name} {manifest.version}: {start.id}, taught {lang}",
        "",
        learnt,
        f"Everything that the card of {start.id} says about use and limits holds here too. The own posts are not in",
        "the bundle.",
        "",
        "| figure | before | after |",
        "|---|--:|--:|",
    ]
    names = {
        "own_balanced": f"balanced accuracy, own test part ({lang})",
        "own_auc": f"area under the curve, own test part ({lang})",
        "others_balanced": "balanced accuracy, corpus, other languages",
    }
    lines += [
        f"| {text} | {figures[f'{key} before']:.3f} | {figures[f'{key} after']:.3f} |" for key, text in names.items()
    ]
    return "\n".join(lines) + "\n"
