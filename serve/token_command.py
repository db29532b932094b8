"""`detector token …`: make, list and revoke bearer tokens. A token is shown once; only its hash is kept."""

from datetime import timedelta

import click

from detector.commands.shared import data_options, now, opened_store, settings_from
from serve.access import MAX_NAME, Role, new_token, revoke

DAYS = 90


@click.group()
def token() -> None:
    """Make, list and revoke the tokens for API and console. Give each feed and each person their own."""


@token.command("create", epilog="Example: detector token create --role reviewer --name heron")
@click.option("--role", type=click.Choice([str(role) for role in Role]), required=True, help="What it may do.")
@click.option("--name", metavar="PSEUDONYM", help=f"Shown on decisions, up to {MAX_NAME} characters; no real name.")
@click.option("--days", type=click.IntRange(1, 3660), default=DAYS, show_default=True, help="Days until it expires.")
@data_options
def create_command(role: str, name: str | None, days: int, **flags: str | None) -> None:
    """Make a token and print it, once."""
    made = new_token(Role(role), now=now(), lifetime=timedelta(days=days), name=name)
    with opened_store(settings_from(**flags)) as store:
        store.add_credential(made.credential)
    one = made.credential
    click.echo(made.secret)
    click.echo(f"id {one.id}, role {role}, name {one.name}, expires {one.expires_at:%Y-%m-%d}", err=True)
    click.echo("It is not shown again. `detector token revoke ID` takes it back.", err=True)


@token.command("list", epilog="Example: detector token list")
@data_options
def list_command(**flags: str | None) -> None:
    """List tokens and sessions, newest first. Their secrets are not known."""
    moment = now()
    with opened_store(settings_from(**flags)) as store:
        for one in store.credentials():
            ended = one.expires_at is not None and one.expires_at <= moment
            until = (
                "never expires" if one.expires_at is None else f"{'ended' if ended else 'until'} {one.expires_at:%F}"
            )
            click.echo(f"{one.id}\t{one.kind}\t{one.role}\t{one.name}\t{until}")


@token.command("revoke", epilog="Example: detector token revoke 5f0c2ab91d3e")
@click.argument("token_id", metavar="ID")
@data_options
def revoke_command(token_id: str, **flags: str | None) -> None:
    """Revoke a token, and end the sessions that were opened with it, at once."""
    with opened_store(settings_from(**flags)) as store:
        revoked = revoke(store, token_id)
    click.echo(f"{token_id}: {'revoked' if revoked else 'no such token'}", err=True)
    if not revoked:
        click.get_current_context().exit(1)
