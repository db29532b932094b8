"""The nouns of the house: values that every room speaks in.

All are frozen, slotted and keyword-only; times are aware; sequences are tuples. Nothing here reads a file, a clock or
the environment, and no type can express a sanction: the strongest thing the machine can say is a `Flag`, which asks a
person to look. `docs/glossary.md` explains each noun with an example.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

PostId = NewType("PostId", str)
AccountId = NewType("AccountId", str)
DefenderId = NewType("DefenderId", str)
FlagId = NewType("FlagId", str)

ANY_PLATFORM = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a text: code points `start` (inclusive) to `end` (exclusive) of the original."""

    start: int
    end: int


# --- what is seen -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A speaker on a platform; not a person. `handle` has no leading @."""

    id: AccountId | None = None
    handle: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRef:
    """A pointer to another post and, where known, to its author."""

    id: PostId | None = None
    author: Account | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One public message as seen. Unknown fields of the raw record are not kept.

    `mentions` holds handles without @, `links` URLs and `tags` hashtags without #; a reader fills them from the text
    where the record has none. `lang` is a BCP 47 code or None where nobody has said.
    """

    id: PostId
    platform: str
    text: str
    lang: str | None = None
    author: Account = Account()
    created_at: datetime | None = None
    in_reply_to: PostRef | None = None
    repost_of: PostRef | None = None
    quote_of: PostRef | None = None
    mentions: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A record that could not become a Post: where it stood (1-based line or row) and why. Never its text."""

    line: int
    reason: str
    source: str = ""


# --- who is watched over ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """A defender's account name on a platform; platform "*" means any."""

    platform: str
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """When and for what a defender agreed to be watched over, and until when."""

    given_at: datetime | None = None
    scope: str | None = None
    expires_at: datetime | None = None

    def is_valid(self, *, at: datetime) -> bool:
        """Whether this consent holds at the given moment."""
        return self.expires_at is None or at < self.expires_at


class DefenderKind(StrEnum):
    """Private life belongs to persons only: an organisation cannot be outed."""

    PERSON = "person"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defender:
    """A person or organisation who *asked* to be watched over."""

    id: DefenderId
    kind: DefenderKind
    name: str
    aliases: tuple[str, ...] = ()
    handles: tuple[Handle, ...] = ()
    languages: tuple[str, ...] = ()
    consent: Consent | None = None


# --- what is found ----------------------------------------------------------------------------------------------------


class How(StrEnum):
    """The way by which a post is known to concern a defender, strongest first."""

    HANDLE = "handle"
    REPLY = "reply"
    QUOTE = "quote"
    THREAD = "thread"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A post concerns a defender. Says nothing about attack.

    `spans` are every place in the text that names or addresses the defender, best first; empty where only a reply,
    quote or thread tells. `confidence` is 0-1; `doubts` say in words why it is less than sure ("common word").
    """

    defender_id: DefenderId
    how: How
    confidence: float
    spans: tuple[Span, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def span(self) -> Span | None:
        """The best place, or None where the text does not name the defender."""
        return self.spans[0] if self.spans else None


class Label(StrEnum):
    """The ways in which a post can attack a defender. Meanings: `data/labels.toml`, read by `detector.labels`."""

    THREAT = "threat"
    INCITEMENT = "incitement"
    DOXXING = "doxxing"
    SEXUAL = "sexual"
    HATE = "hate"
    INSULT = "insult"
    SMEAR = "smear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A calibrated probability (0-1) of one label, and the threshold the model recommends for it."""

    probability: float
    threshold: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscored:
    """No model could judge this label here, and why. Never a zero."""

    reason: str


Score = Scored | Unscored


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What a text model is asked to judge.

    With `targets` (where the defender stands in the text) or `replies_to_target` set, the question is "does this attack
    *them*?"; with neither, "does this attack anybody?". `others` are spans that name somebody else.
    """

    text: str
    lang: str | None = None
    targets: tuple[Span, ...] = ()
    others: tuple[Span, ...] = ()
    replies_to_target: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A text model's answer for one passage: a score for every label, the words that moved them, the language.

    `words` maps a label to the spans that raised its score most, best first. `hostility` is the model's calibrated
    probability that the text is offensive to anybody at all (None where the model has no such head). `aimed`: the
    scores are about the marked defender, not about anybody.
    """

    scores: Mapping[Label, Score]
    words: Mapping[Label, tuple[Span, ...]]
    lang: str | None
    model: str
    hostility: float | None = None
    aimed: bool = False


# --- what is said about it --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One named reason: a value (0-1), the weight it had, a sentence a reviewer reads, and where to look.

    `innocent` is the innocent explanation that a reviewer should hold against it.
    """

    name: str
    value: float
    weight: float
    sentence: str
    innocent: str = ""
    evidence: Span | None = None


class Risk(StrEnum):
    """How urgent a look is. About the danger to the defender, never about the author."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """A label as assessed for one defender: its score and whether the policy's threshold is passed."""

    score: Score
    flagged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A post judged for one defender under one policy. Pure: same inputs and policy, same bytes."""

    post_id: PostId
    platform: str
    mention: Mention
    flagged: bool
    labels: Mapping[Label, LabelScore]
    risk: Risk
    priority: float
    signals: tuple[Signal, ...]
    lang: str | None
    model: str
    policy: str

    @property
    def flagged_labels(self) -> tuple[Label, ...]:
        """The labels whose threshold was passed, in the taxonomy's order."""
        return tuple(label for label, entry in self.labels.items() if entry.flagged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A stored assessment that waits for a person. Not a sanction.

    `id` is a keyed hash (HMAC) of post, defender and policy version, so that a holder of post ids cannot test guesses.
    `post` is None where the text was not kept or is gone.
    """

    id: FlagId
    assessment: Assessment
    post: Post | None
    created_at: datetime


class Verdict(StrEnum):
    """What a reviewer may say of a flag."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    UNSURE = "unsure"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A reviewer's append-only judgement on a flag. A change of mind is a new decision.

    `reason` is one of the codes in `data/reasons.toml` or empty; `note` is free text; `reviewer` is a pseudonym.
    """

    flag_id: FlagId
    verdict: Verdict
    reason: str
    note: str
    reviewer: str
    decided_at: datetime


Status = Literal["open", "confirmed", "dismissed", "unsure", "escalated"]
"""Where a flag stands: open, or as its newest decision says."""
