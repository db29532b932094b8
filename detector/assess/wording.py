"""What each signal says to a reviewer: one sentence, and the innocent explanation to hold against it.

Sentences follow four rules: risk, never guilt ("may"); what and where, never the post's own words, a name or a handle;
chance in words ("about 9 in 10"); never a sanction. Holds no numbers and decides nothing.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Wording(NamedTuple):
    """A sentence and its innocent explanation."""

    sentence: str
    innocent: str


_PLACE = "at the place marked"

CUES: Mapping[str, Wording] = MappingProxyType(
    {
        "threat_words": Wording(
            f"Words of harm or a veiled warning stand {_PLACE}.",
            "The same words cheer, joke or report what somebody else said.",
        ),
        "incitement_words": Wording(
            f"The text may ask others to act against somebody, {_PLACE}.",
            "It may ask for support, or for a fair inquiry with a named basis.",
        ),
        "private_detail": Wording(
            f"What looks like a private detail (address, number, family, routine) stands {_PLACE}.",
            "It may be a public office, a public event or contact data that the defender publishes.",
        ),
        "smear_words": Wording(
            f"The text states or hints at something discrediting without a source, {_PLACE}.",
            "A source may stand in the thread or behind a link; we do not judge whether it is true.",
        ),
        "dehumanising_words": Wording(
            f"Words that may deny somebody's humanity or attack an identity stand {_PLACE}.",
            "The words may be reclaimed, quoted, or meant literally.",
        ),
        "sexual_words": Wording(
            f"Words that may sexualise or shame stand {_PLACE}.",
            "The text may report such abuse or speak of health or law.",
        ),
        "insult_words": Wording(
            f"Words of contempt stand {_PLACE}.",
            "They may be banter, or aimed at the work and not at the person.",
        ),
    }
)
"""Pattern signals: each speaks for one label."""

DIRECTION: Mapping[str, Wording] = MappingProxyType(
    {
        "aimed_at_defender": Wording(
            "The hostile words stand close to the place that names the defender.",
            "Nearness is not direction: the defender may only be named beside the one who is meant.",
        ),
        "addressed": Wording(
            "The post speaks to the defender directly.",
            "People also speak directly to those whom they support.",
        ),
        "aimed_elsewhere": Wording(
            "The hostile words stand closer to somebody else than to the defender.",
            "The other person may be a relative or colleague attacked in order to hit the defender.",
        ),
        "addressed_threat": Wording(
            "Words of harm are said directly to the defender.",
            "Friends and rivals in sport or art also speak like this.",
        ),
        "threat_with_detail": Wording(
            "Words of harm and a private detail stand in one post.",
            "A worried friend may name a place, too.",
        ),
    }
)

STANCE: Mapping[str, Wording] = MappingProxyType(
    {
        "reporting": Wording(
            "The text may report what others said or did.", "An attack can be dressed up as a report."
        ),
        "quotation": Wording("Hostile words stand in quotation marks.", "Quotation marks can endorse, too."),
        "condemnation": Wording("The text may condemn an attack.", "Condemning one thing may excuse another."),
        "support": Wording("The text may support or thank somebody.", "Praise can be mockery."),
        "question": Wording("The text asks a question.", "Questions can insinuate."),
        "joke": Wording("The tone may be playful.", "Laughter can mock."),
        "negation_or_correction": Wording("The text may deny or correct a claim.", "A denial also repeats a claim."),
        "official_distance": Wording(
            "A claim is told as somebody else's, with its source.", "Distance words can be a fig leaf."
        ),
        "news_account": Wording("The author's account looks like a news outlet.", "Anyone can choose such a name."),
    }
)

CONTEXT: Mapping[str, Wording] = MappingProxyType(
    {
        "own_post": Wording("The post is the defender's own.", "The account may have been taken over."),
        "bare_repost": Wording("The post passes on another without a comment.", "Passing on is not agreeing."),
        "mention_doubt": Wording("It is not certain that the post concerns the defender.", ""),
        "uncovered_language": Wording(
            "The text model was not measured in this language, so its scores say less here.", ""
        ),
        "unscored": Wording(
            "No text model could judge this post, so a person should look.", "Most posts are harmless."
        ),
        "rule_raised": Wording("A rule, not a model, raises this.", "Rules see words, not meaning."),
    }
)

WEIGHTED: tuple[str, ...] = (*CUES, *DIRECTION, *STANCE)
"""The signals that a policy must weigh."""


def in_words(probability: float) -> str:
    """A probability (0-1) as words: "about 9 in 10", "fewer than 1 in 20", "more than 19 in 20"."""
    if probability < 0.05:
        return "fewer than 1 in 20"
    if probability > 0.95:
        return "more than 19 in 20"
    return f"about {max(1, min(9, round(probability * 10)))} in 10"


def model_sentence(why: str, probability: float) -> Wording:
    """What a label's calibrated score says; `why` is the taxonomy's phrase ("may threaten")."""
    return Wording(
        f"This post {why} the defender: of posts that score like this, {in_words(probability)} do.",
        "The score comes from wording alone; irony, quotation and shared jokes mislead it.",
    )


def rule_sentence(why: str) -> Wording:
    """What is said where cues alone raise a label."""
    return Wording(
        f"A rule, not a model, raises this: the cues listed here say that the post {why} the defender.",
        CONTEXT["rule_raised"].innocent,
    )
