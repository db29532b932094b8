"""`detector train` and `detector evaluate`: from labelled data to a bundle, and from a bundle to figures."""

from collections.abc import Callable
from pathlib import Path

import click

from detector.assess.policy import read_policy
from detector.commands.shared import progress_bar, quiet_option, settings_from
from detector.text.bundle import load_model


@click.command(epilog="Example: detector train training/recipes/ngram.toml --data DATASETS --output models/mine")
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option("--data", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder of data sets.")
@click.option("--output", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Bundle to write.")
@quiet_option
def train(recipe: Path, data: Path, output: Path, quiet: bool) -> None:
    """Train a bundle from a recipe, calibrate it, evaluate it once on the test part, and write its card."""
    from training.encoder_recipe import kind_of  # noqa: PLC0415 - scikit-learn and pyarrow load when they are needed

    if kind_of(recipe) == "encoder":
        _train_encoder(recipe, data, output, quiet=quiet)
        return
    from training.train import run  # noqa: PLC0415 - see above

    with progress_bar("Training", quiet=quiet) as advance:
        bundle, evaluation = run(recipe, data, output, progress=_reporting(advance))
    click.echo(evaluation.summary() if hasattr(evaluation, "summary") else f"{bundle} written to {output}", err=True)


def _train_encoder(recipe: Path, data: Path, output: Path, *, quiet: bool) -> None:
    from training.train_encoder import run  # noqa: PLC0415 - torch loads when it is needed

    with progress_bar("Training", quiet=quiet) as advance:
        bundle = run(recipe, data, output, report=_reporting(advance))
    click.echo(f"{bundle.id} written to {output}", err=True)


@click.command(epilog="Example: detector evaluate models/ngram DATASETS --output report")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--output", metavar="DIR", type=click.Path(path_type=Path), help="Write the report here.")
@click.option("--policy", metavar="FILE", help="Policy, for a stream with its truth [DETECTOR_POLICY].")
@quiet_option
def evaluate(bundle: Path, data: Path, output: Path | None, policy: str | None, quiet: bool) -> None:
    """Evaluate a bundle.

    DATA is labelled texts (.parquet, .jsonl, .csv, or a folder of .parquet): figures by language, label and data set.
    Or it is a folder with stream.jsonl, roster.json and truth.jsonl: figures for the whole way from post to flag.
    """
    if (data / "stream.jsonl").is_file():
        _evaluate_stream(bundle, data, output, policy)
        return
    from training.evaluate import run  # noqa: PLC0415 - see above

    with progress_bar("Evaluating", quiet=quiet) as advance:
        run(bundle, data, output or Path("report"), progress=_reporting(advance))
    click.echo(f"report written to {output or 'report'}", err=True)


def _evaluate_stream(bundle: Path, data: Path, output: Path | None, policy: str | None) -> None:
    from training.golden import markdown, run  # noqa: PLC0415 - see above

    report = markdown(run(data, model=load_model(bundle), policy=read_policy(settings_from(policy=policy).policy)))
    click.echo(report)
    if output:
        output.mkdir(parents=True, exist_ok=True)
        (output / "stream.md").write_text(report, encoding="utf-8")


def _reporting(advance: Callable[[float | None, int], None]) -> Callable[[str, float], None]:
    def report(_what: str, done: float) -> None:
        advance(done, 0)

    return report
