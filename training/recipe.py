"""A recipe: everything that decides what a trained model will be, in one TOML file. Reads it; runs nothing.

Frozen once read, and an unknown key is refused: a setting that is misspelt must not be silently ignored. A data set is
used only where the recipe names it, and one of the research tier only where the recipe says so; whose it is and under
what licence stands in its card (`training.cards`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import msgspec

from detector.domain import Label
from detector.errors import RecipeError
from detector.text.bundle import HOSTILITY
from detector.text.hashing import Grams
from training.cards import RESEARCH, Card
from training.strict_toml import read_strict

Part = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the recipe: unknown keys are refused."""


class Features(Strict, frozen=True):
    """`[features]`: what is counted in a text.

    `bits`: log2 of the number of columns; `shortest`, `longest`: lengths of the character n-grams.
    """

    bits: Annotated[int, msgspec.Meta(ge=8, le=22)]
    shortest: Annotated[int, msgspec.Meta(ge=1, le=16)]
    longest: Annotated[int, msgspec.Meta(ge=1, le=16)]

    @property
    def grams(self) -> Grams:
        """The same for the kernel."""
        return Grams(bits=self.bits, shortest=self.shortest, longest=self.longest)


class Fit(Strict, frozen=True):
    """`[fit]`: how the heads are fitted.

    `epochs`: passes over the rows; `rate`: Adagrad's step; `ridge`: strength of the L2 penalty; `seed`: of the
    shuffling.
    `temperature`: 1 leaves languages as they are in the data, 0 gives every language the same weight in total;
    `heaviest`: no row counts more than so many average ones. `rare`: a positive row counts sqrt(negatives / positives),
    at most this much. `fewest`: a set and language with fewer rows of either class than this teaches nothing about a
    label: one class alone would teach the language, not the label.
    """

    epochs: Annotated[int, msgspec.Meta(ge=1, le=100)]
    rate: Positive
    ridge: Annotated[float, msgspec.Meta(ge=0)]
    seed: Count
    temperature: Part
    heaviest: Annotated[float, msgspec.Meta(ge=1)]
    rare: Annotated[float, msgspec.Meta(ge=1)]
    fewest: Count


class Hints(Strict, frozen=True):
    """`[hints]`: what a row's `offensive` says about `insult` where nobody annotated insult; 0 means nothing.

    `inoffensive`: weight of "not offensive, so no insult" (sound); `offensive`: weight of "offensive, so an insult" (a
    guess: it may be hate or vulgarity without a target).
    """

    inoffensive: Part = 0.0
    offensive: Part = 0.0


class Thresholds(Strict, frozen=True):
    """`[thresholds]`: chosen on the dev part.

    `false_flag_rate`: share of inoffensive dev rows with any label flagged, averaged over languages, at most.
    """

    false_flag_rate: Annotated[float, msgspec.Meta(gt=0, lt=1)]


class Set(Strict, frozen=True):
    """`[sets]`: NAME = {} is a data set, read from NAME.parquet. `weight`: how much its rows count (noisy: less)."""

    weight: Positive = 1.0


class Recipe(Strict, frozen=True, omit_defaults=True):
    """A whole recipe.

    `kind`: the kind of model; `name`, `version`: of the bundle; `heads`: labels to learn, in order, with or without
    `offensive`; `narrow`: labels learnt in so few languages that the model answers for no other; `unscored`: for every
    label that is not learnt, the reason in words. `tier`: "research" lets it use sets of that tier; the model is then
    for private use.
    """

    kind: Literal["ngram"]
    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    version: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]*$")]
    heads: tuple[str, ...]
    narrow: tuple[str, ...]
    unscored: dict[str, str]
    features: Features
    fit: Fit
    hints: Hints
    thresholds: Thresholds
    sets: dict[str, Set]
    tier: Literal["open", "research"] = "open"


class Tiered(Protocol):
    """A recipe of any kind, as far as the licences of its sets go."""

    @property
    def sets(self) -> dict[str, Set]:
        """The data sets it names."""

    @property
    def tier(self) -> Literal["open", "research"]:
        """Which sets it may name."""


def recorded(recipe: msgspec.Struct) -> dict[str, Any]:
    """A recipe as a manifest keeps it: all but its sets, which stand among the origins."""
    return {name: value for name, value in msgspec.to_builtins(recipe).items() if name != "sets"}


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe.

    Raises:
        RecipeError: It cannot be read, has a key or value that is not known, or contradicts itself.
    """
    recipe = read_strict(path, Recipe, what="The recipe", wrong=RecipeError)
    problems = _contradictions(recipe)
    if problems:
        raise RecipeError(f"The recipe {path} cannot be used: {'; '.join(problems)}")
    return recipe


def _contradictions(recipe: Recipe) -> list[str]:
    labels = {label.value for label in Label}
    problems = [f"{name!r} is no label" for name in recipe.heads if name not in labels | {HOSTILITY}]
    problems += [f"{name!r} is narrow but not learnt" for name in recipe.narrow if name not in recipe.heads]
    problems += [
        f"{name} must be either among the heads or unscored with a reason"
        for name in sorted(labels)
        if (name in recipe.heads) == (name in recipe.unscored)
    ]
    if len(set(recipe.heads)) != len(recipe.heads) or not recipe.heads:
        problems.append("heads must be given, each once")
    if recipe.features.shortest > recipe.features.longest:
        problems.append("shortest is longer than longest")
    if not recipe.sets:
        problems.append("no data set is named")
    return problems


def check_tier(recipe: Tiered, cards: Mapping[str, Card]) -> None:
    """Refuse sets of the research tier in a recipe that does not ask for them.

    Args:
        recipe: The recipe.
        cards: The card of each of its sets.

    Raises:
        RecipeError: It names such sets without `tier = "research"`.
    """
    named = [name for name in recipe.sets if cards[name].tier == RESEARCH]
    if named and recipe.tier != RESEARCH:
        raise RecipeError(
            f"The recipe names {len(named)} sets whose licence does not let a model be passed on ({', '.join(named)}); "
            'for a model of your own, which you keep to yourself, say tier = "research" at its top'
        )
