"""Folding: a batch of texts as one stream of plain letters, each traceable to its place in the original.

Case, diacritics, invisible characters, stretched letters, doubled letters, digits that stand for letters, dots and
spaces strewn into a word are folded away, for the names of the roster and for the posts alike, so that one automaton
finds names in both as written and as masked. Every step is a numpy operation on the whole batch: this is the part of
matching that every post passes. It decides nothing: `evidence` reads the original before it believes a hit.

What folding does is lossy on purpose. Masks that need judgement (letters of several scripts in one word) are left to
`detector.normalize`; `Folded.mixed` says which texts have them.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detector.targets.scripts import CASED, RANGES, UNSPACED, Script, script_of

Codes = NDArray[np.uint32]
Places = NDArray[np.int64]

# Codes below "0" are no letters. `END` parts the texts, `HARD` is a stop or comma, `SOFT` a space or a quotation mark.
END, SOFT, HARD = 10, 32, 33
_EMOJI, _DOLLAR, _APOSTROPHE, _DOT, _AT = 34, 36, 39, 46, 64
_TOP = 0x30000  # code points from here on (tags, private use) are dropped


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
    tables = _tables()
    clipped = np.minimum(points, _TOP - 1)
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
    return np.asarray((codes >= ord("0")) & (codes != _AT), dtype=np.bool_)


def _mixed_places(codes: Codes, tables: "_Tables") -> Places:
    """Where a letter of one cased script follows one of another, or a Korean syllable is taken apart."""
    scripts = tables.alphabet[codes]
    left, right = scripts[:-1], scripts[1:]
    return np.flatnonzero(((left != right) & (left > 0) & (right > 0)) | _apart(codes))


def _apart(codes: Codes) -> NDArray[np.bool_]:
    """A single Korean consonant with a single vowel after it: a syllable written so that machines miss it."""
    consonant, vowel = (codes > 0x3130) & (codes < 0x314F), (codes > 0x314E) & (codes < 0x3164)
    return np.asarray(consonant[:-1] & vowel[1:], dtype=np.bool_)


def _unleet(codes: Codes, tables: "_Tables") -> None:
    """Digits and signs inside a word become the letters that they stand for in the word's script."""
    leet = np.flatnonzero(tables.leet[codes] > 0)
    leet = leet[(leet > 0) & (leet < len(codes) - 1)]
    if len(leet):
        before, after = tables.is_alphabetic(codes[leet - 1]), tables.is_alphabetic(codes[leet + 1])
        second = codes[np.minimum(leet + 2, len(codes) - 1)]
        opens = after & tables.is_alphabetic(second) & ~_is_letter(codes[leet - 1]) & (codes[leet] != _AT)
        closes = before & ~_is_letter(codes[leet + 1])
        chosen = leet[(before & after) | opens | closes]
        neighbours = np.where(tables.is_alphabetic(codes[chosen - 1]), codes[chosen - 1], codes[chosen + 1])
        codes[chosen] = tables.unleet[tables.leet[codes[chosen]], tables.script[neighbours]]
    codes[codes == _AT] = HARD
    codes[codes == _DOLLAR] = HARD


def _apostrophes(codes: Codes, drop: NDArray[np.bool_]) -> None:
    """An apostrophe inside a word is dropped (O'g'iloy), after an article or preposition it parts words (d'Amal)."""
    marks = np.flatnonzero(codes == _APOSTROPHE)
    codes[marks] = SOFT
    marks = marks[(marks > 1) & (marks < len(codes) - 1)]
    inside = _is_letter(codes[marks - 1]) & _is_letter(codes[marks + 1])
    before = codes[marks - 1]
    elided = (before == ord("l")) | (before == ord("u")) & (codes[marks - 2] == ord("q"))
    elided |= np.isin(before, _ELIDED) & ~_is_letter(codes[marks - 2])
    drop[marks[inside & ~elided]] = True


_ELIDED = np.array([ord(letter) for letter in "dlnstcjm"], dtype=np.uint32)


def _strewn(codes: Codes, drop: NDArray[np.bool_], tables: "_Tables") -> None:
    """Emoji, dots and spaces strewn into a word are dropped."""
    _between_signs(codes, drop, tables)
    marks = np.flatnonzero((codes == _DOT) | (codes == _EMOJI) | (codes == SOFT))
    marks = marks[(marks > 1) & (marks < len(codes) - 2)]
    left, right = codes[marks - 1], codes[marks + 1]
    within = _is_letter(left) & _is_letter(right)
    marks, left, right = marks[within], left[within], right[within]
    single = ~_is_letter(codes[marks - 2]) & ~_is_letter(codes[marks + 2])
    caseless = ~tables.cased[left] & ~tables.cased[right] & tables.is_alphabetic(left)
    kind = codes[marks]
    single &= (kind != SOFT) | (codes[marks - 2] != _DOT) & (codes[marks + 2] != _DOT)  # d.o.t.t.e.d w.o.r.d.s
    strewn = (kind == _EMOJI) | single | _dense(marks, (kind == _DOT) & caseless)
    drop[marks[strewn]] = True
    codes[(codes == _DOT) | (codes == _EMOJI)] = SOFT


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


def _between_signs(codes: Codes, drop: NDArray[np.bool_], tables: "_Tables") -> None:
    """A Latin letter alone between two Han signs is dropped."""
    han = tables.script[codes] == _HAN
    latin = np.flatnonzero(han[:-2] & han[2:]) + 1
    drop[latin[(codes[latin] >= ord("a")) & (codes[latin] <= ord("z"))]] = True


def _collapsed(codes: Codes, places: Places, tables: "_Tables") -> tuple[Codes, Places]:
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


def _parted(codes: Codes, places: Places, tables: "_Tables") -> tuple[Codes, Places]:
    """A border where letters of a spaced script stand directly among unspaced ones: 像Hope说."""
    unspaced = tables.unspaced[codes]
    spaced = tables.is_alphabetic(codes) & ~unspaced
    meet = np.flatnonzero((unspaced[:-1] & spaced[1:]) | (spaced[:-1] & unspaced[1:])) + 1
    if not len(meet):
        return codes, places
    return np.insert(codes, meet, SOFT), np.insert(places, meet, places[meet])


# --- tables -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tables:
    """What is known of each code point (`fold`) and of each folded code (the rest)."""

    fold: Codes
    script: NDArray[np.uint8]
    alphabet: NDArray[np.uint8]  # script number for scripts that look alike, else 0
    cased: NDArray[np.bool_]
    unspaced: NDArray[np.bool_]
    syllabic: NDArray[np.bool_]  # signs that stand twice in a row in names
    leet: NDArray[np.uint8]
    unleet: Codes

    def is_alphabetic(self, codes: Codes) -> NDArray[np.bool_]:
        """Letters without digits and signs."""
        return np.asarray((codes > ord("9")) & (codes != _AT), dtype=np.bool_)


_SCRIPTS = tuple(Script)
_HAN = _SCRIPTS.index(Script.HAN)
# Han, Hangul and Tangut fold to themselves.
_THEMSELVES = ((0x3400, 0xA000), (0xAC00, 0xD7A4), (0x17000, 0x187F8), (0x18800, 0x18CD6), (0x20000, 0x2F800))
_LOOK_ALIKE = frozenset({Script.LATIN, Script.GREEK, Script.CYRILLIC, Script.ARMENIAN})
_LEET = "0134578@$"
_LEET_LETTERS = "oieastbas"
# The letters that readers take 0, 1, 3, 4 (or @) for, where the word is not Latin.
_LEET_IN = {
    Script.CYRILLIC: "оіеастбас",
    Script.GREEK: "οιεαστβας",
    Script.ARMENIAN: "օիեասթբաս",
    Script.GEORGIAN: "ოიეასტბას",
    Script.HEBREW: "ויהאסתבאס",
    Script.ARABIC: "ويعاستباس",
    Script.THAI: "อ1แาสตบาส",
    Script.LAO: "ອ1ແາສຕບາສ",
}


@cache
def _tables() -> _Tables:
    fold = np.zeros(_TOP, dtype=np.uint32)
    for first, last in _THEMSELVES:
        fold[first:last] = np.arange(first, last)
    for point in np.flatnonzero(fold == 0).tolist():
        character = chr(point)
        category = unicodedata.category(character)
        if category[0] != "C" or category == "Cc":  # what is unassigned, private or invisible is dropped
            fold[point] = _folded(character, category)
    script = _scripts(fold)
    leet = np.zeros(_TOP, dtype=np.uint8)
    for number, sign in enumerate(_LEET):
        leet[ord(sign)] = number + 1
    unleet = np.zeros((len(_LEET) + 1, len(_SCRIPTS)), dtype=np.uint32)
    for number, letters in enumerate(_SCRIPTS):
        unleet[1:, number] = [ord(letter) for letter in _LEET_IN.get(letters, _LEET_LETTERS)]
    return _Tables(
        fold=fold,
        script=script,
        alphabet=np.where(_members(script, _LOOK_ALIKE), script + 1, 0).astype(np.uint8),
        cased=_members(script, CASED),
        unspaced=_members(script, UNSPACED),
        syllabic=_members(script, frozenset({Script.HAN, Script.HANGUL})),
        leet=leet,
        unleet=unleet,
    )


def _scripts(fold: Codes) -> NDArray[np.uint8]:
    """Numbers of the scripts of all folded codes."""
    script = np.full(_TOP, _SCRIPTS.index(Script.OTHER), dtype=np.uint8)
    for first, last, each in RANGES:
        script[first : last + 1] = _SCRIPTS.index(each)
    is_code = np.zeros(_TOP, dtype=bool)
    is_code[fold] = True
    script[~is_code] = _SCRIPTS.index(Script.OTHER)
    return script


def _members(script: NDArray[np.uint8], chosen: frozenset[Script]) -> NDArray[np.bool_]:
    return np.isin(script, [_SCRIPTS.index(each) for each in chosen])


_SAME = (
    "ßs ẞs æa Æa œo Œo øo Øo łl Łl đd Đd ðd Ðd þt Þt ħh Ħh ŋn Ŋn ıi əe Əe ɛe ɔo Ɔo Ɛe ɓb Ɓb ɗd Ɗd ƙk Ƙk ƴy Ƴy ŧt ĸk ʒz "
    "қк Қк ғг Ғг ңн Ңн өо Өо үу Үу ұу Ұу һх Һх ҳх Ҳх ҷч Ҷч әа Әа ґг Ґг ҡк Ҡк ҫс Ҫс ҙз Ҙз ӊн ӄк "
    "أا إا آا ٱا ىي یي ېي ۍي ئي ېي ےي ةه ۀه ہه ھه ەه ۃه كک ؤو ۆو ۇو ۈو ۋو ڕر ڵل ںن ڼن ټت ډد ړر څچ ځج ښش ږژ ګگ ڭگ "
    "ךכ םמ ןנ ףפ ץצ "
    "ർര ൻന ൽല ൾള ൺണ ൿക ৎত ৰর ৱব "
    "ѐе ѝи ςσ "
)
_SPECIAL = {pair[0]: ord(pair[1]) for pair in _SAME.split()}
_APOSTROPHES = "'’‘`´ʻʼʾʿʹ′՚׳״＇ꞌ"
_DOTS = ".·‧・•*＊．"
_SOFT_SIGNS = '"“”„«»‹›#/\\|~()[]{}<>+=&^%'
_WITHIN = "՛՜՞\u0640\u200c\u200d\u00ad"  # signs that stand inside a word and part nothing
_KEPT_MARKS = frozenset("\u0e38\u0e39\u0eb8\u0eb9")  # vowels of Thai and Lao that Unicode counts among the marks


def _folded(character: str, category: str) -> int:
    """The code of one character of a Unicode category; 0 drops it."""
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character in _WITHIN:
        return 0
    if category[0] == "L":
        return _APOSTROPHE if character in _APOSTROPHES else _folded_letter(character)
    if category[0] == "N":
        return ord("0") + int(digit) if (digit := unicodedata.digit(character, None)) is not None else ord("9")
    if category[0] == "M":
        return _folded_mark(character, category)
    return _folded_sign(character, category)


def _folded_letter(character: str) -> int:
    script = script_of(character)
    if script in {Script.HANGUL, Script.THAI, Script.LAO}:
        return ord(character)
    if script is Script.KANA or "\uff66" <= character <= "\uff9d":
        plain = unicodedata.normalize("NFKC", character)[0]
        return ord(plain) - 0x60 if "\u30a1" <= plain <= "\u30f6" else ord(plain)
    base = unicodedata.normalize("NFKD", character.casefold())[0]
    base = unicodedata.normalize("NFKD", base.casefold())[0]
    return _SPECIAL.get(base, ord(base))


def _folded_mark(character: str, category: str) -> int:
    keeps = category != "Me" and (unicodedata.combining(character) == 0 or character in _KEPT_MARKS)
    variation = "\ufe00" <= character <= "\ufe0f" or "\u180b" <= character <= "\u180d" or character > "\U000e0000"
    return ord(character) if keeps and not variation and character != "\u034f" else 0


def _folded_sign(character: str, category: str) -> int:
    if "\U0001f3fb" <= character <= "\U0001f3ff":
        return 0  # a skin tone
    for signs, code in _SIGNS:
        if character in signs:
            return code
    if category in {"Zs", "Pd"}:
        return SOFT
    if category in {"So", "Sk", "Sm"}:
        return _EMOJI
    return HARD if category[0] in "PSZ" else 0


_SIGNS = (
    (_APOSTROPHES, _APOSTROPHE),
    ("@＠", _AT),
    ("$", _DOLLAR),
    (_DOTS, _DOT),
    (_SOFT_SIGNS + "\t", SOFT),
    ("\n\r\x0b\x0c", HARD),
)
