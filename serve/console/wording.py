"""How numbers and states are said: in words first, the figure on request.

Pure functions that templates use as filters. Risk, not guilt; never a verdict. Source of the rules: docs/wording.md.
"""

from datetime import datetime, timedelta

from detector.assess.wording import in_words
from detector.domain import Label, Scored, Unscored
from detector.labels import taxonomy

STATUS_WORDS = {
    "open": "Open",
    "confirmed": "Confirmed",
    "dismissed": "Dismissed",
    "unsure": "Unsure",
    "escalated": "Escalated",
}
HOW_WORDS = {
    "handle": "addresses the account of",
    "reply": "answers a post of",
    "quote": "quotes or reposts",
    "thread": "stands in a thread about",
    "name": "names",
}


def score_words(score: Scored | Unscored) -> str:
    """A score in words; what no model could judge says why."""
    if isinstance(score, Unscored):
        return f"no model could judge this ({score.reason})"
    return in_words(score.probability)


def label_title(label: Label) -> str:
    """The label's name as people read it."""
    return taxonomy().cards[Label(label)].title


def label_warning(labels: tuple[Label, ...]) -> str:
    """What to be prepared for before opening a text: the warning of its gravest label."""
    cards = sorted((taxonomy().cards[label] for label in labels), key=lambda card: -card.severity)
    return cards[0].warning if cards else "This text has not been judged."


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago, in one unit."""
    if moment is None:
        return "at an unknown time"
    age = now - moment
    if age < timedelta(0):
        return "in the future (check the clock)"
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        count = age // length
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def defanged(text: str) -> str:
    """A link that cannot be followed by accident."""
    return text.replace("://", "[:]//").replace(".", "[.]")
