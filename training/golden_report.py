"""The whole way from post to flag as sections of the report."""

from collections.abc import Mapping

from training.charts import Row, dot_chart
from training.golden import GoldenReport, Share
from training.intervals import Estimate, wilson
from training.report import Chart, Headline, Section, Table


def headlines(found: GoldenReport) -> tuple[Headline, ...]:
    """Mentions found, attacks flagged, others flagged."""
    return (
        Headline(what="stream: mentions found", value=_estimate(found.found)),
        Headline(what="stream: attacks flagged", value=_estimate(found.recall)),
        Headline(what="stream: other mentions flagged", value=_estimate(found.false_flags)),
    )


def section(found: GoldenReport) -> Section:
    """Matching and flags on the stream."""
    overall = {
        "mentions found": found.found,
        "attacks flagged (recall)": found.recall,
        "other mentions flagged (false flags)": found.false_flags,
        "false mentions on name collisions": found.false_on_collisions,
        "false mentions elsewhere": found.false_elsewhere,
    }
    tables = (
        ("stream-scripts", "Mentions found, by script", found.found_by_script),
        ("stream-how", "Mentions found, by way of reference", found.found_by_how),
        ("stream-ways", "Mentions found, by form of the name", found.found_by_way),
        ("stream-labels", "Attacks flagged, by label", found.recall_by_label),
        ("stream-kinds", "False flags, by kind", found.false_by_kind),
    )
    return Section(
        name="stream",
        title="The whole way: from post to flag",
        lead=(
            (
                f"{found.posts:,} posts of a stream whose truth is known, matched, scored and assessed under the "
                "policy. Intervals are Wilson's, 95 %."
            ),
        ),
        blocks=(
            _table("stream", "The whole stream", overall),
            *(_chart(name, caption, shares) for name, caption, shares in tables),
            _languages(found),
        ),
    )


def _estimate(share: Share) -> Estimate | None:
    return wilson(share.hits, share.of)


def _table(name: str, caption: str, shares: Mapping[str, Share]) -> Table:
    rows = tuple((what, _estimate(share), share.of) for what, share in shares.items())
    return Table(name=name, caption=caption, columns=("what", "share", "of"), rows=rows)


def _chart(name: str, caption: str, shares: Mapping[str, Share]) -> Chart:
    ordered = dict(sorted(shares.items()))
    rows = [Row(name=what[:24], points=(_estimate(share),)) for what, share in ordered.items()]
    return Chart(
        pictures=(dot_chart(rows, title=caption),), caption=f"{caption}.", table=_table(name, caption, ordered)
    )


def _languages(found: GoldenReport) -> Table:
    rows = []
    for lang in sorted(found.recall_by_lang | found.false_by_lang):
        hit, false = found.recall_by_lang.get(lang, Share()), found.false_by_lang.get(lang, Share())
        rows.append((lang, _estimate(hit), hit.of, _estimate(false), false.of))
    return Table(
        name="stream-languages",
        caption="By language",
        columns=("language", "attacks flagged", "attacks", "others flagged", "others"),
        rows=tuple(rows),
        folded=True,
    )
