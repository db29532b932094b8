"""`detector roster …`: check a roster file, put it into the store, list and remove defenders there."""

from pathlib import Path

import click

from detector.commands.shared import data_options, now, opened_store, quiet_option, settings_from
from detector.domain import DefenderId
from detector.targets.roster_check import check
from detector.targets.roster_file import read_roster


@click.group()
def roster() -> None:
    """Administer the roster: the list of defenders. It is a list of targets: guard it as one."""


@roster.command("check", epilog="Example: detector roster check roster.json")
@click.argument("file", type=click.Path(path_type=Path))
def check_command(file: Path) -> None:
    """Warn of aliases that are ordinary words or very short, duplicates, missing consent, handles on no platform."""
    defenders = read_roster(file)
    warnings = check(defenders, now=now())
    for warning in warnings:
        click.echo(f"{warning.defender_id}: {warning.message}")
    click.echo(f"{len(defenders):,} defenders, {len(warnings):,} warnings", err=True)


@roster.command("import", epilog="Example: detector roster import roster.json --data /srv/detector")
@click.argument("file", type=click.Path(path_type=Path))
@data_options
@quiet_option
def import_command(file: Path, quiet: bool, **flags: str | None) -> None:
    """Put a roster into the store, encrypted; a defender with a known id is replaced."""
    defenders = read_roster(file)
    with opened_store(settings_from(**flags), quiet=quiet) as store:
        count = store.put_defenders(defenders)
    click.echo(f"{count:,} defenders are in the store", err=True)


@roster.command("list", epilog="Example: detector roster list")
@data_options
def list_command(**flags: str | None) -> None:
    """List who is in the store: ids, kinds and consent. Names stay encrypted."""
    moment = now()
    with opened_store(settings_from(**flags)) as store:
        for defender in store.defenders():
            consent = defender.consent
            state = "no consent" if consent is None else "valid" if consent.is_valid(at=moment) else "expired"
            click.echo(f"{defender.id}\t{defender.kind}\tconsent: {state}")


@roster.command("remove", epilog="Example: detector roster remove d-1")
@click.argument("defender_id")
@data_options
def remove_command(defender_id: str, **flags: str | None) -> None:
    """Remove a defender from the store for good: the key of their data is destroyed with them."""
    with opened_store(settings_from(**flags)) as store:
        removed = store.remove_defender(DefenderId(defender_id))
    click.echo(f"{defender_id}: {'removed' if removed else 'not in the store'}", err=True)
    if not removed:
        click.get_current_context().exit(1)
