"""Recipes: what ships is valid; what is misspelt or contradicts itself is refused."""

from pathlib import Path

import msgspec
import pytest

from detector.errors import RecipeError
from detector.text.bundle import floor_bundle, read_bundle
from training.cards import cards_of
from training.recipe import read_recipe

SHIPPED = Path(__file__).resolve().parents[2] / "training" / "recipes" / "ngram.toml"


def test_the_recipe_that_ships() -> None:
    recipe = read_recipe(SHIPPED)
    assert recipe.name == "ngram"
    assert recipe.tier == "open"
    assert recipe.sets["mlma_ar"].weight == 0.5


EDITS = {
    "unknown key": ("[fit]", "[fit]\nspeed = 3", "speed"),
    "unknown table": ("[fit]", "[more]\na = 1\n[fit]", "more"),
    "out of range": ("epochs = 4", "epochs = 0", "epochs"),
    "wrong type": ("seed = 1", 'seed = "one"', "seed"),
    "missing": ("seed = 1\n", "", "seed"),
    "no such label": ('"smear",', '"smear", "rude",', "'rude' is no label"),
    "neither learnt nor excused": ('"smear",', "", "smear"),
    "learnt and excused": ("[unscored]", '[unscored]\nhate = "no"', "hate"),
    "sizes": ("shortest = 2", "shortest = 6", "longest"),
    "kind": ('kind = "ngram"', 'kind = "oracle"', "oracle"),
    "a licence, which belongs in a card": ("gahd_de = {}", 'gahd_de = { licence = "MIT" }', "licence"),
    "weight": ("gahd_de = {}", "gahd_de = { weight = 0 }", "weight"),
    "tier": ('kind = "ngram"', 'kind = "ngram"\ntier = "closed"', "closed"),
    "not TOML": ("[fit]", "[fit", "recipe"),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_is_wrong_is_said(name: str, tmp_path: Path) -> None:
    old, new, hint = EDITS[name]
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "recipe.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecipeError, match=hint):
        read_recipe(path)


def test_the_bundle_that_ships_was_made_by_the_recipe_that_ships() -> None:
    recipe, manifest = read_recipe(SHIPPED), read_bundle(floor_bundle()).manifest
    told = msgspec.to_builtins(recipe)
    sets = told.pop("sets")
    assert msgspec.json.decode(msgspec.json.encode(told)) == manifest.recipe
    assert [(one.name, one.licence, one.citation, one.repository) for one in manifest.origins] == [
        (card.name, card.licence, card.citation, card.repository) for card in cards_of(sets).values()
    ]


def test_no_recipe_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError):
        read_recipe(tmp_path / "none.toml")


def test_a_recipe_may_be_like_another(tmp_path: Path) -> None:
    whole = tmp_path / "ngram.toml"
    whole.write_text(SHIPPED.read_text(encoding="utf-8"), encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text('like = "ngram.toml"\nname = "own"\n[sets]\nmlma_ar = {}\n', encoding="utf-8")
    recipe = read_recipe(own)
    assert (recipe.name, list(recipe.sets)) == ("own", ["mlma_ar"])
    assert recipe.fit == read_recipe(whole).fit


@pytest.mark.parametrize("like", ['"own.toml"', '"../ngram.toml"', '"nowhere.toml"', "3"])
def test_a_recipe_like_nothing_is_refused(like: str, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(f"like = {like}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="recipe"):
        read_recipe(own)
