"""The command line: one table of commands, looked up when they are used, and what every command shares.

No logic lives here. A command of an application (`serve`, `training`) is named in the table like any other, so that the
library never imports an application. Exit codes: 0 done, 1 failed, 2 misuse; errors are one line on stderr.
"""

import importlib
import os
import sys
from collections.abc import Sequence

import click

from detector import __version__
from detector.errors import DetectorError, UsageError

COMMANDS = {
    "scan": ("detector.commands.scan:scan", "Find the posts that attack defenders on the roster, and say why."),
    "score": (
        "detector.commands.score:score",
        "Score texts: the probability that each attacks anybody, label by label.",
    ),
    "roster": ("detector.commands.roster:roster", "Administer the roster: the list of defenders."),
    "export": ("detector.commands.export:export", "Write what the store holds to a file."),
    "settings": ("detector.commands.settings:settings", "List every setting with its variable and the value in force."),
    "datasets": ("training.datasets_command:datasets", "List, show and fetch data sets of labelled posts."),
    "sample": ("training.sample_command:sample", "Pick posts worth labelling, for people to label."),
    "labels": ("training.labels_command:labels", "Import the labels that people gave."),
    "train": ("training.command:train", "Train a bundle from a recipe."),
    "evaluate": ("training.evaluate_command:evaluate", "Evaluate a bundle."),
    "serve": ("serve.command:serve", "Serve the HTTP API and the review console."),
    "token": ("serve.token_command:token", "Make, list and revoke access tokens."),
}
"""Name -> where the command is, and its line in the overview (kept here, so that `--help` imports none of them)."""


class CommandTable(click.Group):
    """A click group whose commands are imported when they are asked for, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the table's order."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, from the table alone."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(
    cls=CommandTable,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Example: detector scan posts.jsonl --roster roster.json --output flags.jsonl",
)
@click.version_option(__version__, prog_name="detector")
@click.option("--data", metavar="DIR", help="The folder of store, key and local bundles [DETECTOR_DATA].")
@click.option("--store", metavar="URL", help="The store, where it is not in the data folder [DETECTOR_STORE].")
@click.pass_context
def cli(ctx: click.Context, data: str | None, store: str | None) -> None:
    """Find online attacks on human rights defenders and put them, with reasons, before people."""
    ctx.obj = {"data": data, "store": store}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    try:
        code = cli.main(args=None if arguments is None else list(arguments), standalone_mode=False)
    except click.exceptions.Abort:
        _fail("stopped", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except UsageError as error:
        _fail(str(error), 2)
    except DetectorError as error:
        _fail(str(error), 1)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): not our failure. Keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        _fail(f"{error.strerror or error}: {error.filename or 'no file'}", 1)
    else:
        if isinstance(code, int):  # a command that called `exit`
            sys.exit(code)


def _fail(message: str, code: int) -> None:
    sys.stderr.write(f"detector: {message}\n")
    sys.exit(code)
