"""`detector evaluate`: from a bundle and data to a report."""

from pathlib import Path

import click

from detector.assess.policy import read_policy
from detector.commands.shared import progress_bar, quiet_option, settings_from

ALL = "all"


@click.command(epilog="Example: detector evaluate models/ngram data/corpus --against models/mine --output report")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("data", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("report"),
    show_default=True,
    help="Write report.html and its CSV files here.",
)
@click.option("--against", metavar="BUNDLE", type=click.Path(path_type=Path), help="Another bundle, side by side.")
@click.option(
    "--ordinary",
    metavar="PATH",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Ordinary mentions: native posts, or labelled texts whose inoffensive rows get a mention. Repeatable.",
)
@click.option(
    "--part",
    type=click.Choice(("train", "dev", "test", ALL)),
    default="test",
    show_default=True,
    help="Of data that have parts.",
)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="About so many rows a language, of each kind.")
@click.option("--seed", metavar="N", type=int, default=0, show_default=True, help="Of names, disguises and samples.")
@click.option("--policy", metavar="FILE", help="Policy, for a stream with its truth [DETECTOR_POLICY].")
@quiet_option
def evaluate(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    bundle: Path,
    data: tuple[Path, ...],
    output: Path,
    against: Path | None,
    ordinary: tuple[Path, ...],
    part: str,
    limit: int | None,
    seed: int,
    policy: str | None,
    quiet: bool,
) -> None:
    """Evaluate a bundle, and write one HTML report with the CSV files behind it.

    DATA is one or more of: labelled texts (.parquet, .jsonl, .csv, or a folder of .parquet); a folder of the defender
    corpus (LANGUAGE.jsonl); a folder with stream.jsonl, roster.json and truth.jsonl. The report holds no text.
    """
    from training.measured import Options  # noqa: PLC0415 - numba and pyarrow load when they are needed
    from training.quality import run  # noqa: PLC0415
    from training.report import write  # noqa: PLC0415

    options = Options(
        policy=read_policy(settings_from(policy=policy).policy),
        part=None if part == ALL else part,
        limit=limit,
        seed=seed,
        ordinary=ordinary,
    )
    with progress_bar("Evaluating", quiet=quiet) as advance:
        report = run(bundle, data, options, against=against, progress=lambda _what, done: advance(done, 0))
    page = write(report, output)
    click.echo(report.summary())
    if not quiet:
        click.echo(f"report written to {page}", err=True)
