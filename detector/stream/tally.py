"""What a run counted, and the most urgent of what it found. Bounded: keeps as many assessments as it was asked to."""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from detector.domain import Label, Rejected, Risk
from detector.stream.pipeline import Judged


@dataclass(slots=True, kw_only=True)
class Tally:
    """Running totals of a scan. `keep` is how many of the most urgent flags to hold on to."""

    keep: int = 10
    posts: int = 0
    mentions: int = 0
    flags: int = 0
    unscored: int = 0
    rejected: int = 0
    by_risk: Counter[Risk] = field(default_factory=Counter)
    by_label: Counter[Label] = field(default_factory=Counter)
    _urgent: list[tuple[float, int, Judged]] = field(default_factory=list)

    @property
    def records(self) -> int:
        """Records read, rejected ones too."""
        return self.posts + self.rejected

    def add(self, posts: int, judged: Iterable[Judged], rejected: Sequence[Rejected]) -> None:
        """Count one batch: posts read, mentions assessed, records rejected."""
        self.posts += posts
        self.rejected += len(rejected)
        for one in judged:
            self.mentions += 1
            if one.assessment.flagged:
                self._add_flag(one)

    def _add_flag(self, one: Judged) -> None:
        self.flags += 1
        self.by_risk[one.assessment.risk] += 1
        self.by_label.update(one.assessment.flagged_labels)
        self.unscored += not one.assessment.flagged_labels
        # The running number keeps the first of two equal ones, and keeps heapq from comparing posts.
        heapq.heappush(self._urgent, (one.assessment.priority, -self.flags, one))
        if len(self._urgent) > self.keep:
            heapq.heappop(self._urgent)

    def most_urgent(self) -> list[Judged]:
        """The flags of highest priority, highest first."""
        return [one for _, _, one in sorted(self._urgent, key=lambda entry: entry[:2], reverse=True)]
