"""A shift: one named reason that moves the log-odds of some labels, before a policy weighs it and words are given."""

from dataclasses import dataclass

from detector.assess.wording import CONTEXT, CUES, DIRECTION, STANCE
from detector.domain import Label, Signal, Span

_WORDINGS = {**CUES, **DIRECTION, **STANCE, **CONTEXT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A reason: its value (0-1), the labels that it moves, and where to look."""

    name: str
    value: float
    labels: frozenset[Label]
    evidence: Span | None = None

    def signal(self, weight: float) -> Signal:
        """The signal that a reviewer reads."""
        sentence, innocent = _WORDINGS[self.name]
        return Signal(
            name=self.name,
            value=self.value,
            weight=weight,
            sentence=sentence,
            innocent=innocent,
            evidence=self.evidence,
        )
