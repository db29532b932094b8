"""If the documents can lie, a test catches them."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from detector import domain
from detector.cli import COMMANDS, cli
from detector.labels import taxonomy
from detector.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("[A-Z]*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_pages_show_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"^\s+(?:\S+\s*\|\s*)?detector ([a-z]+)", text, re.MULTILINE)
    shown += re.findall(r"`detector ([a-z]+)", text)
    assert set(shown) <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    found = cli.get_command(click.Context(cli), command)
    names = [[command, name] for name in found.commands] if isinstance(found, click.Group) else [[command]]
    for name in names:
        result = CliRunner().invoke(cli, [*name, "--help"])
        assert result.exit_code == 0, result.output
        assert "Example:" in result.output, name


def test_the_glossary_explains_every_noun_of_the_domain() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    for noun in ("Post", "Account", "Defender", "Mention", "Signal", "Assessment", "Flag", "Decision"):
        assert hasattr(domain, noun)
        assert f"**{noun}**" in text


def test_settings_are_listed_with_their_variables() -> None:
    result = CliRunner().invoke(cli, ["settings"])
    for setting in SETTINGS:
        assert setting.variable in result.output


def test_the_words_we_do_not_use() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8").lower()
        for word in ("inauthentic", "blacklist"):
            assert text.count(word) == (1 if page.name == "glossary.md" else 0), (page.name, word)
    for card in taxonomy().cards.values():
        assert card.why.startswith(("may", "states"))
