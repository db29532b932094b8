"""The flag as a record: the format that `scan` writes, the API answers and `export` gives (docs/formats.md).

Scores are calibrated probabilities; what no model could judge says so. Offsets are code points of the original text.
The post's text is not part of it.
"""

from collections.abc import Mapping
from typing import Any

from detector.domain import Assessment, FlagId, LabelScore, Mention, Scored, Signal


def flag_record(flag_id: FlagId, assessment: Assessment) -> dict[str, Any]:
    """One flag as a JSON-able object, keys in the contract's order."""
    return {
        "flag_id": flag_id,
        "post_id": assessment.post_id,
        "platform": assessment.platform,
        "defender_id": assessment.mention.defender_id,
        "flagged": assessment.flagged,
        "mention": _mention(assessment.mention),
        "labels": label_records(assessment.labels),
        "risk": assessment.risk,
        "priority": round(assessment.priority, 4),
        "signals": [_signal(signal) for signal in assessment.signals],
        "lang": assessment.lang,
        "model": assessment.model,
        "policy": assessment.policy,
    }


def label_records(labels: Mapping[Any, LabelScore]) -> dict[str, Any]:
    """Every label with its score and whether it is flagged, or the reason why it is unscored."""
    return {str(label): _label(entry) for label, entry in labels.items()}


def _label(entry: LabelScore) -> dict[str, Any]:
    if isinstance(entry.score, Scored):
        return {"score": round(entry.score.probability, 4), "flagged": entry.flagged}
    unscored: dict[str, Any] = {"unscored": entry.score.reason}
    # A rule may raise a label that the model cannot judge; the signal's sentence says which.
    return unscored | {"flagged": True} if entry.flagged else unscored


def _mention(mention: Mention) -> dict[str, Any]:
    span = mention.span
    record: dict[str, Any] = {
        "how": mention.how,
        "start": span and span.start,
        "end": span and span.end,
        "confidence": round(mention.confidence, 4),
    }
    return record | {"doubts": list(mention.doubts)} if mention.doubts else record


def _signal(signal: Signal) -> dict[str, Any]:
    evidence = signal.evidence
    return {
        "name": signal.name,
        "value": round(signal.value, 4),
        "weight": round(signal.weight, 4),
        "sentence": signal.sentence,
        "innocent": signal.innocent,
        "evidence": evidence and {"start": evidence.start, "end": evidence.end},
    }
