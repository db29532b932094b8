"""Folding: a batch of texts as one stream of plain letters, each traceable to its place in the original.

Case, diacritics, invisible characters, stretched letters, doubled letters, digits that stand for letters, dots and
spaces strewn into a word are folded away, for the names of the roster and for the posts alike, so that one automaton
finds names in both as written and as masked. Every step is a numpy operation on the whole batch: this is the part of
matching that every post passes. It decides nothing: `evidence` reads the original before it believes a hit.

What folding does is lossy on purpose. Masks that need judgement (letters of several scripts in one word) are left to
`detector.normalize`; `Folded.mixed` says which texts have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.targets.fold_tables import (
    APOSTROPHE,
    AT,
    DOLLAR,
    DOT,
    EMOJI,
    END,
    HAN,
    HARD,
    SOFT,
    TOP,
    Codes,
    FoldTables,
    fold_tables,
)

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Folded:
    """A batch, folded.

    `text` is the stream: letters, and one space for every border of words or texts. `codes` is the same with the kind
    of border kept. `places[i]` is the place of `text[i]` in the joined originals; `starts[t]` is where text `t` begins
    there (`starts[-1]` is the end), `borders[t]` where it begins in the stream. `mixed` lists texts with words in which
    scripts are mixed.
    """

    text: str
    codes: Codes
    places: Places
    starts: Places
    borders: Places
    mixed: tuple[int, ...]


def fold_batch(texts: Sequence[str]) -> Folded:
    """Fold texts together. The stream begins with a space, and a space stands after every text."""
    points = points_of(texts)
    starts = text_starts(texts)
    tables = fold_tables()
    clipped = np.minimum(points, TOP - 1)
    codes = tables.fold[clipped]
    codes[starts - 1] = END  # the newline before each text, and the one after the last
    places = np.flatnonzero(codes)
    codes = codes[places]
    mixed = _mixed_places(codes, tables)
    owners = tuple(np.unique(np.searchsorted(starts, places[mixed], side="right") - 1).tolist())
    drop = np.zeros(len(codes), dtype=bool)
    _unleet(codes, tables)
    _apostrophes(codes, drop)
    _strewn(codes, drop, tables)
    codes, places = codes[~drop], places[~drop]
    codes, places = _collapsed(codes, places, tables)
    text = np.where(codes <= HARD, SOFT, codes).astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    borders = np.flatnonzero(codes == END)
    return Folded(text, codes, places, starts, borders, owners)


def fold_words(text: str) -> list[str]:
    """The folded words of one short text, such as a name."""
    return fold_batch([text]).text.split()


def fold_each(words: Sequence[str]) -> frozenset[str]:
    """A set of words, folded; what folds to several words is left out."""
    folded = fold_batch(words).text.split()
    return frozenset(folded)


def points_of(texts: Sequence[str]) -> Codes:
    """The code points of texts, with a newline before each and one at the end."""
    joined = "\n" + "\n".join(texts) + "\n"
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)


def text_starts(texts: Sequence[str]) -> Places:
    """Where each text begins among `points_of(texts)`, and one more entry for where the next would."""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    return np.concatenate(([1], 1 + np.cumsum(lengths + 1)))


# --- steps ------------------------------------------------------------------------------------------------------------


def _is_letter(codes: Codes) -> NDArray[np.bool_]:
    """Letters and digits."""
    return np.asarray((codes >= ord("0")) & (codes != AT), dtype=np.bool_)


def _mixed_places(codes: Codes, tables: FoldTables) -> Places:
    """Where a letter of one cased script follows one of another, or a Korean syllable is taken apart."""
    scripts = tables.alphabet[codes]
    left, right = scripts[:-1], scripts[1:]
    return np.flatnonzero(((left != right) & (left > 0) & (right > 0)) | _apart(codes))


def _apart(codes: Codes) -> NDArray[np.bool_]:
    """A single Korean consonant with a single vowel after it: a syllable written so that machines miss it."""
    consonant, vowel = (codes > 0x3130) & (codes < 0x314F), (codes > 0x314E) & (codes < 0x3164)
    return np.asarray(consonant[:-1] & vowel[1:], dtype=np.bool_)


def _unleet(codes: Codes, tables: FoldTables) -> None:
    """Digits and signs inside a word become the letters that they stand for in the word's script."""
    leet = np.flatnonzero(tables.leet[codes] > 0)
    leet = leet[(leet > 0) & (leet < len(codes) - 1)]
    if len(leet):
        # signs in a row are judged together: first and last of each run
        breaks = np.flatnonzero(np.diff(leet) > 1)
        first = np.concatenate((leet[:1], leet[breaks + 1]))
        last = np.concatenate((leet[breaks], leet[-1:]))
        before, after = tables.is_alphabetic(codes[first - 1]), tables.is_alphabetic(codes[last + 1])
        second = codes[np.minimum(last + 2, len(codes) - 1)]
        opens = after & tables.is_alphabetic(second) & ~_is_letter(codes[first - 1]) & (codes[first] != AT)
        closes = before & ~_is_letter(codes[last + 1]) & (first == last)
        taken = ((before & after) | opens | closes) & (last - first < _LONGEST_RUN)
        run = np.concatenate(([0], np.cumsum(np.diff(leet) > 1)))
        chosen = leet[taken[run]]
        beside = np.where(before, codes[first - 1], codes[last + 1])[run][taken[run]]
        codes[chosen] = tables.unleet[tables.leet[codes[chosen]], tables.script[beside]]
    codes[codes == AT] = HARD
    codes[codes == DOLLAR] = HARD


_LONGEST_RUN = 3
"""Signs in a row that may stand for letters; more are a number."""


def _apostrophes(codes: Codes, drop: NDArray[np.bool_]) -> None:
    """An apostrophe inside a word is dropped (O'g'iloy), after an article or preposition it parts words (d'Amal)."""
    marks = np.flatnonzero(codes == APOSTROPHE)
    codes[marks] = SOFT
    marks = marks[(marks > 1) & (marks < len(codes) - 1)]
    inside = _is_letter(codes[marks - 1]) & _is_letter(codes[marks + 1])
    before = codes[marks - 1]
    elided = (before == ord("l")) | (before == ord("u")) & (codes[marks - 2] == ord("q"))
    elided |= np.isin(before, _ELIDED) & ~_is_letter(codes[marks - 2])
    drop[marks[inside & ~elided]] = True


_ELIDED = np.array([ord(letter) for letter in "dlnstcjm"], dtype=np.uint32)


def _strewn(codes: Codes, drop: NDArray[np.bool_], tables: FoldTables) -> None:
    """Emoji, dots and spaces strewn into a word are dropped."""
    _between_signs(codes, drop, tables)
    marks = np.flatnonzero((codes == DOT) | (codes == EMOJI) | (codes == SOFT))
    marks = marks[(marks > 1) & (marks < len(codes) - 2)]
    left, right = codes[marks - 1], codes[marks + 1]
    within = _is_letter(left) & _is_letter(right)
    marks, left, right = marks[within], left[within], right[within]
    single = ~_is_letter(codes[marks - 2]) & ~_is_letter(codes[marks + 2])
    caseless = ~tables.cased[left] & ~tables.cased[right] & tables.is_alphabetic(left)
    kind = codes[marks]
    single &= (kind != SOFT) | (codes[marks - 2] != DOT) & (codes[marks + 2] != DOT)  # d.o.t.t.e.d w.o.r.d.s
    strewn = (kind == EMOJI) | single | _dense(marks, (kind == DOT) & caseless)
    drop[marks[strewn]] = True
    codes[(codes == DOT) | (codes == EMOJI)] = SOFT


def _dense(marks: Places, dots: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Dots that have another one near: a single dot between caseless letters ends an abbreviation (डॉ.)."""
    places = marks[dots]
    near = np.diff(places) <= _NEAR
    dense = np.zeros(len(places), dtype=bool)
    dense[1:] |= near
    dense[:-1] |= near
    found = np.zeros(len(marks), dtype=bool)
    found[dots] = dense
    return found


_NEAR = 6


def _between_signs(codes: Codes, drop: NDArray[np.bool_], tables: FoldTables) -> None:
    """A Latin letter alone between two Han signs is dropped."""
    han = tables.script[codes] == HAN
    latin = np.flatnonzero(han[:-2] & han[2:]) + 1
    drop[latin[(codes[latin] >= ord("a")) & (codes[latin] <= ord("z"))]] = True


def _collapsed(codes: Codes, places: Places, tables: FoldTables) -> tuple[Codes, Places]:
    """One letter for any run of the same, one border for any run of borders, none between unspaced letters."""
    edge = codes <= HARD
    keep = np.ones(len(codes), dtype=bool)
    keep[1:] = ((codes[1:] != codes[:-1]) | tables.syllabic[codes[1:]]) & ~((codes[1:] == SOFT) & edge[:-1])
    keep[:-1] &= ~((codes[:-1] == SOFT) & edge[1:] & (codes[1:] != SOFT))
    keep |= codes == END
    codes, places = codes[keep], places[keep]
    gaps = np.flatnonzero(codes[1:-1] == SOFT) + 1
    glued = gaps[tables.unspaced[codes[gaps - 1]] & tables.unspaced[codes[gaps + 1]]]
    if len(glued):
        keep = np.ones(len(codes), dtype=bool)
        keep[glued] = False
        codes, places = codes[keep], places[keep]
    return _parted(codes, places, tables)


def _parted(codes: Codes, places: Places, tables: FoldTables) -> tuple[Codes, Places]:
    """A border where letters of a spaced script stand directly among unspaced ones: 像Hope说."""
    unspaced = tables.unspaced[codes]
    spaced = tables.is_alphabetic(codes) & ~unspaced
    meet = np.flatnonzero((unspaced[:-1] & spaced[1:]) | (spaced[:-1] & unspaced[1:])) + 1
    if not len(meet):
        return codes, places
    return np.insert(codes, meet, SOFT), np.insert(places, meet, places[meet])
