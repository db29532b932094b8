"""The n-gram model: hashed character n-grams and words, one linear head a label. Needs numpy and numba, nothing else.

It is a floor: fast, small, the same on every machine, and blind to everything but spelling. **It cannot see
direction.** The name of the marked defender is blanked, so that no name moves a score, and the rest of the text is
judged as a whole: for a passage with `targets` or `replies_to_target` the answer is still "does this text attack
anybody?". Who is meant is left to the cues in `detector.assess`. Quotation, irony and condemnation of an attack look
like the attack to it.
"""

import io
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from detector.domain import Judgement, Label, Passage, Score, Scored, Span, Unscored
from detector.errors import BundleError
from detector.normalize import Normalized, normalize
from detector.text.bundle import HOSTILITY, Bundle, Head
from detector.text.calibrate import sigmoid
from detector.text.hashing import LETTERS, SYMBOLS, Grams, Words, compiled, cut
from detector.text.language import covers, detect_language
from detector.text.rationale import LONG, narrowed, original_spans, top_words

WEIGHTS = "weights.npy"
SCALES = "scales"
MOST_BITS = 24

Weights = npt.NDArray[np.int8]
Raw = npt.NDArray[np.float32]

_NO_TEXT = Unscored(reason="no words are left to judge once handles, links and the defender's name are set aside")


@compiled
def word_sums(features: npt.NDArray[np.uint32], rows: npt.NDArray[np.int64], weights: Weights) -> Raw:
    """The sum of the weights of each word's features, unscaled: shape (words, heads)."""
    heads = weights.shape[1]
    out = np.zeros((len(rows) - 1, heads), np.float32)
    for word in range(len(rows) - 1):
        for place in range(rows[word], rows[word + 1]):
            feature = features[place]
            for head in range(heads):
                out[word, head] += weights[feature, head]
    return out


@dataclass(frozen=True, slots=True)
class Linear:
    """Quantised weights: `weights[feature, head] * scales[head]`, and what their features are."""

    weights: Weights
    scales: Raw
    grams: Grams

    def shares(self, words: Words) -> Raw:
        """What each word adds to the raw scores of its text, shape (words, heads); they sum to `raw`."""
        sums = word_sums(words.features, words.rows, self.weights)
        size = np.sqrt(np.maximum(np.diff(words.indptr), 1)).astype(np.float32)
        sums *= self.scales / np.repeat(size, np.diff(words.texts))[:, None]
        return sums

    def totals(self, features: npt.NDArray[np.uint32], indptr: npt.NDArray[np.int64]) -> Raw:
        """Raw scores, shape (texts, heads): the sum of a text's weights over the root of their number."""
        size = np.sqrt(np.maximum(np.diff(indptr), 1)).astype(np.float32)
        sums: Raw = word_sums(features, indptr, self.weights) * self.scales / size[:, None]
        return sums

    def raw(self, words: Words, shares: Raw) -> Raw:
        """The same from the shares of words, shape (texts, heads)."""
        total = np.zeros((len(words.texts) - 1, shares.shape[1]), np.float32)
        filled = np.flatnonzero(np.diff(words.texts))
        if len(filled):
            total[filled] = np.add.reduceat(shares, words.texts[filled], axis=0)
        return total


def blanked(text: Normalized, targets: Sequence[Span]) -> str:
    """A normalised text with blanks where the original spans stood; same length, so that offsets hold."""
    result = text.text
    for span in targets:
        first, last = bisect_right(text.ends, span.start), bisect_left(text.starts, span.end)
        if first < last:
            result = result[:first] + " " * (last - first) + result[last:]
    return result


class NgramModel:
    """A `TextModel` over hashed n-grams. Stateless between calls, safe to share between threads."""

    def __init__(self, bundle: Bundle, linear: Linear) -> None:
        manifest = bundle.manifest
        self.id = bundle.id
        self.languages = frozenset(manifest.languages)
        self._linear = linear
        self._heads: tuple[tuple[Label, Head], ...] = tuple(
            (label, manifest.heads[label.value]) for label in Label if label.value in manifest.heads
        )
        self._hostility = manifest.heads.get(HOSTILITY)
        self._unscored: Mapping[Label, Score] = {
            Label(name): Unscored(reason=reason) for name, reason in manifest.unscored.items()
        }
        self._narrow = {label: _learnt_in(label, head) for label, head in self._heads if head.only}
        everything = [*(head for _, head in self._heads), *([self._hostility] if self._hostility else [])]
        self._columns = np.array([head.column for head in everything], np.int64)
        self._slopes = np.array([head.slope for head in everything], np.float32)
        self._intercepts = np.array([head.intercept for head in everything], np.float32)

    @classmethod
    def load(cls, bundle: Bundle, *, explain: bool = True) -> Self:  # noqa: ARG003 - shares are there anyway
        """Read the weights of a bundle.

        Raises:
            BundleError: They are not what the manifest says.
        """
        return cls(bundle, read_weights(bundle))

    def judge(self, passages: Sequence[Passage]) -> list[Judgement]:
        """Judge a batch; see `TextModel`. Words are given for labels that reach half of their threshold."""
        if not passages:
            return []
        normal = [normalize(passage.text) for passage in passages]
        texts = [blanked(text, passage.targets) for text, passage in zip(normal, passages, strict=True)]
        words = cut(texts, self._linear.grams)
        shares = self._linear.shares(words)
        raw = self._linear.raw(words, shares)[:, self._columns]
        chances = sigmoid(raw * self._slopes + self._intercepts)
        judged = _has_words(words)
        return [
            self._judgement(place, passage, normal[place], words, shares, chances[place].tolist())
            if judged[place]
            else self._no_judgement(passage)
            for place, passage in enumerate(passages)
        ]

    def _no_judgement(self, passage: Passage) -> Judgement:
        return Judgement(scores=dict.fromkeys(Label, _NO_TEXT), words={}, lang=passage.lang, model=self.id)

    def _judgement(
        self, place: int, passage: Passage, text: Normalized, words: Words, shares: Raw, chances: list[float]
    ) -> Judgement:
        lang = passage.lang or detect_language(passage.text)
        scores = dict(self._unscored)
        reasons: dict[Label, tuple[Span, ...]] = {}
        for (label, head), chance in zip(self._heads, chances, strict=False):
            if head.only and not covers(head.only, lang):
                scores[label] = self._narrow[label]
                continue
            scores[label] = Scored(probability=chance, threshold=head.threshold)
            if 2 * chance >= head.threshold:
                reasons[label] = original_spans(text, self._places(place, words, shares, head.column))
        return Judgement(
            scores={label: scores[label] for label in Label},
            words=reasons,
            lang=lang,
            model=self.id,
            hostility=chances[-1] if self._hostility else None,
        )

    def _places(self, place: int, words: Words, shares: Raw, column: int) -> list[tuple[int, int]]:
        first, last = words.texts[place], words.texts[place + 1]
        return [self._place(first + word, words, column) for word in top_words(shares[first:last, column])]

    def _place(self, word: int, words: Words, column: int) -> tuple[int, int]:
        start, end = int(words.starts[word]), int(words.ends[word])
        if end - start <= LONG or words.kinds[word] not in (LETTERS, SYMBOLS):
            return start, end
        grams = self._linear.grams
        weights = self._linear.weights[words.features[words.rows[word] : words.rows[word + 1]], column]
        begin, stop = narrowed(weights.tolist(), end - start, range(grams.shortest, grams.longest + 1))
        return start + begin, start + stop


def _has_words(words: Words) -> npt.NDArray[np.bool_]:
    """Whether a text has anything beside handles and links, shape (texts,)."""
    counts = np.concatenate(([0], np.cumsum(words.kinds <= SYMBOLS)))
    return np.diff(counts[words.texts]) > 0


def _learnt_in(label: Label, head: Head) -> Unscored:
    return Unscored(reason=f"this model has learnt {label.value} in {', '.join(head.only)} only")


def read_weights(bundle: Bundle) -> Linear:
    """The linear part of a bundle.

    Raises:
        BundleError: Shape, type or settings do not fit together.
    """
    settings = bundle.manifest.settings
    try:
        grams = Grams(
            bits=int(settings["bits"]),  # type: ignore[arg-type]
            shortest=int(settings["shortest"]),  # type: ignore[arg-type]
            longest=int(settings["longest"]),  # type: ignore[arg-type]
        )
        scales = np.asarray(settings[SCALES], np.float32)
        weights = np.load(io.BytesIO(bundle.file(WEIGHTS).read_bytes()), allow_pickle=False)
    except (KeyError, ValueError, TypeError, EOFError) as error:
        raise BundleError(f"The bundle {bundle.path} has unreadable weights or settings") from error
    sound = 1 <= grams.shortest <= grams.longest <= 16 and 1 <= grams.bits <= MOST_BITS
    columns = [head.column for head in bundle.manifest.heads.values()]
    fits = weights.dtype == np.int8 and weights.ndim == 2 and weights.shape == (1 << grams.bits, len(scales))
    if not (
        sound and fits and scales.ndim == 1 and np.isfinite(scales).all() and max(columns, default=0) < len(scales)
    ):
        raise BundleError(f"The weights of the bundle {bundle.path} do not fit its manifest")
    return Linear(np.ascontiguousarray(weights), scales, grams)
