"""Charts as inline SVG: dots with whiskers, and reliability diagrams. No script, no picture file, colours by role.

A chart never stands alone: `training.report` puts its sentence under it and its table behind it. Series differ in
shape, not in hue alone. Colours come from the page's style sheet, so that light, dark and print need no second chart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from training.intervals import Estimate

LABEL_WIDTH = 170
PLOT_WIDTH = 440
NUMBER_WIDTH = 110
WIDTH = LABEL_WIDTH + PLOT_WIDTH + NUMBER_WIDTH
ROW = 22
TOP = 26
PANEL = 200
MARGIN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The horizontal axis: its ends, its ticks, and lines to compare with (value, what it is)."""

    low: float = 0.0
    high: float = 1.0
    ticks: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    lines: tuple[tuple[float, str], ...] = ()

    def place(self, value: float) -> float:
        """Where a value stands, in units of the picture; values beyond the ends stand at the ends."""
        inside = min(max(value, self.low), self.high)
        return LABEL_WIDTH + PLOT_WIDTH * (inside - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a chart: its name, and an estimate (or None) for each series."""

    name: str
    points: tuple[Estimate | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A stretch of probabilities: what the model said on average, how often it was so, and of how many rows."""

    said: float
    found: Estimate


def nice_scale(rows: Sequence[Row], lines: tuple[tuple[float, str], ...] = ()) -> Scale:
    """A scale around what is to be shown, zero in it, with four or so round steps."""
    ends = [end for row in rows for point in row.points if point for end in (point.value, point.low, point.high)]
    known = [0.0, *(end for end in ends if end is not None), *(value for value, _ in lines)]
    low, high = min(known), max(known)
    span = max(high - low, 1e-3)
    step = next(size for size in _STEPS if span / size <= 5)
    first, last = int(low // step), int(-(-high // step))
    ticks = tuple(number * step for number in range(first, max(last, first + 1) + 1))
    return Scale(low=ticks[0], high=ticks[-1], ticks=ticks, lines=lines)


_STEPS = tuple(factor * 10.0**power for power in range(-4, 6) for factor in (1, 2, 5))


def dot_chart(rows: Sequence[Row], *, title: str, series: Sequence[str] = (), scale: Scale | None = None) -> str:
    """Rows of dots with whiskers.

    Args:
        rows: In the order shown; with several series, each row's points stand under each other.
        title: What a screen reader says.
        series: Names for the legend; empty for one series.
        scale: The axis; None for 0 to 1.
    """
    axis = scale or Scale()
    lanes = max(1, len(series))
    height = ROW if lanes == 1 else 12 * lanes + 8
    legend = 20 if series else 0
    bottom = TOP + legend + height * len(rows)
    parts = [*_legend(series), *_axis(axis, TOP + legend, bottom)]
    for number, row in enumerate(rows):
        parts += _row(row, axis, TOP + legend + number * height, height)
    return _svg(title, WIDTH, bottom + 8, parts, "chart")


def reliability_chart(bins: Sequence[Bin], *, title: str) -> str:
    """A reliability diagram: probability said (across) against share found (up), with the diagonal of honesty.

    Dots grow with the number of rows that they stand for.
    """
    size, largest = PANEL, max((one.found.of for one in bins), default=1)
    parts = [f'<text class="head" x="{MARGIN}" y="14">{escape(title)}</text>']
    for tick in (0.0, 0.5, 1.0):
        x, y = MARGIN + tick * size, 24 + (1 - tick) * size
        parts += [
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="24" y2="{24 + size}"/>',
            f'<line class="grid" x1="{MARGIN}" x2="{MARGIN + size}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<text class="tick" x="{x:.1f}" y="{24 + size + 15}" text-anchor="middle">{tick:g}</text>',
            f'<text class="tick" x="{MARGIN - 5}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>',
        ]
    parts.append(f'<line class="goal" x1="{MARGIN}" y1="{24 + size}" x2="{MARGIN + size}" y2="24"/>')
    for one in bins:
        parts += _bin(one, size, largest)
    return _svg(title, MARGIN + size + 12, 24 + size + 22, parts, "panel")


def _bin(one: Bin, size: float, largest: int) -> Iterator[str]:
    x = MARGIN + one.said * size
    low, high = (24 + (1 - (end or 0.0)) * size for end in (one.found.low, one.found.high))
    y, radius = 24 + (1 - one.found.value) * size, 2 + 4 * (one.found.of / largest) ** 0.5
    yield f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'
    yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'


def _legend(series: Sequence[str]) -> Iterator[str]:
    x = float(LABEL_WIDTH)
    for number, name in enumerate(series):
        yield _mark(number, x + 6, 12)
        yield f'<text class="name" x="{x + 18:.0f}" y="16">{escape(name)}</text>'
        x += 40 + 7.2 * len(name)


def _axis(axis: Scale, top: float, bottom: float) -> Iterator[str]:
    for tick in axis.ticks:
        x = axis.place(tick)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>'
        yield f'<text class="tick" x="{x:.1f}" y="{top - 6}" text-anchor="middle">{tick:g}</text>'
    for value, name in axis.lines:
        x = axis.place(value)
        ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"'
        yield f'<line class="goal" {ends}><title>{escape(name)}</title></line>'


def _row(row: Row, axis: Scale, top: float, height: float) -> Iterator[str]:
    middle = top + height / 2
    yield f'<text class="name" x="{LABEL_WIDTH - 8}" y="{middle + 4:.1f}" text-anchor="end">{escape(row.name)}</text>'
    lane = height / max(1, len(row.points)) if len(row.points) > 1 else height
    numbers = []
    for number, point in enumerate(row.points):
        y = top + lane * (number + 0.5)
        numbers.append("–" if point is None else f"{point.value:.3f}")
        if point is None:
            continue
        if point.low is not None and point.high is not None:
            low, high = axis.place(point.low), axis.place(point.high)
            yield f'<line class="whisker" x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _mark(number, axis.place(point.value), y)
    x = LABEL_WIDTH + PLOT_WIDTH + 10
    yield f'<text class="number" x="{x}" y="{middle + 4:.1f}">{" · ".join(numbers)}</text>'


def _mark(number: int, x: float, y: float) -> str:
    """A full circle, a hollow diamond, a hollow square: told apart without colour."""
    if number == 0:
        return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    if number == 1:
        return f'<path class="ring" d="M{x:.1f} {y - 5:.1f}l5 5-5 5-5-5z"/>'
    return f'<rect class="ring" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>'


def _svg(title: str, width: float, height: float, parts: Sequence[str], kind: str) -> str:
    inside = "".join(parts)
    return (
        f'<svg class="{kind}" role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'aria-label="{escape(title)}">{inside}</svg>'
    )
