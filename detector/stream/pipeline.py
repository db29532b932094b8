"""One post, from stream to assessment: match, score, assess.

The cheapest step is first: a post that concerns nobody on the roster is counted and forgotten. What does concern a
defender is scored in one call a batch, with the defender marked, then assessed by a pure function (`detector.assess`).
A model that fails yields *unscored*, never silence. Nothing is written here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from detector.assess.assess import assess
from detector.assess.places import Places
from detector.assess.policy import Policy
from detector.characters import HANDLE
from detector.domain import (
    Assessment,
    Flag,
    FlagId,
    How,
    Judgement,
    Label,
    Mention,
    Passage,
    Post,
    Rejected,
    Span,
    Unscored,
)
from detector.store.protocols import Batch
from detector.targets.matcher import ThreadMemory, match_batch
from detector.targets.roster import Roster
from detector.text.model import TextModel

MODEL_FAILED = "the model failed on this text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A post, and its assessment for one defender whom it concerns."""

    post: Post
    assessment: Assessment


def to_store(
    posts: int,
    judged: Sequence[Judged],
    rejected: Sequence[Rejected],
    *,
    flag_id: Callable[[Assessment], FlagId],
    at: datetime,
) -> Batch:
    """What a store keeps of some judged posts: the flags with their posts, counts, and records that were rejected."""
    flagged = [one for one in judged if one.assessment.flagged]
    return Batch(
        flags=tuple(
            Flag(id=flag_id(one.assessment), assessment=one.assessment, post=one.post, created_at=at) for one in flagged
        ),
        counts={"posts": posts, "mentions": len(judged), "rejected": len(rejected)},
        rejected=tuple(rejected),
    )


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """Everything that judging needs, put together once. Feed it batches in the stream's order (threads need it)."""

    roster: Roster
    model: TextModel
    policy: Policy
    threads: ThreadMemory = field(default_factory=ThreadMemory)

    def judge(self, posts: Sequence[Post]) -> list[Judged]:
        """Assess every mention in a batch; an entry for each (post, defender), in order, flagged or not."""
        matched = [
            (post, mention, mentions)
            for post, mentions in match_batch(posts, self.roster, self.threads)
            for mention in mentions
        ]
        if not matched:
            return []
        passages = [passage(post, mention, mentions) for post, mention, mentions in matched]
        judgements = judge_safely(self.model, passages)
        return [
            Judged(post=post, assessment=self._assess(post, mention, mentions, judgement))
            for (post, mention, mentions), judgement in zip(matched, judgements, strict=True)
        ]

    def _assess(self, post: Post, mention: Mention, mentions: Sequence[Mention], judgement: Judgement) -> Assessment:
        return assess(
            post,
            mention,
            judgement,
            policy=self.policy,
            kind=self.roster.kind(mention.defender_id),
            others=[other for other in mentions if other.defender_id != mention.defender_id],
            covered=judgement.lang in self.model.languages,
        )


def passage(post: Post, mention: Mention, mentions: Sequence[Mention]) -> Passage:
    """What the model is asked about one mention: the text, where the defender stands in it, and where others do."""
    own = Places(mention.spans)
    named = {span for other in mentions for span in other.spans} - set(mention.spans)
    handles = (Span(start=m.start(), end=m.end()) for m in HANDLE.finditer(post.text))
    elsewhere = {span for span in handles if not own.overlap(span)}
    return Passage(
        text=post.text,
        lang=post.lang,
        targets=mention.spans,
        others=tuple(sorted(named | elsewhere, key=lambda span: (span.start, span.end))),
        replies_to_target=mention.how is How.REPLY,
    )


def judge_safely(model: TextModel, passages: Sequence[Passage]) -> list[Judgement]:
    """Judge a batch; where that fails, judge one by one, and say *unscored* for what still fails."""
    try:
        return model.judge(passages)
    except Exception:  # noqa: BLE001 - the per-record guard: whatever a model does, no post may be lost by it
        if len(passages) == 1:
            return [_unscored(model.id, passages[0].lang)]
        return [judgement for one in passages for judgement in judge_safely(model, [one])]


def _unscored(model: str, lang: str | None) -> Judgement:
    scores: Mapping[Label, Unscored] = {label: Unscored(reason=MODEL_FAILED) for label in Label}
    return Judgement(scores=scores, words={}, lang=lang, model=model)
