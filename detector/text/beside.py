"""The n-gram floor beside the encoder: what it adds to the answer whether a text attacks *anybody*.

Spelling and meaning fail on different texts, so the two together are better than either. What the floor says counts
only in languages in which it was measured; elsewhere it adds nothing. It knows nothing of who is meant, so it has no
say in whether a marked defender is attacked.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from detector.domain import Judgement, Label, Passage, Scored
from detector.text.bundle import HOSTILITY, Bundle, Head, floor_bundle, opened, read_bundle
from detector.text.language import covers

Floats = npt.NDArray[np.float64]

_INSIDE = 1e-4
"""Probabilities nearer than this to 0 or 1 count as this near."""


class Floor:
    """The floor's answers as log-odds. Stateless between calls."""

    def __init__(self, bundle: Bundle) -> None:
        self.id = bundle.id
        self._model = opened(bundle, explain=False)
        self._heads = bundle.manifest.heads

    @classmethod
    def load(cls) -> "Floor":
        """The one that ships.

        Raises:
            BundleError: It is missing or damaged.
        """
        return cls(read_bundle(floor_bundle()))

    def margins(self, passages: Sequence[Passage], names: Sequence[str]) -> Floats:
        """How far each label lies above the floor's own threshold.

        Args:
            passages: As a model is asked.
            names: Labels, or `offensive`.

        Returns:
            Log-odds, shape (passages, names); 0 where the floor did not learn the label in the text's language.
        """
        judgements = self._model.judge(passages)
        return np.array([[self._margin(one, name) for name in names] for one in judgements]).reshape(-1, len(names))

    def _margin(self, judgement: Judgement, name: str) -> float:
        head = self._heads.get(name)
        if head is None or not covers(head.languages, judgement.lang):
            return 0.0
        chance = _chance(judgement, name)
        return 0.0 if chance is None else _log_odds(chance) - _log_odds(head.threshold)


def _chance(judgement: Judgement, name: str) -> float | None:
    if name == HOSTILITY:
        return judgement.hostility
    score = judgement.scores[Label(name)]
    return score.probability if isinstance(score, Scored) else None


def _log_odds(chance: float) -> float:
    inside = min(max(chance, _INSIDE), 1 - _INSIDE)
    return float(np.log(inside / (1 - inside)))


def listens(heads: Sequence[Head]) -> bool:
    """Whether any of an encoder's heads takes the floor's word into account."""
    return any(head.beside for head in heads)
