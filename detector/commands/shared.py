"""What several commands share: options, settings, opening the store with its key, progress."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from detector.errors import MissingExtraError
from detector.settings import Settings, read_settings
from detector.store import Store, holds_data, open_store
from detector.store.crypto import KeyRing, load_or_make_key

Command = TypeVar("Command", bound=Callable[..., Any])

stderr = Console(stderr=True, highlight=False)


def data_options(command: Command) -> Command:
    """`--data` and `--store`, accepted before and after the command's name."""
    command = click.option("--store", metavar="URL", help="The store, where not in the data folder.")(command)
    return click.option("--data", metavar="DIR", help="The folder of store, key and local bundles.")(command)


def quiet_option(command: Command) -> Command:
    """`--quiet`."""
    return click.option("--quiet", is_flag=True, help="No progress and no remarks on stderr.")(command)


def settings_from(**flags: Any) -> Settings:
    """Settings from a command's own flags, then those before its name, the environment, and the defaults."""
    group = click.get_current_context().find_root().obj or {}
    own = {name: value for name, value in flags.items() if value is not None}
    return read_settings(**{**group, **own})


def keys_for(settings: Settings, *, quiet: bool = False) -> KeyRing:
    """The key ring; says so when it has just been made."""
    may_make = not holds_data(settings.store_url)
    keys, made = load_or_make_key(settings.key, settings.key_file, may_make=may_make)
    if made and not quiet:
        stderr.print(f"A new key was made: {settings.key_file} (mode 600).")
        stderr.print("Without it nobody can read the store: keep a copy apart from the store's backups.")
    return keys


@contextmanager
def opened_store(settings: Settings, *, quiet: bool = False) -> Iterator[Store]:
    """The store, closed afterwards."""
    keys = keys_for(settings, quiet=quiet)
    store = open_store(settings.store_url, keys)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def needing_extra(extra: str) -> Iterator[None]:
    """Around imports that an extra brings.

    Raises:
        MissingExtraError: One of them is not installed; says which extra is needed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(f'This needs {error.name}: pip install "hrd-detector[{extra}]"') from error


def now() -> datetime:
    """The present moment, for the code that is handed one."""
    return datetime.now(UTC)


@contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator[Callable[[float | None, int], None]]:
    """A bar on stderr; the function it yields takes the share done (0-1, None unknown) and a count of records."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[records]:,} records"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=stderr, disable=quiet or not stderr.is_terminal, transient=True) as progress:
        task = progress.add_task(title, total=None, records=0)

        def advance(share: float | None, records: int) -> None:
            progress.update(task, total=None if share is None else 1.0, completed=share or 0.0, records=records)

        yield advance
