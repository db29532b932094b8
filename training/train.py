"""From a recipe and data to a bundle: read, fit, calibrate, set thresholds, evaluate once, write, reload, compare.

The train part fits, the dev part calibrates and sets thresholds, the test part is looked at once, for the card.
Nothing is written before all of it has worked. The same recipe, data and library versions give the same bundle on the
same machine.
"""

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from detector.errors import BundleError, InputError
from detector.text.bundle import CARD, FORMAT, HOSTILITY, Bundle, Head, Manifest, load_model, save_bundle
from detector.text.calibrate import Platt, fit_platt
from detector.text.ngram import SCALES, WEIGHTS, Linear, NgramModel
from training.card import card
from training.cards import Card, cards_of, origins_of
from training.evaluate import Evaluation, measure
from training.examples import Examples, joined, read_file, set_paths
from training.fit import Progress, fit_heads, hashed
from training.recipe import Recipe, check_tier, read_recipe, recorded
from training.supervision import group_numbers, language_weights, supervise, taught
from training.thresholds import best_f1, choose

MEASURED = 25
"""Rows of either class that the test part must have before a label counts as measured in a language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What fitting gave: the weights, and for each head that learnt something its calibration and threshold."""

    linear: Linear
    calibrations: Mapping[str, Platt]
    thresholds: Mapping[str, float]


def run(
    recipe_path: Path, data_dir: Path, out: Path, *, progress: Progress = lambda _what, _done: None
) -> tuple[Bundle, Evaluation]:
    """Train a model and write its bundle.

    Args:
        recipe_path: The recipe (TOML), see `training.recipe`.
        data_dir: Folder with NAME.parquet for every set that the recipe names.
        out: Folder of the new bundle; made if absent, a bundle in it is replaced at the end.
        progress: Told what is being done and how much of it is done.

    Returns:
        The bundle, and the evaluation on the test part.

    Raises:
        RecipeError: The recipe is not valid, or uses the research tier without saying so.
        CardError: A data set has no card, or one that is not valid.
        InputError: A data set is missing or unreadable, or has no rows to learn from.
        BundleError: The written bundle does not reproduce the figures.
    """
    recipe = read_recipe(recipe_path)
    cards = cards_of(recipe.sets, data_dir)
    check_tier(recipe, cards)
    examples = read_sets(recipe, data_dir)
    train, dev, test = (examples.of_part(part) for part in ("train", "dev", "test"))
    if not (len(train) and len(dev) and len(test)):
        raise InputError(f"{data_dir} must hold rows of the parts train, dev and test")
    learnt = learn(recipe, train, dev, progress=progress)
    manifest = describe(recipe, learnt, cards, train=train, test=test)
    hostile_from = learnt.thresholds.get(HOSTILITY, 0.5)
    test = test.rows(np.flatnonzero((test.labels >= 0).any(axis=1)).tolist())
    fresh = NgramModel(Bundle(out, manifest), learnt.linear)
    evaluation = measure(fresh, test, hostile_from=hostile_from, progress=progress)
    manifest = msgspec.structs.replace(manifest, figures=evaluation.summary())
    weights = io.BytesIO()
    np.save(weights, learnt.linear.weights, allow_pickle=False)
    files = {WEIGHTS: weights.getvalue(), CARD: card(manifest, recipe, evaluation).encode()}
    bundle = save_bundle(out, manifest, files)
    again = measure(load_model(out), test, hostile_from=hostile_from, progress=progress)
    if again != evaluation:
        raise BundleError(f"The bundle {out}, loaded anew, does not reproduce its test figures")
    return bundle, evaluation


def read_sets(recipe: Recipe, data_dir: Path) -> Examples:
    """The rows of every set that the recipe names.

    Raises:
        InputError: One is missing or unreadable.
    """
    return joined(read_file(path) for path in set_paths(recipe.sets, data_dir).values())


def learn(recipe: Recipe, train: Examples, dev: Examples, *, progress: Progress) -> Learnt:
    """Fit on the train part; calibrate and set thresholds on the dev part."""
    grams = recipe.features.grams
    supervision = supervise(
        train,
        recipe.heads,
        fit=recipe.fit,
        hints=recipe.hints,
        set_weights={name: entry.weight for name, entry in recipe.sets.items()},
    )
    rows = hashed(train.texts, grams, progress)
    linear = fit_heads(rows, supervision, grams=grams, fit=recipe.fit, progress=progress)
    rows = hashed(dev.texts, grams, progress)
    raw = linear.totals(rows.features, rows.indptr)
    calibrations = calibrate(recipe, dev, raw)
    chances = {name: fitted(raw[:, recipe.heads.index(name)]) for name, fitted in calibrations.items()}
    for name in recipe.narrow:
        answers = np.isin(dev.langs, learnt_languages(train, name, fewest=recipe.fit.fewest))
        if name in chances:
            chances[name] = np.where(answers, chances[name], np.nan)
    thresholds = set_thresholds(dev, chances, recipe.thresholds.false_flag_rate)
    return Learnt(linear=linear, calibrations=calibrations, thresholds=thresholds)


def calibrate(recipe: Recipe, dev: Examples, raw: npt.NDArray[np.float32]) -> dict[str, Platt]:
    """A calibration for each head whose raw scores, shape (rows, heads), rise with its label; no other."""
    groups = group_numbers(dev)
    weights = language_weights(dev.langs, temperature=recipe.fit.temperature, heaviest=recipe.fit.heaviest)
    found = {}
    for column, name in enumerate(recipe.heads):
        marks = dev.marks(name)
        rows = taught(marks[:, None], groups, fewest=1)[:, 0]
        fitted = fit_platt(raw[rows, column], marks[rows] == 1, weights[rows])
        if fitted is not None:
            found[name] = fitted
    return found


def set_thresholds(dev: Examples, chances: Mapping[str, npt.NDArray[np.float64]], rate: float) -> dict[str, float]:
    """A threshold for each head: labels share the promise about false flags, `offensive` goes by F1 alone.

    Args:
        dev: The dev part.
        chances: For each head, a probability a row; NaN where it does not answer.
        rate: The promise, 0-1.
    """
    wanted = {}
    for name, values in chances.items():
        rows = (dev.marks(name) >= 0) & ~np.isnan(values)
        wanted[name] = best_f1(values[rows], dev.marks(name)[rows] == 1)
    calm = dev.marks(HOSTILITY) == 0
    langs = [dev.langs[row] for row in np.flatnonzero(calm).tolist()]
    labels = {name: values[calm] for name, values in chances.items() if name != HOSTILITY}
    return wanted | choose(labels, {name: wanted[name] for name in labels}, langs, rate=rate)


def describe(recipe: Recipe, learnt: Learnt, cards: Mapping[str, Card], *, train: Examples, test: Examples) -> Manifest:
    """The manifest of a model that is not measured yet; `cards` are those of the recipe's sets, by name."""
    heads = {
        name: Head(
            column=column,
            slope=learnt.calibrations[name].slope,
            intercept=learnt.calibrations[name].intercept,
            threshold=learnt.thresholds[name],
            languages=measured_languages(train, test, name, fewest=recipe.fit.fewest),
            only=learnt_languages(train, name, fewest=recipe.fit.fewest) if name in recipe.narrow else (),
        )
        for column, name in enumerate(recipe.heads)
        if name in learnt.calibrations
    }
    empty = {name: f"this model has learnt nothing about {name}" for name in recipe.heads if name not in heads}
    empty.pop(HOSTILITY, None)
    return Manifest(
        format=FORMAT,
        kind=recipe.kind,
        name=recipe.name,
        version=recipe.version,
        heads=heads,
        unscored=recipe.unscored | empty,
        languages=tuple(sorted({lang for head in heads.values() for lang in head.languages})),
        settings={**msgspec.to_builtins(recipe.features), SCALES: learnt.linear.scales.tolist()},
        origins=origins_of(cards, Counter(train.sets)),
        recipe=recorded(recipe),
        figures={},
        files={},
    )


def learnt_languages(train: Examples, label: str, *, fewest: int) -> tuple[str, ...]:
    """Languages in which some data set had enough rows of either class of a label."""
    rows = np.flatnonzero(taught(train.marks(label)[:, None], group_numbers(train), fewest=fewest)[:, 0])
    return tuple(sorted({train.langs[row] for row in rows.tolist()} - {""}))


def measured_languages(train: Examples, test: Examples, label: str, *, fewest: int) -> tuple[str, ...]:
    """Languages in which a label was learnt, and of which the test part has `MEASURED` rows of either class."""
    learnt = learnt_languages(train, label, fewest=fewest)
    return tuple(lang for lang in learnt if _rows_of_either(test, label, lang) >= MEASURED)


def _rows_of_either(examples: Examples, label: str, lang: str) -> int:
    marks = examples.marks(label)[np.array([one == lang for one in examples.langs], np.bool_)]
    return min(int((marks == 1).sum()), int((marks == 0).sum()))
