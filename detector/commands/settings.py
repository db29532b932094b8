"""`detector settings`: every setting, its variable, its value now."""

import click

from detector.commands.shared import settings_from
from detector.settings import SETTINGS


@click.command(epilog="Example: DETECTOR_PORT=8080 detector settings")
def settings() -> None:
    """List every setting with its DETECTOR_ variable and the value in force (never the key)."""
    current = settings_from()
    for setting in SETTINGS:
        value = "(hidden)" if setting.name == "key" and current.key else getattr(current, setting.name)
        click.echo(f"{setting.variable:<24} {value if value is not None else ''}")
        click.echo(f"{'':<24} {setting.help}")
