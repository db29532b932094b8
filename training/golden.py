"""How well the whole way from post to flag does on a stream whose truth is known (`data/samples`).

A folder holds `stream.jsonl` (native posts), `roster.json` and `truth.jsonl` (what each post is about, and whether it
attacks). Counts and ids only; no text leaves this module. `detector evaluate BUNDLE FOLDER` reports the result; the
golden test holds the product to it.
"""

import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from detector.assess.policy import Policy
from detector.domain import Assessment, DefenderId, PostId
from detector.errors import InputError
from detector.stream.files import open_posts
from detector.stream.pipeline import Pipeline
from detector.targets.roster import compile_roster
from detector.targets.roster_file import read_roster
from detector.text.model import TextModel

OWN_POST = "own_post"
NOW = datetime(2026, 3, 3, tzinfo=UTC)
"""The stream's last day, so that consent in the sample roster is judged the same in every run."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What one post says about one defender."""

    post_id: PostId
    defender_id: DefenderId
    how: str
    ways: tuple[str, ...]
    script: str
    labels: tuple[str, ...]
    kind: str
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one mention: `ranking` is the assessment's priority (0-1), 0 where it was not found."""

    id: str
    lang: str
    attack: bool
    flagged: bool
    ranking: float


@dataclass(slots=True)
class Share:
    """So many of so many."""

    hits: int = 0
    of: int = 0

    def add(self, hit: bool) -> None:
        """Count one."""
        self.hits += hit
        self.of += 1

    @property
    def rate(self) -> float | None:
        """The share, or None of nothing."""
        return self.hits / self.of if self.of else None


def _shares() -> defaultdict[str, Share]:
    return defaultdict(Share)


@dataclass(slots=True)
class GoldenReport:
    """All counts. Matching: of the mentions that are there, how many were found. Flags: by (post, defender)."""

    posts: int = 0
    found_by_script: dict[str, Share] = field(default_factory=_shares)
    found_by_how: dict[str, Share] = field(default_factory=_shares)
    found_by_way: dict[str, Share] = field(default_factory=_shares)
    found: Share = field(default_factory=Share)
    false_on_collisions: Share = field(default_factory=Share)
    false_elsewhere: Share = field(default_factory=Share)
    recall: Share = field(default_factory=Share)
    false_flags: Share = field(default_factory=Share)
    recall_by_lang: dict[str, Share] = field(default_factory=_shares)
    false_by_lang: dict[str, Share] = field(default_factory=_shares)
    recall_by_label: dict[str, Share] = field(default_factory=_shares)
    false_by_kind: dict[str, Share] = field(default_factory=_shares)
    risks: Counter[str] = field(default_factory=Counter)
    outcomes: list[Outcome] = field(default_factory=list)


def run(folder: Path, *, model: TextModel, policy: Policy) -> GoldenReport:
    """Send the stream through the pipeline and compare.

    Raises:
        InputError: The folder lacks one of its three files.
    """
    for name in ("stream.jsonl", "roster.json", "truth.jsonl"):
        if not (folder / name).is_file():
            raise InputError(f"{folder} holds no {name}")
    roster = compile_roster(read_roster(folder / "roster.json"), now=NOW)
    pipeline = Pipeline(roster=roster, model=model, policy=policy)
    found: dict[tuple[PostId, DefenderId], Assessment] = {}
    texts: dict[PostId, str] = {}
    for batch in open_posts(str(folder / "stream.jsonl")).batches():
        texts |= {post.id: post.text for post in batch.posts}
        for judged in pipeline.judge(batch.posts):
            found[judged.post.id, judged.assessment.mention.defender_id] = judged.assessment
    records = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    return _compare(records, found, texts)


def _compare(
    records: Iterable[Mapping[str, Any]],
    found: Mapping[tuple[PostId, DefenderId], Assessment],
    texts: Mapping[PostId, str],
) -> GoldenReport:
    report = GoldenReport()
    mentioned: defaultdict[PostId, set[DefenderId]] = defaultdict(set)
    for post_id, defender_id in found:
        mentioned[post_id].add(defender_id)
    for record in records:
        report.posts += 1
        truths = _truths(record, texts[record["post_id"]])
        extra = mentioned[record["post_id"]] - {truth.defender_id for truth in truths}
        if not truths:
            share = report.false_on_collisions if record.get("collision") else report.false_elsewhere
            share.add(bool(extra))
        for truth in truths:
            _count(report, truth, found.get((truth.post_id, truth.defender_id)))
    return report


def _truths(record: Mapping[str, Any], text: str) -> list[Truth]:
    return [
        Truth(
            post_id=record["post_id"],
            defender_id=about["defender_id"],
            how=about["how"],
            ways=tuple(about["ways"]),
            script=script(text if about["start"] is None else text[about["start"] : about["end"]]),
            labels=tuple(about["labels"]),
            kind=about["kind"],
            lang=record["lang"],
        )
        for about in record["about"]
    ]


def _count(report: GoldenReport, truth: Truth, assessment: Assessment | None) -> None:
    flagged = assessment is not None and assessment.flagged
    if truth.kind != OWN_POST:  # a defender's own post is no mention of them; it must not be flagged all the same
        _count_found(report, truth, hit=assessment is not None)
    if truth.labels:
        report.recall.add(flagged)
        report.recall_by_lang[truth.lang].add(flagged)
        for label in truth.labels:
            report.recall_by_label[label].add(flagged)
    else:
        report.false_flags.add(flagged)
        report.false_by_lang[truth.lang].add(flagged)
        report.false_by_kind[truth.kind].add(flagged)
    if assessment is not None and flagged:
        report.risks[assessment.risk] += 1
    report.outcomes.append(
        Outcome(
            id=f"{truth.post_id}/{truth.defender_id}",
            lang=truth.lang,
            attack=bool(truth.labels),
            flagged=flagged,
            ranking=assessment.priority if assessment is not None else 0.0,
        )
    )


def _count_found(report: GoldenReport, truth: Truth, *, hit: bool) -> None:
    report.found.add(hit)
    report.found_by_script[truth.script].add(hit)
    report.found_by_how[truth.how].add(hit)
    for way in truth.ways:
        report.found_by_way[way].add(hit)


def script(text: str) -> str:
    """The script of most letters of a text, as Unicode names it ("LATIN", "CYRILLIC", …)."""
    names = Counter(unicodedata.name(letter, "?").split(" ")[0] for letter in text if letter.isalpha())
    return names.most_common(1)[0][0] if names else "NONE"
