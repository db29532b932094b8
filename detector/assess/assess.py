"""Assesses: a post, a mention and a model's scores become an assessment, under a policy. Pure.

The model's calibrated probability is the start; direction and stance cues move it in log-odds, each a signal with a
sentence (as in naive Bayes, the policy's weights being the visible log-likelihood ratios). Cues may also raise a label
by themselves, most of all where no model could judge; the sentence then says so. Nothing here can express a sanction.
"""

import math
from collections.abc import Mapping, Sequence

from detector.assess.policy import Policy
from detector.assess.risk import raised, risk_of, urgency
from detector.assess.scene import Scene, is_news_account, is_own, read_scene
from detector.assess.shift import Shift
from detector.assess.signals import CUE_NAMES, shifts
from detector.assess.wording import CONTEXT, Wording, model_sentence, rule_sentence
from detector.domain import (
    Assessment,
    DefenderKind,
    Judgement,
    Label,
    LabelScore,
    Mention,
    Post,
    Scored,
    Signal,
    Span,
    Unscored,
)
from detector.labels import taxonomy

_AGGRAVATING = ("addressed_threat", "threat_with_detail")


def assess(
    post: Post,
    mention: Mention,
    judgement: Judgement,
    *,
    policy: Policy,
    kind: DefenderKind = DefenderKind.PERSON,
    others: Sequence[Mention] = (),
    covered: bool = True,
    own: bool = False,
) -> Assessment:
    """Assess a post for one defender.

    Args:
        post: The post.
        mention: How it concerns the defender.
        judgement: The text model's answer, a score for every label.
        policy: Thresholds, weights and priorities.
        kind: Private life belongs to persons: an organisation's needs more to be called doxxed.
        others: Mentions of other roster defenders in the same post.
        covered: Whether the model was measured in the post's language.
        own: Whether the author is the defender: such a post is never flagged.

    Returns:
        The assessment; same arguments, same bytes. Every label is present, in the taxonomy's order.
    """
    own = own or is_own(post, mention)
    is_news = is_news_account(post, policy.news_handles)
    scene = read_scene(post, mention, judgement, kind, others)
    found = shifts(scene, judgement.words, is_news=is_news)
    marks = {
        label: _mark(label, judgement.scores[label], found, policy, own=own, aimed=judgement.aimed) for label in Label
    }
    strengths = {label: strength for label, (_, strength) in marks.items()}
    labels = {label: score for label, (score, _) in marks.items()}
    unscored = all(isinstance(score, Unscored) for score in judgement.scores.values())
    flagged = {label: strengths[label] for label, score in labels.items() if score.flagged}
    circumstances = _circumstances(scene, policy, is_news=is_news, is_unscored=unscored)
    return Assessment(
        post_id=post.id,
        platform=post.platform,
        mention=mention,
        flagged=bool(flagged) or (unscored and not own),
        labels=labels,
        risk=risk_of(flagged, mention.confidence, policy),
        priority=0.0 if own else _priority(urgency(strengths), found, circumstances, mention.confidence, policy),
        signals=_ordered(
            [
                *_label_signals(labels, strengths, judgement.words),
                *_shift_signals(found, policy, share=policy.trust if judgement.aimed else 1.0),
                *_context_signals(mention, circumstances, own=own, covered=covered, is_unscored=unscored),
            ]
        ),
        lang=post.lang or judgement.lang,
        model=judgement.model,
        policy=policy.id,
    )


# --- labels -----------------------------------------------------------------------------------------------------------


def _mark(
    label: Label, score: Scored | Unscored, found: Sequence[Shift], policy: Policy, *, own: bool, aimed: bool
) -> tuple[LabelScore, float]:
    """A label's score after the cues and its strength (0-1), which a rule gives where no model could.

    A model that was asked about this very defender has read direction and stance itself: beside it, cues count as much
    as the policy trusts them, no rule overrules it, and its own thresholds hold.
    """
    evidence = sum(policy.weights[shift.name] * shift.value for shift in found if label in shift.labels)
    if aimed and isinstance(score, Scored):
        moved = Scored(probability=_moved(score.probability, policy.trust * evidence), threshold=score.threshold)
        return LabelScore(score=moved, flagged=moved.probability >= moved.threshold and not own), moved.probability
    has_cue = any(shift.name == CUE_NAMES[label] for shift in found)
    by_rule = has_cue and evidence >= policy.raises[label]
    rule = _sigmoid(policy.prior + evidence) if has_cue else 0.0
    if isinstance(score, Unscored):
        return LabelScore(score=score, flagged=by_rule and not own), rule
    moved = Scored(probability=_moved(score.probability, evidence), threshold=score.threshold)
    passed = moved.probability >= policy.thresholds.get(label, score.threshold)
    strength = max(moved.probability, rule) if by_rule else moved.probability
    return LabelScore(score=moved, flagged=(passed or by_rule) and not own), strength


def _sigmoid(log_odds: float) -> float:
    """Without overflow, however extreme the odds: exp is only taken of numbers below zero."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1 + odds)


def _moved(probability: float, log_odds: float) -> float:
    """A probability moved in log-odds; 0 and 1 stay what they are."""
    if probability <= 0 or probability >= 1 or not log_odds:
        return probability
    return _sigmoid(math.log(probability / (1 - probability)) + log_odds)


# --- priority ---------------------------------------------------------------------------------------------------------


def _circumstances(scene: Scene, policy: Policy, *, is_news: bool, is_unscored: bool) -> Mapping[str, float]:
    """Parts of the policy's priority table that apply."""
    present = {"unscored": is_unscored, "news": is_news, "repost": scene.post.repost_of is not None}
    return {name: policy.priority[name] for name, is_present in present.items() if is_present}


def _priority(
    start: float, found: Sequence[Shift], circumstances: Mapping[str, float], confidence: float, policy: Policy
) -> float:
    """Monotone in `start`: each step is."""
    priority = raised(start, circumstances.get("unscored", 0.0))
    if any(shift.name in _AGGRAVATING for shift in found):
        priority = raised(priority, policy.priority["aggravating"])
    for lowers in ("news", "repost"):
        priority *= 1 - circumstances.get(lowers, 0.0)
    return priority * (1 - policy.priority["doubt"] * (1 - confidence))


# --- signals ----------------------------------------------------------------------------------------------------------


def _label_signals(
    labels: Mapping[Label, LabelScore], strengths: Mapping[Label, float], words: Mapping[Label, tuple[Span, ...]]
) -> list[Signal]:
    """For each flagged label, what the model says, or that a rule says it."""
    signals = []
    for label, entry in labels.items():
        if not entry.flagged:
            continue
        why, place = taxonomy().cards[label].why, next(iter(words.get(label, ())), None)
        if isinstance(entry.score, Scored) and entry.score.probability >= strengths[label]:
            wording = model_sentence(why, entry.score.probability)
            signals.append(_signal(f"model_{label}", wording, value=entry.score.probability, evidence=place))
        else:
            signals.append(_signal(f"rule_{label}", rule_sentence(why), value=strengths[label]))
    return signals


def _shift_signals(found: Sequence[Shift], policy: Policy, *, share: float) -> list[Signal]:
    """One signal a name: the strongest of its shifts, with the share of its weight that counted."""
    best: dict[str, Shift] = {}
    for shift in found:
        if shift.name not in best or shift.value > best[shift.name].value:
            best[shift.name] = shift
    return [shift.signal(share * policy.weights[name]) for name, shift in best.items()]


def _context_signals(
    mention: Mention, circumstances: Mapping[str, float], *, own: bool, covered: bool, is_unscored: bool
) -> list[Signal]:
    """What a reviewer must know besides: doubts, coverage, whose post it is. They move no label."""
    doubt = CONTEXT["mention_doubt"].sentence + "".join(f" ({one})" for one in mention.doubts)
    entries = (
        (own, "own_post", CONTEXT["own_post"]),
        (is_unscored, "unscored", CONTEXT["unscored"]),
        (not covered, "uncovered_language", CONTEXT["uncovered_language"]),
        (bool(mention.doubts), "mention_doubt", Wording(doubt, "")),
        ("repost" in circumstances, "bare_repost", CONTEXT["bare_repost"]),
    )
    values = {"mention_doubt": 1 - mention.confidence}
    return [
        _signal(name, wording, value=values.get(name, 1.0), weight=0.0) for applies, name, wording in entries if applies
    ]


def _signal(name: str, wording: Wording, *, value: float, weight: float = 1.0, evidence: Span | None = None) -> Signal:
    return Signal(
        name=name, value=value, weight=weight, sentence=wording.sentence, innocent=wording.innocent, evidence=evidence
    )


def _ordered(signals: Sequence[Signal]) -> tuple[Signal, ...]:
    """Labels first, then by what each moves, strongest first; names break ties."""
    return tuple(
        sorted(signals, key=lambda s: (not s.name.startswith(("model_", "rule_")), -abs(s.value * s.weight), s.name))
    )
