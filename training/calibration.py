"""Calibrates an encoder's heads and sets their thresholds, on the dev parts, with the packed model that ships.

Anybody: Platt scaling for each label over languages that count alike, and in a language with enough rows a shift of its
own, held back towards none where rows are few. A language without dev data has no shift: that is the stated fallback.

Target: the head `attack` over the corpus' dev part and ordinary mentions; each label's head among attacks only, since
it answers "in which way?". A language of the corpus has a shift against the others; one without has none. Labels share
one threshold, on the probability of an attack: the lowest that keeps the promises about false flags, never below the
one that divides the dev part best; grave labels may have a lower one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import msgspec
import numpy as np
import numpy.typing as npt

from detector.domain import Label, Passage
from detector.text.beside import Floor
from detector.text.bundle import ATTACK, HOSTILITY, Head
from detector.text.calibrate import Platt, Truths, fit_platt, sigmoid
from detector.text.encoder import EncoderModel
from detector.text.language import as_written
from detector.text.marking import marked
from training.corpus import CorpusPost, anybody_marks, draw, target_marks
from training.encoder_recipe import Limits
from training.examples import COLUMNS, Examples
from training.lessons import WIDTH, addressed
from training.supervision import language_weights
from training.thresholds import best_f1, choose, cut

Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.int8]

MOST_ROWS = 16_000
"""Public dev rows that are judged; a random sample where there are more."""

MOST_ORDINARY = 4_000
OWN_SHIFT = (200, 25)
"""Dev rows, and rows of either class, from which on a language has a shift of its own."""

HELD_BACK = 200.0
"""Rows at which a language's shift counts half."""

GRAVE = (Label.THREAT.value, Label.DOXXING.value)
"""Labels that a recipe may flag from a lower probability on than the others."""

SHARES = (0.0, 0.15, 0.3, 0.5, 0.7, 1.0, 1.5)
"""Weights that are tried for the floor's log-odds beside the encoder's."""

TARGET_HELD_BACK = 50.0
"""Dev posts of the corpus at which a language's shift counts half; half of them are attacks in every language."""

FEWEST = 15
"""Rows of either class without which a label is not calibrated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """For each head, its calibration, threshold, shifts by language, and weight of the floor beside it."""

    calibrations: Mapping[str, Platt]
    thresholds: Mapping[str, float]
    shifts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    beside: Mapping[str, float] = field(default_factory=dict)

    def heads(self, before: Mapping[str, Head]) -> dict[str, Head]:
        """Heads with what was found; those that could not be calibrated are left out."""
        return {
            name: msgspec.structs.replace(
                head,
                slope=self.calibrations[name].slope,
                intercept=self.calibrations[name].intercept,
                threshold=self.thresholds[name],
                shifts=dict(self.shifts.get(name, {})),
                beside=self.beside.get(name, 0.0),
            )
            for name, head in before.items()
            if name in self.calibrations
        }


def calibrate_anybody(
    model: EncoderModel, public: Examples, corpus: Sequence[CorpusPost], *, limit: float, floor: Floor | None = None
) -> Calibrated:
    """Calibrate the heads that answer "does this text attack anybody?".

    Args:
        model: Packed, not calibrated.
        public: Dev rows of public sets.
        corpus: Dev posts of the corpus.
        limit: Share of inoffensive rows with any label flagged, averaged over languages, at most.
        floor: What may have a say beside the model.
    """
    asked = _asked(model, public, corpus, floor)
    calibrations, shifts, chances, beside = {}, {}, {}, {}
    for column, name in enumerate(COLUMNS):
        usable, truth = asked.known & (asked.marks[:, column] >= 0), asked.marks[:, column] == 1
        if min(truth[usable].sum(), (~truth[usable]).sum()) < FEWEST:
            continue
        found = _fit_beside(asked, column, truth, usable)
        if found is None:
            continue
        calibrations[name], beside[name] = found
        base = found[0].slope * asked.raw[:, column] + found[0].intercept + found[1] * asked.beside[:, column]
        shifts[name] = _shifts(base, truth, usable, asked.langs)
        own = np.array([shifts[name].get(as_written(lang), 0.0) for lang in asked.langs])
        chances[name] = sigmoid(base + own)
    thresholds = _thresholds(asked, chances, limit)
    return Calibrated(calibrations=calibrations, thresholds=thresholds, shifts=shifts, beside=beside)


def _fit_beside(asked: "_Asked", column: int, truth: Truths, usable: Truths) -> tuple[Platt, float] | None:
    """A head's calibration and the floor's weight beside it: that of `SHARES` with the lowest log loss on dev rows."""
    raw, margins = asked.raw[usable, column], asked.beside[usable, column]
    alone = fit_platt(raw, truth[usable], asked.weights[usable])
    if alone is None:
        return None
    best = (np.inf, alone, 0.0)
    for share in SHARES if margins.any() else (0.0,):
        mixed = alone.slope * raw + alone.intercept + share * margins
        again = fit_platt(mixed, truth[usable], asked.weights[usable])
        if again is None:
            continue
        loss = _log_loss(again(mixed), truth[usable], asked.weights[usable])
        if loss < best[0]:
            platt = Platt(slope=again.slope * alone.slope, intercept=again.slope * alone.intercept + again.intercept)
            best = (loss, platt, round(again.slope * share, 4))
    return best[1], best[2]


def _log_loss(chances: Floats, truth: Truths, weights: Floats) -> float:
    right = np.where(truth, chances, 1 - chances)
    return float(-(weights * np.log(np.clip(right, 1e-9, 1))).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Dev rows as one: `raw`, `beside` (the floor's margins) and `marks` have shape (rows, WIDTH), others (rows,)."""

    raw: Floats
    beside: Floats
    marks: Marks
    known: npt.NDArray[np.bool_]
    langs: Sequence[str]
    weights: Floats


def _asked(model: EncoderModel, public: Examples, corpus: Sequence[CorpusPost], floor: Floor | None) -> _Asked:
    rows = _sample(len(public), MOST_ROWS)
    chance = Random(1)  # noqa: S311 - drawing names
    texts = [public.texts[row] for row in rows] + [draw(post, chance).text for post in corpus]
    langs = [public.langs[row] for row in rows] + [post.lang for post in corpus]
    raw = model.raw([marked(Passage(text=text)) for text in texts])
    passages = [Passage(text=text, lang=lang) for text, lang in zip(texts, langs, strict=True)]
    return _Asked(
        raw=raw.anybody,
        beside=floor.margins(passages, COLUMNS) if floor else np.zeros_like(raw.anybody),
        marks=np.concatenate([public.labels[rows], _stacked([anybody_marks(post) for post in corpus])]),
        known=raw.known,
        langs=langs,
        weights=language_weights(langs, temperature=0.5, heaviest=5.0).astype(np.float64),
    )


def _thresholds(asked: _Asked, chances: Mapping[str, Floats], limit: float) -> dict[str, float]:
    """Best F1 for each head; labels raised together until few enough inoffensive rows are flagged."""
    wanted = {}
    for name, values in chances.items():
        marks = asked.marks[:, COLUMNS.index(name)]
        rows = asked.known & (marks >= 0)
        wanted[name] = best_f1(values[rows], marks[rows] == 1)
    calm = np.flatnonzero(asked.known & (asked.marks[:, COLUMNS.index(HOSTILITY)] == 0)).tolist()
    labels = {name: values[calm] for name, values in chances.items() if name != HOSTILITY}
    langs = [asked.langs[row] for row in calm]
    return wanted | choose(labels, {name: wanted[name] for name in labels}, langs, rate=limit)


def calibrate_target(
    model: EncoderModel, public: Examples, corpus: Sequence[CorpusPost], *, limits: Limits
) -> Calibrated:
    """Calibrate the heads that answer "does this post attack the marked defender, and how?"."""
    chance = Random(2)  # noqa: S311 - drawing names
    passages = [draw(post, chance).passage("T", reply=post.reply, lang=post.lang) for post in corpus]
    raw = model.raw([marked(passage) for passage in passages])
    marks = _stacked([target_marks(post.labels["T"]) for post in corpus])
    ordinary = model.raw(ordinary_mentions(public, most=MOST_ORDINARY))
    attack = marks[:, -1] == 1
    scores = np.concatenate([raw.target[raw.known, -1], ordinary.target[ordinary.known, -1]])
    truth = np.concatenate([attack[raw.known], np.zeros(int(ordinary.known.sum()), np.bool_)])
    # Ordinary mentions count a fifth of the corpus' posts: streams hold far more of them, reviewers' queues do not.
    weights = np.concatenate(
        [np.ones(int(raw.known.sum())), np.full(int(ordinary.known.sum()), 0.2 * len(corpus) / max(1, len(scores)))]
    )
    fitted = fit_platt(scores, truth, weights)
    if fitted is None:
        return Calibrated(calibrations={}, thresholds={})
    among = raw.known & attack
    langs = [as_written(post.lang) for post in corpus]
    shifts = _relative_shifts(fitted.slope * raw.target[:, -1] + fitted.intercept, attack, raw.known, langs)
    own = np.array([shifts.get(lang, 0.0) for lang in langs])[raw.known]
    chances = sigmoid(fitted.slope * raw.target[raw.known, -1] + fitted.intercept + own)
    threshold = max(
        _balanced(chances, attack[raw.known]),
        _quantile(chances[~attack[raw.known]], limits.alike),
        _quantile(fitted(ordinary.target[ordinary.known, -1]), limits.ordinary),
    )
    calibrations = {ATTACK: fitted, **_ways(raw.target[among], marks[among])}
    thresholds = {name: min(threshold, limits.grave) if name in GRAVE else threshold for name in calibrations}
    return Calibrated(calibrations=calibrations, thresholds=thresholds, shifts={ATTACK: shifts})


def _ways(raw: Floats, marks: Marks) -> dict[str, Platt]:
    """A calibration for each label's head among attacks, shapes (attacks, WIDTH)."""
    found = {}
    for column, name in enumerate(COLUMNS[:-1]):
        has = marks[:, column] == 1
        fitted = fit_platt(raw[:, column], has)
        if fitted is None and has.sum() >= FEWEST:
            fitted = Platt(slope=1.0, intercept=0.0)  # every attack has it: the head's own answer stands
        if fitted is not None:
            found[name] = fitted
    return found


def ordinary_mentions(public: Examples, *, most: int) -> list[str]:
    """Inoffensive public posts, marked as if they mentioned a defender or replied to one."""
    chance = Random(3)  # noqa: S311 - a sample
    by_lang: dict[str, list[int]] = {}
    for row in np.flatnonzero(public.inoffensive).tolist():
        by_lang.setdefault(public.langs[row], []).append(row)
    share = max(1, most // max(1, len(by_lang)))
    rows = [row for group in by_lang.values() for row in chance.sample(group, min(share, len(group)))]
    return [addressed(marked(Passage(text=public.texts[row])), chance) for row in rows]


def _shifts(base: Floats, truth: Truths, usable: Truths, langs: Sequence[str]) -> dict[str, float]:
    """For languages with enough rows: the shift of the intercept at which the mean probability is the observed rate."""
    found = {}
    codes = np.array([as_written(lang) for lang in langs])
    for lang in sorted(set(codes.tolist())):
        rows = usable & (codes == lang)
        positives = int(truth[rows].sum())
        if rows.sum() < OWN_SHIFT[0] or min(positives, int(rows.sum()) - positives) < OWN_SHIFT[1]:
            continue
        found[lang] = held_back(base[rows], truth[rows], most=6.0, half=HELD_BACK)
    return found


def _relative_shifts(base: Floats, truth: Truths, known: Truths, langs: Sequence[str]) -> dict[str, float]:
    """How much more, or less, each language of the corpus needs than all together: shifts whose mean is 0."""
    codes = np.array(langs)
    found = {}
    for lang in sorted(set(langs)):
        rows = known & (codes == lang)
        if min(truth[rows].sum(), (~truth[rows]).sum()) >= FEWEST:
            found[lang] = held_back(base[rows], truth[rows], most=6.0, half=TARGET_HELD_BACK)
    middle = float(np.mean(list(found.values()))) if found else 0.0
    return {lang: round(shift - middle, 4) for lang, shift in found.items()}


def held_back(base: Floats, truth: npt.NDArray[np.bool_], *, most: float, half: float) -> float:
    """The shift of an intercept at which the mean probability is the observed rate, held back where rows are few.

    Args:
        base: Log-odds before the shift, shape (rows,).
        truth: Which rows have the label, shape (rows,).
        most: The shift is sought between plus and minus this.
        half: Rows at which the shift counts half.
    """
    low, high = -most, most
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(base + middle).mean() < truth.mean() else (low, middle)
    return round(low * len(truth) / (len(truth) + half), 4)


def _balanced(chances: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """The probability that divides best: highest mean of recall and specificity."""
    order = np.argsort(-chances, kind="stable")
    hits = np.cumsum(truth[order]) / max(1, truth.sum())
    false = np.cumsum(~truth[order]) / max(1, (~truth).sum())
    return float(chances[order][int(np.argmax(hits - false))])


def _quantile(values: Floats, share: float) -> float:
    """The lowest probability from which on at most `share` of the values lie."""
    return cut(values, np.ones(len(values)), share)


def _sample(count: int, most: int) -> list[int]:
    return sorted(Random(0).sample(range(count), min(count, most)))  # noqa: S311 - a sample


def _stacked(marks: Sequence[Marks]) -> Marks:
    return np.stack(marks) if marks else np.zeros((0, WIDTH), np.int8)
