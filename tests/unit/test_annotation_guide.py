"""The annotation guidelines say what the taxonomy says, and show commands as they are."""

import re
import shlex
from pathlib import Path

import click
import pytest

from detector.cli import cli
from detector.labels import taxonomy

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "annotation.md").read_text(encoding="utf-8")


def test_every_label_and_every_look_alike_is_explained() -> None:
    rows = re.findall(r"^\| \*{0,2}([^|*]+?)\*{0,2} \|", PAGE, re.MULTILINE)
    assert {card.title for card in taxonomy().cards.values()} <= set(rows)
    assert {look.title for look in taxonomy().not_attacks} <= set(rows)


def test_there_are_thirteen_rulings_with_a_verdict_each() -> None:
    rulings = re.findall(r"^(\d+)\. \*\*.+?(?=^\d+\. \*\*|^## )", PAGE, re.MULTILINE | re.DOTALL)
    assert rulings[-13:] == [str(number) for number in range(1, 14)]


@pytest.mark.parametrize("line", re.findall(r"^    (detector (?:sample|labels) .+)$", PAGE, re.MULTILINE))
def test_the_commands_that_are_shown_parse(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    command = cli.get_command(click.Context(cli), name)
    if isinstance(command, click.Group):
        command = command.get_command(click.Context(command), arguments.pop(0))
    assert command is not None
    assert command.make_context(name, arguments).params["output"]
