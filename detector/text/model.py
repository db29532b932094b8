"""The one interface that every text model shares: n-gram, torch and ONNX alike.

A model judges passages in batches and never raises over a passage's content: what it cannot judge comes back as
`Unscored` with the reason, because an error must never look like a zero.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from detector.domain import Judgement, Passage


@runtime_checkable
class TextModel(Protocol):
    """Judges passages. Implementations are loaded by `detector.text.bundle.load_model`."""

    @property
    def id(self) -> str:
        """`name@version`, as written on every flag."""

    @property
    def languages(self) -> frozenset[str]:
        """BCP 47 codes on which the model was measured; other languages are judged but said to be uncovered."""

    def judge(self, passages: Sequence[Passage]) -> list[Judgement]:
        """Judge a batch.

        Args:
            passages: Any number of passages, any mix of languages; `lang` may be None (detected).

        Returns:
            One judgement a passage, in order, each with an entry in `scores` for every `Label`.
        """
