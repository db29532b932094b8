"""The recipe of an encoder: the base, the stages of fitting, what is drawn in each, and how it is packed.

Frozen once read, and an unknown key is refused, like `training.recipe`, whose data sets and tiers it shares.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from detector.errors import RecipeError
from training.augment import Augment
from training.recipe import Part, Set, Strict
from training.schedule import Schedule
from training.strict_toml import read_strict


class Stage(Schedule, frozen=True, kw_only=True):
    """`[[stages]]`: one run of fitting, from where the one before it ended. A schedule, and what is drawn in it.

    `corpus`: share of lessons from the defender corpus, the others from the data sets; `temperature`: 1 draws groups
    (sets in a language) as they are, 0 all alike; `addressed`: share of public posts shown as if they mentioned a
    defender; `lora`: rank of low-rank adapters that learn in the encoder's stead, 0 for none.
    """

    corpus: Part = 0.0
    temperature: Part = 0.5
    addressed: Part = 0.35
    lora: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0


class Limits(Strict, frozen=True):
    """`[thresholds]`: promises about false flags, kept on the dev parts.

    `anybody`: inoffensive public posts with any label flagged, averaged over languages; `alike`: posts of the corpus
    that look like attacks on the defender and are none; `ordinary`: inoffensive public posts that mention a defender.
    `grave` is a probability: threats and doxxing are flagged from it on, even where that breaks the other promises. A
    missed threat costs more than a look at a post that is none.
    """

    anybody: Part = 0.05
    alike: Part = 0.08
    ordinary: Part = 0.01
    grave: Part = 1.0


class EncoderRecipe(Strict, frozen=True, omit_defaults=True):
    """A whole recipe.

    `base`: see `training.base`; `vocabulary`: pieces that the packed tokeniser keeps; `longest`: tokens that the model
    reads at once; `calm`: sets of sentiment in which a row that upstream calls positive counts as inoffensive;
    `beside`: let the n-gram floor have a say in whether a text attacks anybody, as far as that helps on dev rows;
    `weigh`: after the first stage, choose each set's weight on its dev rows (see `training.set_weights`);
    `without`: languages of the corpus to leave out, in order to measure how the model fares in languages it never saw;
    `without_kinds`: kinds of posts that are not learnt from, in order to measure how it fares on them.
    """

    kind: Literal["encoder"]
    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    version: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]*$")]
    stages: tuple[Stage, ...]
    sets: dict[str, Set]
    base: str = "wheel"
    vocabulary: Annotated[int, msgspec.Meta(ge=100)] = 120_000
    longest: Annotated[int, msgspec.Meta(ge=8, le=512)] = 96
    thresholds: Limits = Limits()
    augment: Augment = Augment()
    calm: tuple[str, ...] = ()
    beside: bool = False
    weigh: bool = False
    without: tuple[str, ...] = ()
    without_kinds: tuple[str, ...] = ()
    tier: Literal["open", "research"] = "open"


def read_encoder_recipe(path: Path) -> EncoderRecipe:
    """Read and check a recipe.

    Raises:
        RecipeError: It cannot be read, has a key or value that is not known, or contradicts itself.
    """
    recipe = read_strict(path, EncoderRecipe, what="The recipe", wrong=RecipeError)
    if not recipe.stages:
        raise RecipeError(f"The recipe {path} cannot be used: it has no stage")
    lost = [name for name in recipe.calm if name not in recipe.sets]
    if lost:
        raise RecipeError(f"The recipe {path} cannot be used: {', '.join(lost)} is calm but not among the sets")
    return recipe


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What every recipe says first; the rest is left to its own kind's reader."""

    kind: str = ""


def kind_of(path: Path) -> str:
    """The kind of model that a recipe makes; "" where it does not say.

    Raises:
        RecipeError: The file cannot be read.
    """
    return read_strict(path, Kind, what="The recipe", wrong=RecipeError).kind
