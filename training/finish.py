"""From a packed network to a bundle that may be used: calibrated, measured, written, loaded anew.

What ships is what is measured: everything here asks the 8-bit graph, not the network it came from.
"""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import msgspec
import numpy as np

from detector.domain import Label
from detector.errors import BundleError
from detector.text.beside import Floor
from detector.text.bundle import CARD, FORMAT, HOSTILITY, Bundle, Head, Manifest, Origin, load_model, save_bundle
from detector.text.encoder import BESIDE, EncoderModel
from training.calibration import Calibrated, calibrate_anybody, calibrate_target
from training.encoder_card import encoder_card
from training.encoder_recipe import EncoderRecipe
from training.examples import COLUMNS, TARGET_COLUMNS
from training.fit import Progress
from training.material import Material
from training.parity import parity
from training.recipe import recorded
from training.reopen import HEADS
from training.target_level import ask_about
from training.tested import tested

COMPARED = 800
"""Dev posts of the corpus on which the packed graph is held against fp32."""

AGREEING = 32
"""Posts on which a bundle must answer as it did before it was written."""


def finished(
    recipe: EncoderRecipe,
    manifest: Manifest,
    files: dict[str, bytes],
    exact: bytes,
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
    floor = Floor.load() if recipe.beside else None
    anybody = calibrate_anybody(model, dev.public, dev.corpus, limit=recipe.thresholds.anybody, floor=floor)
    report("calibrating", 0.7)
    target = calibrate_target(model, dev.public, dev.corpus, limits=recipe.thresholds)
    manifest = _with(manifest, anybody, target, material)
    if floor:
        manifest = msgspec.structs.replace(manifest, settings={**manifest.settings, BESIDE: floor.id})
    report("comparing with fp32", 0.9)
    asked = Random(1).sample(dev.corpus, min(COMPARED, len(dev.corpus)))  # noqa: S311 - a sample
    attacks = np.array([post.attack for post in asked], np.bool_)
    calibrated = draft.told(manifest)
    finished_model = EncoderModel.load(calibrated, explain=False)
    costs = parity(finished_model, calibrated, exact, [ask_about(post, "T", seed=0) for post in asked], attacks)
    report("measuring", 0.95)
    test, offensive = material.of_part("test"), manifest.heads.get(HOSTILITY)
    tables = tested(finished_model, test.corpus, test.public, hostile_from=offensive.threshold if offensive else 1.0)
    manifest = msgspec.structs.replace(manifest, figures={"packing": {"8 bits against fp32": costs}, **tables})
    bundle = save_bundle(out, manifest, {**files, CARD: encoder_card(manifest, recipe).encode()})
    sample = Random(0).sample(material.corpus, min(AGREEING, len(material.corpus)))  # noqa: S311 - a sample
    passages = [ask_about(post, "T", seed=0) for post in sample]
    if finished_model.judge(passages) != load_model(out, explain=False).judge(passages):
        raise BundleError(f"The bundle {out}, loaded anew, does not answer as it did")
    report("written", 1.0)
    return bundle


def draft_manifest(
    recipe: EncoderRecipe, origins: tuple[Origin, ...], weights: Mapping[str, float], *, heads: int
) -> Manifest:
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
        recipe=recorded(recipe) | {"weights": {name: weight for name, weight in weights.items() if weight != 1}},
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
