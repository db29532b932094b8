"""Picks the posts that are worth labelling: those a model is unsure of, unlike one another, languages in balance.

*Uncertain*: the model's decision lies close to its threshold, or it could not judge at all. *Diverse*: near-duplicates
count once, and each pick is the one that is both uncertain and far from everything picked before it, over hashed
n-grams (greedy farthest-point traversal, Gonzalez 1985, weighted by uncertainty as in active learning by core-sets,
Sener and Savarese 2018). A sample picked so is for teaching; figures measured on it are worse than life.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from random import Random

import numpy as np
import numpy.typing as npt

from detector.domain import Judgement, Scored
from detector.normalize import normalize
from detector.stream.pipeline import judge_safely
from detector.text.hashing import Grams, cut
from detector.text.model import TextModel
from detector.text.ngram import blanked
from training.candidates import Candidate
from training.splits import near_duplicates

GRAMS = Grams(bits=11, shortest=2, longest=4)
FLOOR = 0.1
"""What a post counts of which the model is quite sure: nothing is so sure that it need never be asked."""

BATCH = 256
Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]
Progress = Callable[[float | None, int], None]


def uncertainty(judgement: Judgement) -> float:
    """How unsure a decision is: 1 at the threshold or where nothing was judged, 0 at certainty on either side.

    The decision is the label that is furthest beyond its threshold or, if none is, closest to it. Distances are shares
    of the way from the threshold to 0 or to 1, so that labels with low and high thresholds compare.
    """
    margins = [_margin(score) for score in judgement.scores.values() if isinstance(score, Scored)]
    return 1 - abs(max(margins)) if margins else 1.0


def _margin(score: Scored) -> float:
    """-1 (surely not) to 1 (surely so), 0 at the threshold."""
    way = 1 - score.threshold if score.probability >= score.threshold else score.threshold
    return (score.probability - score.threshold) / way if way else 0.0


def uncertainties(candidates: Sequence[Candidate], model: TextModel, progress: Progress) -> Floats:
    """The uncertainty of a model about each candidate, shape (candidates,)."""
    values: list[float] = []
    for start in range(0, len(candidates), BATCH):
        passages = [one.passage for one in candidates[start : start + BATCH]]
        values += map(uncertainty, judge_safely(model, passages))
        progress(len(values) / len(candidates), len(values))
    return np.array(values, np.float64)


def distinct(candidates: Sequence[Candidate], unsure: Floats) -> list[int]:
    """Rows left when near-duplicates count once: of each group the post that the model is least sure of.

    A post about two defenders asks two questions; both stay.
    """
    groups = near_duplicates([one.task.text for one in candidates]).tolist()
    best: dict[int, int] = {}
    for row, group in enumerate(groups):
        if group not in best or unsure[row] > unsure[best[group]]:
            best[group] = row
    kept = {group: _post(candidates[row]) for group, row in best.items()}
    return [row for row, group in enumerate(groups) if _post(candidates[row]) == kept[group]]


def _post(candidate: Candidate) -> tuple[str, str]:
    return candidate.task.platform, candidate.task.post_id


def worth_labelling(candidates: Sequence[Candidate], unsure: Floats, count: int) -> list[Candidate]:
    """At most `count` candidates, most useful first, languages taking turns. Deterministic.

    Args:
        candidates: Without near-duplicates; see `distinct`.
        unsure: Their uncertainties (0-1), shape (candidates,).
        count: How many are wanted.
    """
    rows = _by_language(candidates)
    shares = fair_shares({lang: len(found) for lang, found in rows.items()}, count)
    picks = [
        [found[place] for place in _farthest(_vectors([candidates[row] for row in found]), unsure[found], shares[lang])]
        for lang, found in rows.items()
    ]
    return [candidates[row] for row in _in_turns(picks)]


def at_random(candidates: Sequence[Candidate], count: int, chance: Random) -> list[Candidate]:
    """At most `count` candidates by chance, languages in the same balance."""
    rows = _by_language(candidates)
    shares = fair_shares({lang: len(found) for lang, found in rows.items()}, count)
    picks = [chance.sample(found, shares[lang]) for lang, found in rows.items()]
    return [candidates[row] for row in _in_turns(picks)]


def fair_shares(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """How many of each language: equal shares; what a small one cannot fill goes to larger ones."""
    shares = dict.fromkeys(sizes, 0)
    left, waiting = min(count, sum(sizes.values())), sorted(sizes, key=lambda lang: (sizes[lang], lang))
    while waiting:
        lang = waiting.pop(0)
        shares[lang] = min(sizes[lang], left // (len(waiting) + 1))
        left -= shares[lang]
    return shares


def _by_language(candidates: Sequence[Candidate]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, one in enumerate(candidates):
        rows.setdefault(one.language, []).append(row)
    return dict(sorted(rows.items()))


def _in_turns(picks: Sequence[Sequence[int]]) -> Iterator[int]:
    """One of each language, then the second of each: whoever stops early has labelled a balanced part."""
    for turn in zip_longest(*picks):
        yield from (row for row in turn if row is not None)


def _farthest(vectors: Vectors, unsure: Floats, count: int) -> list[int]:
    """Rows in the order picked: the most uncertain first, then the largest uncertainty times distance to all picked."""
    weights = FLOOR + (1 - FLOOR) * unsure
    distance = np.ones(len(vectors))
    picked: list[int] = []
    while len(picked) < count:
        gains = weights * distance
        gains[picked] = -1
        row = int(np.argmax(gains))
        picked.append(row)
        distance = np.minimum(distance, 1 - vectors @ vectors[row])
    return picked


def _vectors(candidates: Sequence[Candidate]) -> Vectors:
    """Unit vectors over hashed n-grams, common ones weighing less, the target's name left out: (rows, 2048)."""
    texts = [blanked(normalize(one.passage.text), one.passage.targets) for one in candidates]
    words = cut(texts, GRAMS)
    counts = np.zeros((len(texts), 1 << GRAMS.bits), np.float32)
    rows = np.repeat(np.arange(len(texts)), np.diff(words.indptr))
    np.add.at(counts, (rows, words.features), 1)
    rarity = np.log((1 + len(texts)) / (1 + np.count_nonzero(counts, axis=0))) + 1
    np.log1p(counts, out=counts)
    counts *= rarity.astype(np.float32)
    counts /= np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), np.float32(1e-9))
    return counts
