"""How `scan` prints what it found: a table of the most urgent flags with their reasons, and a summary."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from detector.domain import Label, Risk
from detector.stream.pipeline import Judged
from detector.stream.tally import Tally

REASONS_SHOWN = 3


def print_table(found: list[Judged]) -> None:
    """The most urgent flags: risk, whom and where, and the strongest reasons. Never the text of a post."""
    if not found:
        return
    table = Table(title=f"The {len(found)} most urgent flags", title_justify="left", show_lines=True)
    for heading in ("risk", "priority", "defender, post", "labels", "why"):
        table.add_column(heading, overflow="fold")
    for one in found:
        assessment = one.assessment
        reasons = [f"• {signal.sentence}" for signal in assessment.signals[:REASONS_SHOWN]]
        table.add_row(
            Text(assessment.risk),
            Text(f"{assessment.priority:.2f}"),
            Text(f"{assessment.mention.defender_id}\n{assessment.post_id}\n{assessment.lang or 'language unknown'}"),
            Text("\n".join(assessment.flagged_labels) or "unscored"),
            Text("\n".join(reasons)),
        )
    Console().print(table)


def print_summary(tally: Tally, *, output: str | None, rejects: str | None) -> None:
    """Counts: posts read, mentions, flags by risk and label, rejected records."""
    lines = [
        f"posts read     {tally.posts:>9,}",
        f"mentions       {tally.mentions:>9,}",
        f"flags          {tally.flags:>9,}{_split({risk: tally.by_risk[risk] for risk in reversed(Risk)})}",
        f"  by label     {'':>9}{_split({label: tally.by_label[label] for label in Label})}",
        f"  unscored     {tally.unscored:>9,}",
        f"rejected       {tally.rejected:>9,}{_rejects_note(tally, rejects)}",
    ]
    if output:
        lines.append(f"written to     {output}")
    Console(highlight=False, soft_wrap=True).print("\n".join(lines), markup=False)


def _split(counts: dict[Risk, int] | dict[Label, int]) -> str:
    return "   " + ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _rejects_note(tally: Tally, rejects: str | None) -> str:
    if not tally.rejected:
        return ""
    return f"   listed in {rejects}" if rejects else "   (--rejects FILE lists them with their reasons)"
