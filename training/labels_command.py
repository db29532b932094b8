"""`detector labels import`: from what annotators answered to the labels that `detector train --from-csv` reads."""

from pathlib import Path

import click

from detector.commands.shared import quiet_option
from detector.errors import InputError

_SHOWN = 10


@click.group()
def labels() -> None:
    """Labels that people gave: import them from annotation tools."""


@labels.command("import", epilog="Example: detector labels import project-7.json --output labels.csv")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--output", required=True, metavar="FILE", type=click.Path(path_type=Path), help="CSV to write.")
@quiet_option
def import_command(files: tuple[Path, ...], output: Path, quiet: bool) -> None:
    """Settle what annotators answered, and say how far they agree.

    FILE is an export of Label Studio (JSON or JSON-MIN), records of Argilla (JSON, or the folder that to_disk wrote),
    or CSV; several files are taken together. The majority decides; what is tied stays empty.
    """
    from training.agreement import agreements, table  # noqa: PLC0415 - `--help` needs none of it
    from training.annotation_csv import write_labels  # noqa: PLC0415
    from training.annotation_files import read_annotations  # noqa: PLC0415
    from training.majority import settle  # noqa: PLC0415

    found = read_annotations(files)
    entries = [entry for entry in found.tasks.values() if any(answer.votes for answer in entry.answers.values())]
    if not entries:
        raise InputError(f"None of the {len(found.tasks):,} tasks has an answer")
    settled = [settle(entry.answers.values()) for entry in entries]
    write_labels(output, zip(entries, settled, strict=True))
    if quiet:
        return
    click.echo("\n".join(table(agreements(entries, settled))))
    answers = sum(one.answers for one in settled)
    counts = {
        "records read": found.records,
        "tasks": len(found.tasks),
        "without an answer": len(found.tasks) - len(entries),
        "answers counted": answers,
        "unsure": found.unsure,
        "skipped": found.skipped,
        "replaced by a later answer": found.superseded,
        "contradictory": len(found.contradictory),
    }
    click.echo(", ".join(f"{name} {count:,}" for name, count in counts.items()), err=True)
    for where in found.contradictory[:_SHOWN]:
        click.echo(f"{where}: says `no attack` and names a label; not counted", err=True)
    click.echo(f"{len(entries):,} rows written to {output}", err=True)
