"""`detector export …`: what leaves the store."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from detector.commands.shared import data_options, opened_store, quiet_option, settings_from
from detector.store.protocols import FlagQuery, FlagReader, StoredFlag
from detector.stream.flag_record import flag_record


@click.group()
def export() -> None:
    """Write what the store holds to a file."""


@export.command("flags", epilog="Example: detector export flags --output flags.jsonl")
@click.option("--output", metavar="FILE", required=True, type=click.Path(path_type=Path), help="JSONL file to write.")
@data_options
@quiet_option
def flags_command(output: Path, quiet: bool, **flags: str | None) -> None:
    """Write the stored flags, most urgent first, in the format that `scan` writes. No post text is exported."""
    count = 0
    encode = msgspec.json.Encoder().encode
    with opened_store(settings_from(**flags), quiet=quiet) as store, output.open("wb") as file:
        for count, stored in enumerate(_all_flags(store), start=1):  # noqa: B007 - the last number is the count
            file.write(encode(flag_record(stored.flag.id, stored.flag.assessment)) + b"\n")
    if not quiet:
        click.echo(f"{count:,} flags written to {output}", err=True)


def _all_flags(store: FlagReader) -> Iterator[StoredFlag]:
    cursor: str | None = None
    while True:
        page = store.flags(FlagQuery(cursor=cursor, limit=500))
        yield from page.flags
        cursor = page.next_cursor
        if cursor is None:
            return
