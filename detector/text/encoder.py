"""The encoder: a pretrained multilingual transformer, fine-tuned, as 8-bit integers in onnxruntime. No torch.

It reads a passage with the defender marked (`detector.text.marking`) and has two sets of heads. With a target marked,
the probability of a label is that of any attack on the target times that of the label given one, scaled so that the
likeliest label carries all of it: a post is an attack in at least one way. With none marked, each label has its own
head: does the text attack anybody? There the n-gram floor may have a say, too (`detector.text.beside`).

A long text is read in overlapping windows; the one that looks most like an attack speaks for it. A text whose script
the vocabulary lacks is `Unscored`. Languages beyond those measured are judged, and said to be uncovered by `languages`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from detector.domain import Judgement, Label, Passage, Score, Scored, Span, Unscored
from detector.errors import BundleError
from detector.text.beside import Floor, listens
from detector.text.bundle import ATTACK, HOSTILITY, Bundle, Head
from detector.text.calibrate import sigmoid
from detector.text.language import as_written, covers, detect_language
from detector.text.marking import DEFENDER, MARKS, REPLY, marked, says_something
from detector.text.rationale import occlusions, told_by

GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
BESIDE = "beside"
"""The setting that names the floor which a bundle was calibrated beside."""

BATCH = 32
MOST_WINDOWS = 16
MOST_EXPLAINED = 2
"""Windows of a text whose words are looked for: a longer one would be read some hundred times over."""

UNREADABLE = 0.2
"""Share of unknown pieces from which on a text is not judged."""

Floats = npt.NDArray[np.float64]

_NO_TEXT = Unscored(reason="no words are left to judge once handles, links and the defender's name are set aside")
_NOT_LEARNT = Unscored(reason="this model has not learnt this label")
_UNREADABLE = Unscored(reason="language not covered: this model cannot read the script of the text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Raw scores of texts: `anybody` and `target` have shape (texts, heads).

    `windows` counts the stretches in which each text was read, shape (texts,); 0 is a text that could not be read.
    """

    anybody: Floats
    target: Floats
    windows: npt.NDArray[np.int64]

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which texts could be read, shape (texts,)."""
        result: npt.NDArray[np.bool_] = self.windows > 0
        return result


class EncoderModel:
    """A `TextModel` over an ONNX graph. Stateless between calls, safe to share between threads."""

    def __init__(
        self,
        bundle: Bundle,
        session: onnxruntime.InferenceSession,
        tokenizer: Tokenizer,
        *,
        explain: bool = True,
        floor: Floor | None = None,
    ) -> None:
        manifest = bundle.manifest
        self.id = bundle.id
        self.languages = frozenset(manifest.languages)
        self._session = session
        self._floor = floor
        self._most_explained = MOST_EXPLAINED if explain else 0
        self._tokenizer = tokenizer
        self._longest = int(manifest.settings["longest"])  # type: ignore[arg-type]
        self._anybody = manifest.heads
        self._target = manifest.target
        self._unscored: Mapping[Label, Score] = {
            Label(name): Unscored(reason=reason) for name, reason in manifest.unscored.items()
        }
        self._unknown = _id(tokenizer, "<unk>")
        self._padding = _id(tokenizer, "<pad>")
        self._points_at = {_id(tokenizer, mark) for mark in (DEFENDER, REPLY)}
        self._marks = {_id(tokenizer, mark) for mark in MARKS}

    @classmethod
    def load(cls, bundle: Bundle, *, explain: bool = True, threads: int = 0) -> Self:
        """Open the graph and the tokeniser of a bundle.

        Args:
            bundle: Read and found good.
            explain: See `load_model`.
            threads: For one batch; 0 leaves it to the machine.

        Raises:
            BundleError: They cannot be used or do not fit the manifest.
        """
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        try:
            session = onnxruntime.InferenceSession(bundle.file(GRAPH), options, providers=["CPUExecutionProvider"])
            tokenizer = Tokenizer.from_file(str(bundle.file(TOKENIZER)))
        except BundleError:
            raise
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise BundleError(f"The bundle {bundle.path} has a graph or tokeniser that cannot be used") from error
        widths = {one.name: one.shape[-1] for one in session.get_outputs()}
        for name, heads in (("anybody", bundle.manifest.heads), ("target", bundle.manifest.target)):
            columns = [head.column for head in heads.values()]
            if name not in widths or max(columns, default=0) >= widths[name]:
                raise BundleError(f"The graph of the bundle {bundle.path} does not fit its manifest")
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(bundle, session, tokenizer, explain=explain, floor=_floor_of(bundle))

    def judge(self, passages: Sequence[Passage]) -> list[Judgement]:
        """Judge a batch; see `TextModel`. Words are given for labels that reach their threshold."""
        raw = self.raw([marked(passage) for passage in passages])
        beside = self._beside(passages)
        return [
            self._judgement(
                passage, raw.anybody[place], raw.target[place], beside[place], windows=int(raw.windows[place])
            )
            if raw.windows[place]
            else self._no_judgement(passage)
            for place, passage in enumerate(passages)
        ]

    def raw(self, texts: Sequence[str]) -> Raw:
        """Raw scores of marked texts, in order; a text that cannot be read has zeros."""
        windows = [(place, ids) for place, text in enumerate(texts) for ids in self._windows(text)]
        windows.sort(key=lambda one: len(one[1]))
        anybody = np.zeros((len(texts), len(self._anybody)))
        target = np.zeros((len(texts), len(self._target)))
        best = np.full(len(texts), -np.inf)
        for start in range(0, len(windows), BATCH):
            batch = windows[start : start + BATCH]
            found = self._run([ids for _, ids in batch])
            for (place, _), one, other in zip(batch, *found, strict=True):
                strength = float(other[-1]) if self._target else float(one.max())
                if strength > best[place]:
                    anybody[place], target[place], best[place] = one, other, strength
        counts = np.bincount([place for place, _ in windows], minlength=len(texts))
        return Raw(anybody=anybody, target=target, windows=counts)

    def _windows(self, text: str) -> Iterator[list[int]]:
        """Token ids of a text, in stretches of at most `longest`; none where it cannot be read."""
        ids: list[int] = self._tokenizer.encode(text).ids
        inner = ids[1:-1]
        words = [one for one in inner if one not in self._marks]
        if not says_something(text) or words.count(self._unknown) > UNREADABLE * len(words):
            return
        room = self._longest - 2
        if len(inner) <= room:
            yield ids
            return
        lead = inner[:2] if inner[0] in self._points_at else []  # a reply stays one in every window
        room -= len(lead)
        marks = [place for place, one in enumerate(inner) if one in self._points_at and place >= len(lead)]
        # Around each place that names the defender; without any, one after another.
        centres = marks or range(room // 2, len(inner) + room // 2, room // 2)
        starts = sorted({max(0, min(centre - room // 2, len(inner) - room)) for centre in centres})
        for start in starts[:MOST_WINDOWS]:
            yield [ids[0], *(lead if start else []), *inner[start : start + room], ids[-1]]

    def _run(self, batch: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        width = max(map(len, batch))
        ids = np.full((len(batch), width), self._padding, np.int64)
        mask = np.zeros((len(batch), width), np.int64)
        for row, one in enumerate(batch):
            ids[row, : len(one)] = one
            mask[row, : len(one)] = 1
        anybody, target = self._session.run(["anybody", "target"], {"ids": ids, "mask": mask})
        return (
            anybody[:, [head.column for head in self._anybody.values()]].astype(np.float64),
            target[:, [head.column for head in self._target.values()]].astype(np.float64),
        )

    def _beside(self, passages: Sequence[Passage]) -> Floats:
        """What the floor says of each label, shape (passages, heads for anybody); zeros where it is not asked."""
        if self._floor is None or not passages:
            return np.zeros((len(passages), len(self._anybody)))
        return self._floor.margins(passages, list(self._anybody))

    def _no_judgement(self, passage: Passage) -> Judgement:
        reason = _UNREADABLE if says_something(marked(passage)) else _NO_TEXT
        return Judgement(scores=dict.fromkeys(Label, reason), words={}, lang=passage.lang, model=self.id)

    def _judgement(
        self, passage: Passage, anybody: Floats, target: Floats, beside: Floats, *, windows: int
    ) -> Judgement:
        lang = passage.lang or detect_language(passage.text)
        aimed = bool(self._target) and bool(passage.targets or passage.replies_to_target)
        heads = self._target if aimed else self._anybody
        to_anybody = _chances(self._anybody, anybody, beside, lang)
        chances = self._aimed(target, lang) if aimed else to_anybody
        scores: dict[Label, Score] = {}
        for label in Label:
            head = heads.get(label.value)
            if head is None:
                scores[label] = self._unscored.get(label, _NOT_LEARNT)
                continue
            if head.only and not covers(head.only, lang):
                scores[label] = Unscored(reason=f"this model has learnt {label.value} in {', '.join(head.only)} only")
                continue
            scores[label] = Scored(probability=chances[label.value], threshold=head.threshold)
        return Judgement(
            scores=scores,
            words=self._words(passage, scores, lang, aimed=aimed) if windows <= self._most_explained else {},
            lang=lang,
            model=self.id,
            hostility=to_anybody.get(HOSTILITY),
            aimed=aimed,
        )

    def _aimed(self, raw: Floats, lang: str | None) -> dict[str, float]:
        """Probabilities of labels for the marked target; see the module."""
        chances = _chances(self._target, raw, np.zeros(len(raw)), lang)
        attack = chances.pop(ATTACK)
        likeliest = max(chances.values(), default=1.0)
        return {name: attack * chance / max(likeliest, 1e-9) for name, chance in chances.items()}

    def _words(
        self, passage: Passage, scores: Mapping[Label, Score], lang: str | None, *, aimed: bool
    ) -> dict[Label, tuple[Span, ...]]:
        """The words without which a flagged label's probability falls most, found by leaving out one at a time."""
        flagged = [
            label
            for label, score in scores.items()
            if isinstance(score, Scored) and score.probability >= score.threshold
        ]
        if not flagged:
            return {}
        spans = occlusions(passage)
        left = [_without(passage, span) for span in spans]
        raw = self.raw([marked(one) for one in left])
        if aimed:
            rows = [self._aimed(target, lang) for target in raw.target]
        else:
            besides = self._beside(left)
            rows = [_chances(self._anybody, *both, lang) for both in zip(raw.anybody, besides, strict=True)]
        found = {}
        for label in flagged:
            whole = scores[label]
            drops = [whole.probability - row[label.value] for row in rows] if isinstance(whole, Scored) else []
            found[label] = told_by(spans, drops)
        return found


def _id(tokenizer: Tokenizer, piece: str) -> int:
    """The id of a piece that a tokeniser of ours must have.

    Raises:
        BundleError: It has not.
    """
    found = tokenizer.token_to_id(piece)
    if found is None:
        raise BundleError(f"The tokeniser of the bundle lacks {piece}")
    return int(found)


def _without(passage: Passage, span: Span) -> Passage:
    """A passage with blanks in the place of a word; same length, so that its spans hold."""
    blank = " " * (span.end - span.start)
    return replace(passage, text=f"{passage.text[: span.start]}{blank}{passage.text[span.end :]}")


def _floor_of(bundle: Bundle) -> Floor | None:
    """The floor, where a head listens to it.

    Raises:
        BundleError: It is not the one that the bundle was calibrated beside.
    """
    if not listens(list(bundle.manifest.heads.values())):
        return None
    floor, wanted = Floor.load(), bundle.manifest.settings.get(BESIDE)
    if floor.id != wanted:
        raise BundleError(f"The bundle {bundle.path} was calibrated beside {wanted}; the one here is {floor.id}")
    return floor


def _chances(heads: Mapping[str, Head], raw: Floats, beside: Floats, lang: str | None) -> dict[str, float]:
    values: dict[str, Any] = {}
    for (name, head), value, floor in zip(heads.items(), raw, beside, strict=True):
        shift = head.shifts.get(as_written(lang), 0.0) if lang else 0.0
        values[name] = float(sigmoid(head.slope * value + head.intercept + head.beside * floor + shift))
    return values
