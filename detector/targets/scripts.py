"""Scripts of writing as far as name matching cares: which have case, which glue words together, which glue prefixes on.

Works on the letters that `detector.targets.folding` leaves. Knows nothing of names or languages' grammar
(`inflection`).
"""

from bisect import bisect_right
from enum import StrEnum
from functools import lru_cache


class Script(StrEnum):
    """The scripts that matching tells apart. What is not listed is `OTHER` and matched letter by letter."""

    LATIN = "latin"
    GREEK = "greek"
    CYRILLIC = "cyrillic"
    ARMENIAN = "armenian"
    HEBREW = "hebrew"
    ARABIC = "arabic"
    DEVANAGARI = "devanagari"
    BENGALI = "bengali"
    GURMUKHI = "gurmukhi"
    GUJARATI = "gujarati"
    ORIYA = "oriya"
    TAMIL = "tamil"
    TELUGU = "telugu"
    KANNADA = "kannada"
    MALAYALAM = "malayalam"
    SINHALA = "sinhala"
    THAI = "thai"
    LAO = "lao"
    TIBETAN = "tibetan"
    MYANMAR = "myanmar"
    GEORGIAN = "georgian"
    HANGUL = "hangul"
    ETHIOPIC = "ethiopic"
    KHMER = "khmer"
    HAN = "han"
    KANA = "kana"
    OTHER = "other"


RANGES: tuple[tuple[int, int, Script], ...] = (
    (0x61, 0x7A, Script.LATIN),
    (0xC0, 0x24F, Script.LATIN),
    (0x250, 0x2AF, Script.LATIN),
    (0x370, 0x3FF, Script.GREEK),
    (0x400, 0x52F, Script.CYRILLIC),
    (0x531, 0x587, Script.ARMENIAN),
    (0x5D0, 0x5F2, Script.HEBREW),
    (0x620, 0x6FF, Script.ARABIC),
    (0x750, 0x77F, Script.ARABIC),
    (0x8A0, 0x8FF, Script.ARABIC),
    (0x900, 0x97F, Script.DEVANAGARI),
    (0x980, 0x9FF, Script.BENGALI),
    (0xA00, 0xA7F, Script.GURMUKHI),
    (0xA80, 0xAFF, Script.GUJARATI),
    (0xB00, 0xB7F, Script.ORIYA),
    (0xB80, 0xBFF, Script.TAMIL),
    (0xC00, 0xC7F, Script.TELUGU),
    (0xC80, 0xCFF, Script.KANNADA),
    (0xD00, 0xD7F, Script.MALAYALAM),
    (0xD80, 0xDFF, Script.SINHALA),
    (0xE00, 0xE7F, Script.THAI),
    (0xE80, 0xEFF, Script.LAO),
    (0xF00, 0xFFF, Script.TIBETAN),
    (0x1000, 0x109F, Script.MYANMAR),
    (0x10A0, 0x10FF, Script.GEORGIAN),
    (0x1100, 0x11FF, Script.HANGUL),
    (0x1200, 0x139F, Script.ETHIOPIC),
    (0x1780, 0x17FF, Script.KHMER),
    (0x1E00, 0x1EFF, Script.LATIN),
    (0x1F00, 0x1FFF, Script.GREEK),
    (0x2D80, 0x2DDF, Script.ETHIOPIC),
    (0x3041, 0x30FF, Script.KANA),
    (0x3130, 0x318F, Script.HANGUL),
    (0x3400, 0x4DBF, Script.HAN),
    (0x4E00, 0x9FFF, Script.HAN),
    (0xAA60, 0xAA7F, Script.MYANMAR),
    (0xAC00, 0xD7AF, Script.HANGUL),
    (0xF900, 0xFAFF, Script.HAN),
    (0x20000, 0x2FA1F, Script.HAN),
)
"""First and last code point (both inclusive) of the letters of a script, in order."""
_STARTS = tuple(start for start, _, _ in RANGES)

CASED = frozenset({Script.LATIN, Script.GREEK, Script.CYRILLIC, Script.ARMENIAN})
"""Scripts whose writers mark a name by a capital."""
UNSPACED = frozenset({Script.THAI, Script.LAO, Script.TIBETAN, Script.MYANMAR, Script.KHMER, Script.HAN, Script.KANA})
"""Scripts written without spaces between words: a name may stand anywhere in a run of letters."""
PREFIXING = frozenset({Script.HEBREW, Script.ARABIC, Script.ETHIOPIC})
"""Scripts in which prepositions and conjunctions are glued before a word."""
ABJAD = frozenset({Script.HEBREW, Script.ARABIC})
"""Scripts that leave most vowels unwritten."""
INDIC = frozenset(
    {
        Script.DEVANAGARI,
        Script.BENGALI,
        Script.GURMUKHI,
        Script.GUJARATI,
        Script.ORIYA,
        Script.TAMIL,
        Script.TELUGU,
        Script.KANNADA,
        Script.MALAYALAM,
        Script.SINHALA,
    }
)
"""Scripts descended from Brahmi that put spaces between words and glue postpositions on."""


@lru_cache(maxsize=65_536)
def script_of(letter: str) -> Script:
    """The script of one letter."""
    point = ord(letter)
    index = bisect_right(_STARTS, point) - 1
    if index >= 0 and point <= RANGES[index][1]:
        return RANGES[index][2]
    return Script.OTHER


@lru_cache(maxsize=65_536)
def word_script(word: str) -> Script:
    """The script of a word's first letter that has one."""
    for letter in word:
        script = script_of(letter)
        if script is not Script.OTHER:
            return script
    return Script.OTHER
