"""What the API takes and answers, as models: the source of /openapi.json, with an example for each.

Answers are written by `detector.stream.flag_record` and its like, not by these models; a test holds real answers
against the published schema. Bodies are checked with them: unknown fields are left out, and reasons name
fields and rules only.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from detector.domain import How, Label, Risk, Status, Verdict

MAX_NOTE = 2_000
Share = Annotated[float, Field(ge=0, le=1)]


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("nul")
    return text


PlainText = Annotated[str, AfterValidator(_without_nul)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


# --- problems ---------------------------------------------------------------------------------------------------------


class ProblemField(_Model):
    """What is wrong with one field: its name and the rule it breaks, never its value."""

    field: str = Field(examples=["verdict"])
    reason: str = Field(examples=["is required"])


class ProblemDocument(_Model):
    """An error, as RFC 9457 has it. `type` is stable; `instance` is found again in the service's log."""

    type: str = Field(examples=["urn:hrd-detector:problem:not-found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is nothing here."])
    instance: str = Field(examples=["urn:hrd-detector:request:9f2c1a7be0d34c55"])
    errors: list[ProblemField] | None = None


# --- flags ------------------------------------------------------------------------------------------------------------


class FlagMention(_Model):
    """How the post concerns the defender; offsets are code points, null where only a reply, quote or thread tells."""

    how: How
    start: int | None
    end: int | None
    confidence: Share
    doubts: list[str] | None = None


class FlagLabel(_Model):
    """A calibrated probability, or the reason why no model could judge."""

    score: Share | None = None
    unscored: str | None = None
    flagged: bool | None = None


class Evidence(_Model):
    """Where to look: code points of the original text."""

    start: int
    end: int


class FlagSignal(_Model):
    """One reason, in a sentence, with an innocent explanation to hold against it."""

    name: str
    value: float
    weight: float
    sentence: str
    innocent: str
    evidence: Evidence | None


FLAG_EXAMPLE: dict[str, Any] = {
    "flag_id": "3f9a0c51d2b84e07a6c1f0e2d4b59788",
    "post_id": "p1",
    "platform": "example",
    "defender_id": "d1",
    "flagged": True,
    "mention": {"how": "handle", "start": 0, "end": 9, "confidence": 0.99},
    "labels": {"threat": {"score": 0.93, "flagged": True}, "doxxing": {"unscored": "no training data"}},
    "risk": "high",
    "priority": 0.81,
    "signals": [
        {
            "name": "model.threat",
            "value": 0.93,
            "weight": 1.0,
            "sentence": "This post may threaten the defender (about 9 in 10).",
            "innocent": "It may quote a threat in order to report it.",
            "evidence": {"start": 11, "end": 25},
        }
    ],
    "lang": "es",
    "model": "ngram@1",
    "policy": "default@1",
}


class FlagRecord(_Model):
    """A flag: an assessment that waits for a person. The post's text is not part of it."""

    model_config = ConfigDict(json_schema_extra={"example": FLAG_EXAMPLE})

    flag_id: str
    post_id: str
    platform: str
    defender_id: str
    flagged: bool
    mention: FlagMention
    labels: dict[Label, FlagLabel]
    risk: Risk
    priority: Share
    signals: list[FlagSignal]
    lang: str | None
    model: str
    policy: str


class ListedFlag(FlagRecord):
    """A flag in a list, with where it stands."""

    model_config = ConfigDict(
        json_schema_extra={"example": {**FLAG_EXAMPLE, "status": "open", "created_at": "2026-03-01T12:00:05Z"}}
    )

    status: Status
    created_at: datetime


class FlagList(_Model):
    """One page of flags, most urgent first. `next_cursor` goes into the parameter `cursor`; null: the last page."""

    flags: list[ListedFlag]
    total: int = Field(examples=[112])
    next_cursor: str | None = Field(examples=["ODEwMDAwOjNmOWE"])


class DecisionRecord(_Model):
    """A reviewer's judgement. Append-only: a change of mind is a new one."""

    verdict: Verdict
    reason: str = Field(examples=["threat"])
    note: str = Field(examples=["Same wording as last week."])
    reviewer: str = Field(examples=["heron"])
    decided_at: datetime


class FlagDetail(_Model):
    """A flag, where it stands, and every decision on it, oldest first."""

    flag: FlagRecord
    status: Status
    created_at: datetime
    decisions: list[DecisionRecord]


class NewDecision(_Model):
    """What a reviewer says of a flag. The reviewer's pseudonym is that of the token."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"verdict": "confirmed", "reason": "threat", "note": "Same wording as last week."}
        }
    )

    verdict: Verdict
    reason: str = Field(default="", max_length=64, description="One of the codes in data/reasons.toml, or empty.")
    note: PlainText = Field(default="", max_length=MAX_NOTE)


class DecisionMade(_Model):
    """The decision as it was kept, and where the flag stands now."""

    flag_id: str = Field(examples=["3f9a0c51d2b84e07a6c1f0e2d4b59788"])
    status: Status
    decision: DecisionRecord


# --- posts ------------------------------------------------------------------------------------------------------------


class BatchCounts(_Model):
    """What was in a batch. `new` counts the flags that were not stored before."""

    posts: int = Field(examples=[2])
    mentions: int = Field(examples=[1])
    flags: int = Field(examples=[1])
    new: int = Field(examples=[1])
    rejected: int = Field(examples=[1])


class RejectedRecord(_Model):
    """A record that could not be read: its place in the batch, from 0, and why. Never its content."""

    index: int = Field(examples=[1])
    reason: str = Field(examples=["Object missing required field `created_at`"])


class BatchAnswer(_Model):
    """What was found, for a caller who may read flags."""

    counts: BatchCounts
    rejected: list[RejectedRecord]
    flags: list[FlagRecord]


class BatchQueued(_Model):
    """The one answer for a caller who may not read flags, whatever was sent."""

    status: Literal["queued"] = "queued"


# --- the service ------------------------------------------------------------------------------------------------------


class Health(_Model):
    """Whether the service is there."""

    status: Literal["ok", "ready"]
