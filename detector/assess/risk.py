"""Risk and priority: how urgent a look is, from what each label may mean for the defender.

Speaks about danger to the defender, never about the author; the policy holds the numbers, the taxonomy the severities.
"""

from collections.abc import Mapping

from detector.assess.policy import Policy, RiskRule
from detector.domain import Label, Risk
from detector.labels import taxonomy

NORM = 4
"""Exponent of the norm that joins labels: the worst one rules, the others add a little."""


def risk_of(flagged: Mapping[Label, float], confidence: float, policy: Policy) -> Risk:
    """The first rule that fits, else low.

    Args:
        flagged: The strength (0-1) of each flagged label.
        confidence: How sure it is that the post concerns the defender (0-1).
        policy: Its rules are tried in order.
    """
    return next((rule.level for rule in policy.risks if _fits(rule, flagged, confidence)), Risk.LOW)


def _fits(rule: RiskRule, flagged: Mapping[Label, float], confidence: float) -> bool:
    return confidence >= rule.mention and all(flagged.get(label, -1.0) >= rule.strength for label in rule.labels)


def urgency(strengths: Mapping[Label, float]) -> float:
    """Severity times strength, joined over labels by a norm; 0-1 and monotone in every strength."""
    cards = taxonomy().cards
    total = sum((cards[label].severity * strength) ** NORM for label, strength in strengths.items())
    return min(1.0, float(total ** (1 / NORM)))


def raised(priority: float, by: float) -> float:
    """A priority moved towards 1 by a share of what is left."""
    return priority + (1 - priority) * by
