"""What folding knows of each character: the plain letter it becomes, its script, what it may stand for.

Tables over all code points, built once. `detector.targets.folding` applies them; nothing here looks at a text.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detector.targets.scripts import CASED, RANGES, UNSPACED, Script, script_of

Codes = NDArray[np.uint32]

# Codes below "0" are no letters. `END` parts the texts, `HARD` is a stop or comma, `SOFT` a space or a quotation mark.
END, SOFT, HARD = 10, 32, 33
EMOJI, DOLLAR, APOSTROPHE, DOT, AT = 34, 36, 39, 46, 64
TOP = 0x30000  # code points from here on (tags, private use) are dropped


@dataclass(frozen=True, slots=True)
class FoldTables:
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
        return np.asarray((codes > ord("9")) & (codes != AT), dtype=np.bool_)


_SCRIPTS = tuple(Script)
HAN = _SCRIPTS.index(Script.HAN)
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
def fold_tables() -> FoldTables:
    """The tables; the first call builds them, in about a tenth of a second."""
    fold = np.zeros(TOP, dtype=np.uint32)
    for first, last in _THEMSELVES:
        fold[first:last] = np.arange(first, last)
    for point in np.flatnonzero(fold == 0).tolist():
        character = chr(point)
        category = unicodedata.category(character)
        if category[0] != "C" or category == "Cc":  # what is unassigned, private or invisible is dropped
            fold[point] = _folded(character, category)
    script = _scripts(fold)
    leet = np.zeros(TOP, dtype=np.uint8)
    for number, sign in enumerate(_LEET):
        leet[ord(sign)] = number + 1
    unleet = np.zeros((len(_LEET) + 1, len(_SCRIPTS)), dtype=np.uint32)
    for number, letters in enumerate(_SCRIPTS):
        unleet[1:, number] = [ord(letter) for letter in _LEET_IN.get(letters, _LEET_LETTERS)]
    return FoldTables(
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
    script = np.full(TOP, _SCRIPTS.index(Script.OTHER), dtype=np.uint8)
    for first, last, each in RANGES:
        script[first : last + 1] = _SCRIPTS.index(each)
    is_code = np.zeros(TOP, dtype=bool)
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
        return APOSTROPHE if character in _APOSTROPHES else _folded_letter(character)
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
        return EMOJI
    return HARD if category[0] in "PSZ" else 0


_SIGNS = (
    (_APOSTROPHES, APOSTROPHE),
    ("@＠", AT),
    ("$", DOLLAR),
    (_DOTS, DOT),
    (_SOFT_SIGNS + "\t", SOFT),
    ("\n\r\x0b\x0c", HARD),
)
