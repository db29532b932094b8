"""The report: one HTML page that needs nothing beside itself, and a CSV file for every table in it.

A report is sections of paragraphs, tables and charts; every chart has its table folded behind it. The page has no
script, loads nothing, and follows the reader's light or dark setting. Same figures, same bytes: no time of day is
written. What goes in is the caller's affair, but no post text belongs here: ids and counts only.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path

from training.intervals import Estimate

Cell = str | int | float | Estimate | None

PAGE = "report.html"

SHOWN = 60
"""Rows of a folded table that the page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: `name` becomes that of its CSV file; the first column names its rows.

    One that is `folded` is opened on request and shows no more than `SHOWN` rows; its CSV file holds them all.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One or more pictures (SVG), the sentence that they say, and the table behind them."""

    pictures: tuple[str, ...]
    caption: str
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the report. `lead` are paragraphs of plain text."""

    name: str
    title: str
    lead: tuple[str, ...]
    blocks: tuple[Table | Chart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A figure for the top of the page. `goal` is the wanted value: at least it, or at most it where `most`.

    `detail` says what the figure is of in this case (which language was the worst); `other` is the same figure of the
    model that this one is held against.
    """

    what: str
    value: Estimate | None
    goal: float | None = None
    most: bool = False
    detail: str = ""
    other: "Headline | None" = None

    @property
    def name(self) -> str:
        """What it is, with the detail."""
        return f"{self.what} ({self.detail})" if self.detail else self.what

    @property
    def verdict(self) -> str:
        """One of "met", "missed", "not measured", or nothing where there is no goal."""
        if self.value is None:
            return "not measured"
        if self.goal is None:
            return ""
        kept = self.value.value <= self.goal if self.most else self.value.value >= self.goal
        return "met" if kept else "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report. `facts` are pairs of a term and what it is here; `against` names the model compared with."""

    title: str
    facts: tuple[tuple[str, str], ...]
    headlines: tuple[Headline, ...]
    sections: tuple[Section, ...]
    against: str | None = None

    def summary(self) -> str:
        """The headlines as lines of text."""
        lines = [(one.name, _text(one.value), one.verdict) for one in self.headlines]
        widths = [max((len(line[place]) for line in lines), default=0) for place in range(2)]
        return "\n".join(f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}".rstrip() for a, b, c in lines)


def write(report: Report, out: Path) -> Path:
    """Write `report.html` and a CSV file for each table; the path of the page."""
    out.mkdir(parents=True, exist_ok=True)
    for table in _tables(report):
        (out / f"{table.name}.csv").write_text(as_csv(table), encoding="utf-8")
    page = out / PAGE
    page.write_text(as_html(report), encoding="utf-8")
    return page


def as_csv(table: Table) -> str:
    """A table as CSV: an estimate is three columns, what is not there is empty."""
    wide = [any(isinstance(row[place], Estimate) for row in table.rows) for place in range(len(table.columns))]
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(
        name
        for column, estimated in zip(table.columns, wide, strict=True)
        for name in ((column, f"{column} low", f"{column} high") if estimated else (column,))
    )
    for row in table.rows:
        lines.writerow(
            value for cell, estimated in zip(row, wide, strict=True) for value in _csv_cells(cell, estimated=estimated)
        )
    return text.getvalue()


def as_html(report: Report) -> str:
    """The page."""
    style = resources.files("training").joinpath("report.css").read_text(encoding="utf-8")
    facts = "".join(f"<div><dt>{escape(term)}</dt><dd>{escape(fact)}</dd></div>" for term, fact in report.facts)
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(report.title)}</title><style>{style}</style></head><body>",
        f'<header><h1>{escape(report.title)}</h1><dl class="facts">{facts}</dl></header>',
        f'<nav aria-label="Contents"><ol>{"".join(_link(one) for one in report.sections)}</ol></nav><main>',
        *([_block(_glance(report))] if report.headlines else []),
        *(_section(one) for one in report.sections),
        "</main></body></html>\n",
    ]
    return "\n".join(parts)


def _tables(report: Report) -> Iterator[Table]:
    if report.headlines:
        yield _glance(report)
    for section in report.sections:
        for block in section.blocks:
            yield block.table if isinstance(block, Chart) else block


def _glance(report: Report) -> Table:
    compared = report.against is not None
    rows = []
    for one in report.headlines:
        row: list[Cell] = [one.name, one.value, one.value.of if one.value else None, _goal(one), one.verdict]
        if compared:
            row += [one.other.value, one.other.detail] if one.other else [None, ""]
        rows.append(tuple(row))
    extra = (f"value of {report.against}", "of which") if compared else ()
    return Table(
        name="headlines",
        caption="At a glance. Square brackets hold 95 % intervals.",
        columns=("figure", "value", "rests on", "goal", "verdict", *extra),
        rows=tuple(rows),
    )


def _goal(one: Headline) -> str:
    if one.goal is None:
        return ""
    return f"{'at most' if one.most else 'at least'} {one.goal:g}"


def _link(section: Section) -> str:
    return f'<li><a href="#{escape(section.name)}">{escape(section.title)}</a></li>'


def _section(section: Section) -> str:
    lead = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in section.lead)
    inside = "\n".join(_block(block) for block in section.blocks)
    return f'<section id="{escape(section.name)}"><h2>{escape(section.title)}</h2>{lead}\n{inside}</section>'


def _block(block: Table | Chart) -> str:
    if isinstance(block, Table):
        if not block.folded:
            return _table(block)
        return (
            f"<details><summary>{escape(block.caption)} ({len(block.rows):,} rows)</summary>{_table(block)}</details>"
        )
    pictures = "".join(block.pictures)
    return (
        f'<figure><div class="scroll" tabindex="0" role="group" aria-label="{escape(block.table.caption)}">'
        f'<div class="pictures">{pictures}</div></div><figcaption>{escape(block.caption)}</figcaption>'
        f"<details><summary>The figures as a table</summary>{_table(block.table)}</details></figure>"
    )


def _table(table: Table) -> str:
    head = "".join(
        f'<th scope="col"{_alignment([row[place] for row in table.rows])}>{escape(column)}</th>'
        for place, column in enumerate(table.columns)
    )
    shown = table.rows[:SHOWN] if table.folded else table.rows
    rows = "\n".join(f"<tr>{_first(row[0])}{''.join(_cell(cell) for cell in row[1:])}</tr>" for row in shown)
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(table.caption)}"><table><caption>'
        f"{escape(table.caption)} <code>{escape(table.name)}.csv</code></caption>"
        f"<thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>"
    )


def _alignment(cells: Sequence[Cell]) -> str:
    return ' class="n"' if any(isinstance(cell, int | float | Estimate) for cell in cells) else ""


def _first(cell: Cell) -> str:
    return f'<th scope="row"><bdi>{escape(_text(cell))}</bdi></th>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, Estimate) and cell.low is not None and cell.high is not None:
        return f'<td class="n">{cell.value:.3f} <small>[{cell.low:.3f}, {cell.high:.3f}]</small></td>'
    kind = "" if isinstance(cell, str) else ' class="n"'
    return f"<td{kind}>{escape(_text(cell))}</td>"


def _text(cell: Cell) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:.3f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _csv_cells(cell: Cell, *, estimated: bool) -> Sequence[object]:
    if not estimated:
        return ("" if cell is None else cell,)
    if isinstance(cell, Estimate):
        return (f"{cell.value:.6g}", *("" if end is None else f"{end:.6g}" for end in (cell.low, cell.high)))
    return ("" if cell is None else cell, "", "")
