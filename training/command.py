"""`detector train`: from labelled data to a bundle."""

from collections.abc import Callable
from pathlib import Path

import click

from detector.commands.shared import needing_extra, progress_bar, quiet_option
from detector.text.bundle import default_bundle


@click.command(
    epilog="""Example: detector train training/recipes/encoder.toml --data DATASETS --output models/mine;
    detector train --from-csv labels.csv --lang om --output models/oromo"""
)
@click.argument("recipe", required=False, type=click.Path(path_type=Path))
@click.option("--data", metavar="DIR", type=click.Path(path_type=Path), help="Folder of data sets, for a recipe.")
@click.option("--from-csv", "table", metavar="FILE", type=click.Path(path_type=Path), help="Own labels, for no recipe.")
@click.option("--lang", metavar="CODE", help="Language or dialect of the own labels (BCP 47).")
@click.option(
    "--start", metavar="DIR", type=click.Path(path_type=Path), help="Encoder bundle to teach; the one shipped."
)
@click.option("--corpus", metavar="DIR", type=click.Path(path_type=Path), help="Defender corpus; the one shipped.")
@click.option("--output", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Bundle to write.")
@quiet_option
def train(
    recipe: Path | None,
    data: Path | None,
    table: Path | None,
    lang: str | None,
    start: Path | None,
    corpus: Path | None,
    output: Path,
    quiet: bool,
) -> None:
    """Train a bundle: from a recipe and data sets, or from own labels in one language.

    A recipe is fitted, calibrated and measured as training/recipes/*.toml say. Own labels (200 to 2,000 rows of a CSV,
    see docs/training.md) teach the encoder that ships a new language or dialect in minutes, and the figures printed
    say what that gained there and what it cost elsewhere. A run that was broken off goes on when it is started again.
    """
    if (recipe is None) == (table is None):
        raise click.UsageError("Give either a recipe or --from-csv.")
    if table is not None:
        if lang is None:
            raise click.UsageError("--from-csv needs --lang.")
        _teach(table, lang, output, start=start, corpus=corpus, quiet=quiet)
    elif data is None or recipe is None:
        raise click.UsageError("A recipe needs --data.")
    else:
        _from_recipe(recipe, data, output, corpus=corpus, quiet=quiet)


def _teach(table: Path, lang: str, output: Path, *, start: Path | None, corpus: Path | None, quiet: bool) -> None:
    with needing_extra("train"):
        from training.corpus import CORPUS  # noqa: PLC0415 - torch loads when it is needed
        from training.teach import run  # noqa: PLC0415 - see above

    with progress_bar("Teaching", quiet=quiet) as advance:
        before, after = run(
            table, lang, output, start=start or default_bundle(), corpus=corpus or CORPUS, report=_reporting(advance)
        )
    click.echo(f"{'':44}before  after")
    for name, was, now in (
        (f"balanced accuracy, own test part ({lang})", before.own_balanced, after.own_balanced),
        (f"area under the curve, own test part ({lang})", before.own_auc, after.own_auc),
        ("balanced accuracy, corpus, other languages", before.others_balanced, after.others_balanced),
    ):
        click.echo(f"{name:44}{was:6.3f} {now:6.3f}")


def _from_recipe(recipe: Path, data: Path, output: Path, *, corpus: Path | None, quiet: bool) -> None:
    from training.encoder_recipe import kind_of  # noqa: PLC0415 - scikit-learn and pyarrow load when they are needed

    if kind_of(recipe) == "encoder":
        with needing_extra("train"):
            from training.corpus import CORPUS  # noqa: PLC0415 - torch loads when it is needed
            from training.train_encoder import run as run_encoder  # noqa: PLC0415 - see above

        with progress_bar("Training", quiet=quiet) as advance:
            made = run_encoder(recipe, data, output, corpus=corpus or CORPUS, report=_reporting(advance))
        click.echo(f"{made.id} written to {output}", err=True)
        return
    from training.train import run  # noqa: PLC0415 - see above

    with progress_bar("Training", quiet=quiet) as advance:
        bundle, evaluation = run(recipe, data, output, progress=_reporting(advance))
    click.echo(evaluation.summary() if hasattr(evaluation, "summary") else f"{bundle} written to {output}", err=True)


def _reporting(advance: Callable[[float | None, int], None]) -> Callable[[str, float], None]:
    def report(_what: str, done: float) -> None:
        advance(done, 0)

    return report
