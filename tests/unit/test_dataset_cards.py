"""Data set cards: what ships is whole and in step with NOTICE, recipes and docs; what is wrong is refused."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from detector.cli import cli
from detector.errors import CardError, RecipeError
from training.cards import FOLDER, RESEARCH, cards_of, find_card, read_card, shipped_cards
from training.encoder_recipe import kind_of, read_encoder_recipe
from training.recipe import Tiered, check_tier, read_recipe

ROOT = Path(__file__).resolve().parents[2]
RECIPES = sorted((ROOT / "training" / "recipes").glob("*.toml"))

OWN = """
name = "mine"
tier = "research"
licence = "not published"
citation = "Collected by a hotline that is invented"
"""

WHOLE = (
    OWN
    + """
rows = 3
mapping = "rude is offensive"
[[sources]]
repository = "invented/posts"
commit = "0123456789012345678901234567890123456789"
[languages]
en = 3
[labels.offensive]
positive = 1
annotated = 3
[fetch]
how = "files"
basis = "files"
[[fetch.adapters]]
files = [{ path = "posts.csv" }]
columns = ["post", "rude"]
text = "post"
lang = "en"
[[fetch.adapters.rules]]
when = [{ column = "rude", one_of = ["yes"] }]
give = { offensive = 1 }
"""
)


def written(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_card_that_ships_is_whole() -> None:
    cards = shipped_cards()
    assert list(cards) == sorted(path.stem for path in FOLDER.iterdir())
    for card in cards.values():
        assert card.mapping, card.name
        assert card.quality, card.name
        assert card.sources, card.name
        assert card.languages, card.name
        assert card.rows > 0, card.name


def test_many_open_sets_can_be_fetched() -> None:
    fetchable = [card for card in shipped_cards().values() if card.tier == "open" and card.fetch.how == "files"]
    assert len(fetchable) >= 25


def test_the_tier_follows_the_licence() -> None:
    for card in shipped_cards().values():
        stated = card.licence.casefold()
        if "cc by-nc" in stated or stated == "none stated":
            assert card.tier == RESEARCH, card.name


def any_recipe(path: Path) -> Tiered:
    """A recipe of either kind."""
    return read_encoder_recipe(path) if kind_of(path) == "encoder" else read_recipe(path)


@pytest.mark.parametrize("path", [path for path in RECIPES if path.stem != "private"], ids=lambda path: path.stem)
def test_recipes_that_ship_use_open_sets_and_notice_attributes_each(path: Path) -> None:
    recipe = any_recipe(path)
    assert recipe.tier == "open"
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8").splitlines()
    for card in cards_of(recipe.sets).values():
        assert card.tier == "open", card.name
        assert f"  {card.name}: {card.citation} ({card.licence})" in notice


def test_the_page_holds_the_table_that_the_command_prints() -> None:
    printed = CliRunner().invoke(cli, ["datasets", "list", "--markdown"]).output
    page = (ROOT / "docs" / "datasets.md").read_text(encoding="utf-8")
    assert page.endswith("\n\n" + printed), "run `detector datasets list --markdown` and paste its table into the page"


def test_a_whole_card_is_read(tmp_path: Path) -> None:
    card = read_card(written(tmp_path, WHOLE))
    assert card.repository == "https://github.com/invented/posts"
    assert card.fetch.adapters[0].named == ("post", "rude")


EDITS = {
    "unknown key": ('tier = "research"', 'tier = "research"\ncolour = 3', "colour"),
    "unknown tier": ('tier = "research"', 'tier = "secret"', "secret"),
    "no licence": ('licence = "not published"', 'licence = ""', "licence"),
    "another name": ('name = "mine"', 'name = "yours"', "yours"),
    "languages": ("en = 3", "en = 2", "add up"),
    "no such label": ("[labels.offensive]", "[labels.rude]", "'rude' is no label"),
    "too many positives": ("positive = 1", "positive = 9", "more positive"),
    "more annotated than rows": ("annotated = 3", "annotated = 4", "more annotated"),
    "repository": ('repository = "invented/posts"', 'repository = "posts"', "owner/name"),
    "short commit": ("0123456789012345678901234567890123456789", "01234567", "full commit"),
    "no adapters": ("[[fetch.adapters]]", "[[fetch.adapter]]", "adapter"),
    "no basis": ('basis = "files"', "", "basis"),
    "by hand without a word": ('how = "files"\nbasis = "files"', 'how = "by hand"', "instructions"),
    "a path that leads out": ('path = "posts.csv"', 'path = "../posts.csv"', "leads out"),
    "no such column": ('column = "rude"', 'column = "polite"', "polite"),
    "gives no label": ("give = { offensive = 1 }", "give = { rude = 1 }", "'rude' is no label"),
    "gives no mark": ("give = { offensive = 1 }", "give = { offensive = 2 }", "<= 1"),
    "gives nothing": ("give = { offensive = 1 }", "", "neither gives nor drops"),
    "drops all": (
        'when = [{ column = "rude", one_of = ["yes"] }]\ngive = { offensive = 1 }',
        "drop = true",
        "every row",
    ),
    "another repository": ('text = "post"', 'text = "post"\nrepository = "a/b"', "not among the sources"),
    "no language": ('lang = "en"\n', "", "language"),
    "two columns of words": ('column = "rude"', 'columns = ["rude", "post"]', "exactly one column"),
    "not TOML": ("[languages]", "[languages", "card"),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_is_wrong_is_said(name: str, tmp_path: Path) -> None:
    old, new, hint = EDITS[name]
    assert old in WHOLE
    with pytest.raises(CardError, match=hint):
        read_card(written(tmp_path, WHOLE.replace(old, new, 1)))


def test_a_set_of_ones_own_needs_four_lines(tmp_path: Path) -> None:
    written(tmp_path, OWN)
    assert find_card("mine", tmp_path).tier == RESEARCH


def test_a_card_that_ships_cannot_be_replaced(tmp_path: Path) -> None:
    written(tmp_path, OWN.replace('"mine"', '"trac1_en"').replace('"research"', '"open"'), "trac1_en")
    assert find_card("trac1_en", tmp_path).tier == RESEARCH


@pytest.mark.parametrize("name", ["nowhere", "../mine", ""])
def test_no_card_there(name: str, tmp_path: Path) -> None:
    written(tmp_path, OWN)
    with pytest.raises(CardError, match="There is no data set"):
        find_card(name, tmp_path / "sub")


def test_the_research_tier_has_to_be_asked_for(tmp_path: Path) -> None:
    text = RECIPES[0].read_text(encoding="utf-8") + "trac1_en = {}\n"
    recipe = any_recipe(written(tmp_path, text))
    with pytest.raises(RecipeError, match="trac1_en"):
        check_tier(recipe, cards_of(recipe.sets))
    private = any_recipe(written(tmp_path, 'tier = "research"\n' + text))
    check_tier(private, cards_of(private.sets))
    assert private.tier == RESEARCH
