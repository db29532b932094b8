"""`detector datasets …`: what sets are known, what their cards say, and how to get them."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click

from detector.commands.shared import progress_bar, quiet_option, stderr
from detector.errors import CardError, InputError, UsageError
from training.cards import PRIVATE, RESEARCH, Card, find_card, shipped_cards
from training.download import GITHUB


@click.group()
def datasets() -> None:
    """Data sets of labelled posts: their cards, and getting them from their publishers.

    Only cards travel with this software, never texts.
    """


@datasets.command("list", epilog="Example: detector datasets list --language de --tier open")
@click.option("--tier", type=click.Choice(["open", "research"]), help="Only this tier.")
@click.option("--language", metavar="CODE", help="Only sets with rows in this language.")
@click.option("--fetchable", is_flag=True, help="Only sets that `fetch` can get by itself.")
@click.option("--markdown", is_flag=True, help="As the table of docs/datasets.md.")
def list_command(tier: str | None, language: str | None, fetchable: bool, markdown: bool) -> None:
    """List the data sets that are known."""
    cards = [
        card
        for card in shipped_cards().values()
        if (tier is None or card.tier == tier)
        and (language is None or language in card.languages)
        and (not fetchable or card.fetch.how == "files")
    ]
    click.echo("\n".join(markdown_table(cards) if markdown else plain_table(cards)))


@datasets.command("show", epilog="Example: detector datasets show germeval2018_de")
@click.argument("name")
def show_command(name: str) -> None:
    """Show the card of a data set."""
    click.echo("\n".join(_card_lines(_card(name))))


@datasets.command("fetch", epilog="Example: detector datasets fetch germeval2018_de gahd_de --output datasets")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--output", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Where tables go.")
@click.option(
    "--source", metavar="URL", default=GITHUB, help="A mirror: {repository}, {commit} and {path} are filled in."
)
@quiet_option
def fetch_command(names: tuple[str, ...], output: Path, source: str, quiet: bool) -> None:
    """Fetch data sets from their publishers and write DIR/NAME.parquet for each.

    What was fetched before is used again; what broke off goes on. These are posts of real people: keep them to
    yourself, and heed the licence that `show` names.
    """
    from training.loaders import fetch  # noqa: PLC0415 - `list` and `show` need none of it

    failures = []
    for card in [_card(name) for name in names]:
        try:
            with progress_bar(f"Fetching {card.name}", quiet=quiet) as advance:
                fetched = fetch(card, output, source=source, progress=partial(_tell, advance))
        except InputError as error:
            failures.append(str(error))
            continue
        if not quiet:
            stderr.print(f"{card.name}: {fetched.read:,} rows read, {fetched.written:,} written to {fetched.path}")
        if card.tier == RESEARCH:
            stderr.print(f"{card.name}: {PRIVATE} ({card.licence})")
    if failures:
        raise InputError(f"{len(failures)} of {len(names)} sets not fetched: {'; '.join(failures)}")


def plain_table(cards: list[Card]) -> Iterator[str]:
    """A line a set, for a terminal."""
    for card in cards:
        languages = ",".join(card.languages)
        shown = languages if len(languages) <= 24 else f"{len(card.languages)} languages"
        yield f"{card.name:<34} {card.tier:<9} {card.rows:>7,}  {shown:<24}  {card.fetch.how:<8} {card.licence[:40]}"


def markdown_table(cards: list[Card]) -> Iterator[str]:
    """The table of docs/datasets.md."""
    yield "| set | tier | rows | languages | labels (positive / annotated) | licence as stated | get it | caveats |"
    yield "|---|---|--:|---|---|---|---|---|"
    for card in cards:
        labels = ", ".join(f"{name} {n.positive:,}/{n.annotated:,}" for name, n in card.labels.items())
        name = f"[{card.name}]({card.sources[0].url})" if card.sources else card.name
        how = "`fetch`" if card.fetch.how == "files" else "by hand"
        cells = (name, card.tier, f"{card.rows:,}", ", ".join(card.languages), labels, card.licence, how)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in (*cells, "; ".join(card.caveats))) + " |"


def _card_lines(card: Card) -> Iterator[str]:
    yield f"{card.name}: {card.rows:,} rows, {card.tier} tier"
    yield f"  licence    {card.licence}"
    yield f"  citation   {card.citation}"
    for one in card.sources:
        yield f"  source     {one.url} at {one.commit}"
    yield "  languages  " + ", ".join(f"{lang} {rows:,}" for lang, rows in card.languages.items())
    for name, n in card.labels.items():
        yield f"  label      {name}: {n.positive:,} of {n.annotated:,} annotated rows"
    yield f"  mapping    {' '.join(card.mapping.split())}"
    yield f"  quality    {' '.join(card.quality.split())}"
    for caveat in card.caveats:
        yield f"  caveat     {caveat}"
    yield f"  get it     {card.fetch.how}: " + (
        card.fetch.instructions or f"detector datasets fetch {card.name} --output DIR"
    )
    if card.fetch.how == "files":
        yield f"  adapter    columns known from {card.fetch.basis}; {card.fetch.note}".rstrip("; ")


def _tell(advance: Callable[[float | None, int], None], share: float | None, _bytes: int) -> None:
    advance(share, 0)


def _card(name: str) -> Card:
    try:
        return find_card(name)
    except CardError as error:
        raise UsageError(str(error)) from error
