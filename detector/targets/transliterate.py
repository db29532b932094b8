"""Names across scripts: romanising, and the consonant skeleton in which spellings of one name meet.

A name is written anew in each script, and differently by each writer: Амал, Amal, أمل; Chunmiao, 春苗. Two steps:
`skeleton_batch` maps a whole batch of texts to strings of nine consonant classes (vowels, h, y gone), in which an
automaton finds what *might* be a name in another script; `likeness` then compares the two spellings letter by letter.

Romanisation per character is anyascii's (ISC licence), corrected below where a script is read otherwise than spelled.
Readings of Japanese kanji are not known here: their names are found in Latin letters only by handle.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache

import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray

from detector.targets.fold_tables import Codes
from detector.targets.folding import Places, points_of, text_starts
from detector.targets.scripts import ABJAD, INDIC, Script, script_of, word_script

_TOP = 0x30000
_AFTER_LATIN = "\ua800"  # no letter from here on is the capital of a Latin one, or needs a correction
_WIDTH = 4  # no character stands for more than four consonants
BORDER = " "
_JOINERS = "'’ʻʼ`\u200b\u200c\u200d\u0640"

_CLASS = {
    **dict.fromkeys("bpf", "b"),
    **dict.fromkeys("kqg", "k"),
    **dict.fromkeys("szxj", "s"),
    **dict.fromkeys("td", "t"),
    **{letter: letter for letter in "lrnmcw"},
    "v": "w",
}
# Corrections to anyascii: how a letter is read in names.
_READ = {
    "ו": "w",
    "ח": "h",
    "ע": "",
    "ع": "",
    "غ": "gh",
    "و": "w",
    "ث": "th",
    "ذ": "z",
    "چ": "ch",
    "х": "kh",
    "ц": "ts",
    "щ": "sch",
    "č": "ch",
    "ć": "ch",
    "ç": "ch",
    "ჯ": "j",
    "ყ": "q",
    "χ": "ch",
    "ρ": "r",
    "ሽ": "sh",
    **dict.fromkeys("ंংਂੰંଂంಂം", "n"),
    "ំ": "am",
    **dict.fromkeys("चচਚચଚசచಚചච", "cha"),  # Indic c, from Devanagari to Sinhala
}


@dataclass(frozen=True, slots=True)
class Skeletons:
    """A batch as consonant classes: upper case where the text was Latin, lower case elsewhere, spaces between words.

    `places[i]` is the place of `text[i]` in the joined originals; `starts` as in `Folded`.
    """

    text: str
    places: Places
    starts: Places


def skeleton_batch(texts: Sequence[str]) -> Skeletons:
    """The consonant skeletons of texts, in one stream."""
    points = np.minimum(points_of(texts), _TOP - 1)
    tables = _tables()
    rows = tables.classes[points]
    _soften(points, rows, tables)
    flat = rows.reshape(-1)
    keep = np.flatnonzero(flat)
    codes, places = flat[keep], keep // _WIDTH
    codes, places = _squeezed(codes, places)
    return Skeletons(codes.tobytes().decode("ascii"), places, text_starts(texts))


def skeletons(words: Sequence[str]) -> list[str]:
    """The skeleton of each word by itself, in lower case."""
    stream = skeleton_batch(words)
    texts = stream.text.lower()
    edges = np.searchsorted(stream.places, stream.starts).tolist()
    return [texts[a:b].strip().replace(BORDER, "") for a, b in itertools.pairwise(edges)]


def _soften(points: Codes, rows: NDArray[np.uint8], tables: "_Tables") -> None:
    """Latin c is k, or s before e, i, y, h; w and v count only at the start of a word, where no writer drops them."""
    places = np.flatnonzero((rows[:, 0] | 32) == ord("c"))
    after = tables.soft[points[np.minimum(places + 1, len(points) - 1)]]
    case = rows[places, 0] & 32
    rows[places, 0] = np.where(after | (rows[places, 1] > 0), ord("S"), ord("K")) | case
    places = np.flatnonzero((rows[:, 0] | 32) == ord("w"))
    first = tables.border[points[places - 1]]
    rows[places, 0] = np.where(first, ord("B") | (rows[places, 0] & 32), 0)


def _squeezed(codes: NDArray[np.uint8], places: Places) -> tuple[NDArray[np.uint8], Places]:
    """No t before s (ц, tz), no letter or border twice in a row."""
    lower = codes | 32
    keep = np.ones(len(codes), dtype=bool)
    keep[:-1] = ~((lower[:-1] == ord("t")) & (lower[1:] == ord("s")))
    codes, places = codes[keep], places[keep]
    keep = np.ones(len(codes), dtype=bool)
    keep[1:] = codes[1:] != codes[:-1]
    return codes[keep], places[keep]


@dataclass(frozen=True, slots=True)
class _Tables:
    classes: NDArray[np.uint8]  # up to four consonant classes a code point; a border is one space
    soft: NDArray[np.bool_]
    border: NDArray[np.bool_]


@cache
def _tables() -> _Tables:
    letters = [letter for letter in map(chr, range(_TOP)) if letter.isalpha() or letter in _READ]
    points = np.array(list(map(ord, letters)))
    border = np.ones(_TOP, dtype=bool)  # spaces, signs and digits part words; letters, marks and joiners do not
    border[points] = False
    border[[point for point in range(0x300, 0x20000) if unicodedata.category(chr(point))[0] == "M"]] = False
    border[list(map(ord, _JOINERS))] = False
    classes = np.zeros((_TOP, _WIDTH), dtype=np.uint8)
    classes[border, 0] = ord(BORDER)
    spelled = anyascii("\n".join(letters)).split("\n")  # all at once: a call each takes several times as long
    rows = b"".join(map(_consonants, letters, spelled))
    classes[points] = np.frombuffer(rows, dtype=np.uint8).reshape(-1, _WIDTH)
    soft = np.zeros(_TOP, dtype=bool)
    for letter in "eihyéèêëíìîýEIHYÉÈÍ":
        soft[ord(letter)] = True
    return _Tables(classes=classes, soft=soft, border=border)


def _consonants(letter: str, spelled: str) -> bytes:
    """The classes of a letter that anyascii spells so, filled up with zeros."""
    if letter >= _AFTER_LATIN or "\u3400" <= letter < "\ua000":
        return _classes(spelled, Script.OTHER)
    lower = letter.lower()
    return _classes(_READ.get(lower, spelled), script_of(lower[0]))


@cache
def _classes(spelled: str, script: Script) -> bytes:
    is_latin = script is Script.LATIN
    heard = spelled.lower() if is_latin else _letters_only(spelled).replace("ch", "s")
    kinds = [_CLASS[letter] for letter in heard if letter in _CLASS][:_WIDTH]
    return "".join(kind.upper() if is_latin else kind for kind in kinds).encode().ljust(_WIDTH, b"\0")


@cache
def read(character: str) -> str:
    """How one character is read, in lower-case Latin letters."""
    lower = character.lower()
    if lower in _READ:
        return _READ[lower]
    return _letters_only(anyascii(character))


def _letters_only(spelled: str) -> str:
    return re.sub("[^a-z]", "", spelled.lower())


@lru_cache(maxsize=65_536)
def romanised(word: str) -> str:
    """A word in Latin letters."""
    if word[:1] in _PLOSIVE:
        return _PLOSIVE[word[0]] + romanised(word[1:])
    if word_script(word) in INDIC:
        word = _BARE_CONSONANT.sub(r"\1a", word)
    return "".join(map(read, word.replace("ու", "u")))


_PLOSIVE = {"ב": "b", "פ": "p", "כ": "k"}
"""Hebrew letters that are stops where they begin a word."""
_BARE_CONSONANT = re.compile(
    "([\u0915-\u0939\u0995-\u09b9\u0a15-\u0a39\u0a95-\u0ab9\u0b15-\u0b39\u0b95-\u0bb9\u0c15-\u0c39\u0c95-\u0cb9\u0d15-\u0d39"
    "\u0d9a-\u0dc6])(?=\\w(?<![\u093a-\u094d\u09bc-\u09cd\u0a3c-\u0a4d\u0abc-\u0acd\u0b3c-\u0b4d\u0bbe-\u0bcd\u0c3e-\u0c4d\u0cbc-\u0ccd\u0d3e-\u0d4d\u0dca-\u0ddf]))"
)
"""An Indic consonant before another letter: a short a is heard between them."""


def has_consonants(word: str) -> bool:
    """Whether a word leaves anything in the skeleton."""
    return re.search("[^aeiouhwvy]", romanised(word)) is not None


# --- readings: names in signs and syllables, written out in Latin letters --------------------------------------------

# Korean family names as people spell them; the rest of a name is read by rule (Revised Romanisation).
_KOREAN = {
    "김": "kim gim", "이": "lee yi rhee", "박": "park bak", "최": "choi choe", "정": "jung jeong chung",
    "강": "kang gang", "조": "cho jo", "윤": "yoon yun", "장": "jang chang", "임": "lim im", "한": "han",
    "오": "oh o", "서": "seo suh", "신": "shin sin", "권": "kwon gwon", "황": "hwang", "안": "ahn an",
    "송": "song", "류": "ryu yu", "유": "yu yoo", "홍": "hong", "전": "jeon jun", "고": "ko go",
    "문": "moon mun", "손": "son", "양": "yang", "배": "bae", "백": "baek paik", "허": "heo hur", "남": "nam",
    "심": "shim sim", "노": "noh roh no", "하": "ha", "곽": "kwak", "성": "sung seong", "차": "cha",
    "주": "joo ju", "우": "woo u", "구": "koo gu", "나": "na", "민": "min", "진": "jin", "지": "ji",
    "엄": "um eom", "채": "chae", "원": "won", "천": "chun cheon", "방": "bang", "공": "kong gong",
    "현": "hyun hyeon", "도": "do", "설": "seol sul", "마": "ma", "길": "gil kil", "표": "pyo",
}  # fmt: skip
# Chinese family names that are read otherwise than the sign alone, or spelled after Cantonese or in Taiwan.
_CHINESE = {
    "区": "ou au", "區": "ou au", "单": "shan", "單": "shan", "曾": "zeng tsang tseng", "解": "xie", "仇": "qiu",
    "查": "zha", "盖": "ge", "翟": "zhai", "朴": "piao park", "尉": "yu wei", "陈": "chen chan", "陳": "chen chan",
    "黄": "huang wong", "黃": "huang wong", "刘": "liu lau", "劉": "liu lau", "李": "li lee",
    "张": "zhang cheung chang", "張": "zhang cheung chang", "王": "wang wong", "吴": "wu ng", "吳": "wu ng",
    "周": "zhou chow chou", "林": "lin lam", "何": "he ho", "高": "gao ko kao", "梁": "liang leung",
    "郭": "guo kwok kuo", "谢": "xie tse hsieh", "謝": "xie tse hsieh", "许": "xu hui hsu", "許": "xu hui hsu",
    "邓": "deng tang teng", "鄧": "deng tang teng", "蔡": "cai tsai choi", "徐": "xu tsui hsu", "朱": "zhu chu",
    "叶": "ye yip yeh", "葉": "ye yip yeh", "罗": "luo law lo", "羅": "luo law lo", "杨": "yang yeung",
    "楊": "yang yeung", "赵": "zhao chiu chao", "趙": "zhao chiu chao", "郑": "zheng cheng", "鄭": "zheng cheng",
    "岑": "cen shum tsen", "萧": "xiao siu hsiao", "蕭": "xiao siu hsiao",
}  # fmt: skip
_VOWELS_AS_SPELLED = (("eo", "u"), ("eo", "o"), ("eu", "u"), ("ae", "e"))


def readings(words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Romanised forms of a folded name in Han or Hangul, as words in both orders; none for other scripts."""
    whole = "".join(words)
    if len(whole) < 2 or len(whole) > 6 or any(script_of(sign) not in (Script.HAN, Script.HANGUL) for sign in whole):
        return ()
    family, given = whole[0], whole[1:]
    if script_of(family) is Script.HAN:
        families, givens = _CHINESE.get(family, read(family)).split(), ["".join(map(read, given))]
    else:
        families = _KOREAN.get(family, read(family)).split()
        plain = re.sub("(?<=[aeiou])l(?=[aeiouyw])", "r", "".join(map(read, given)))
        givens = [plain, *(plain.replace(a, b) for a, b in _VOWELS_AS_SPELLED if a in plain)]
    squeezed = [(_single(f), _single(g)) for f in families for g in givens]
    pairs = [pair for f, g in squeezed if f and g for pair in ((f, g), (g, f))]
    return tuple(dict.fromkeys(pairs))


@lru_cache(maxsize=65_536)
def _single(word: str) -> str:
    """One letter for two, as folding leaves it."""
    return re.sub(r"(.)\1+", r"\1", word)


def spelled_out(name: str) -> Iterator[str]:
    """A Chinese name with one of its signs given by sound in Latin letters, as censors are dodged."""
    if len(name) > 2:
        for place, sign in enumerate(name):
            yield f"{name[:place]} {_single(read(sign))} {name[place + 1 :]}".strip()


# --- likeness --------------------------------------------------------------------------------------------------------

_COARSE = (
    ("shch", "s"), ("sch", "s"), ("tch", "c"), ("sh", "s"), ("ch", "c"), ("kh", "h"), ("gh", "g"), ("zh", "z"),
    ("th", "t"), ("ph", "f"), ("ts", "c"), ("tz", "c"), ("dj", "j"), ("dz", "z"), ("ck", "k"), ("qu", "k"), ("q", "k"),
    ("x", "ks"), ("w", "v"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("y", "i"),
    ("b", "v"), ("h", ""), ("c", "z"), ("j", "z"), ("p", "f"), ("g", "k"), ("d", "t"), ("s", "z"),
)  # fmt: skip
_FINE = next(number for number, (written, _) in enumerate(_COARSE) if written == "b")
"""The rules before this one respell; those from here on take sounds together that languages confuse."""
VOWELS_APART = ABJAD | {Script.THAI, Script.LAO, Script.KHMER, Script.MYANMAR}
"""Scripts whose vowels are unwritten, or written in an order that romanising character by character does not follow."""
ALIKE = 0.75
"""Likeness (0-1) from which two spellings are taken for one name."""
ALIKE_SHORT = 0.86
"""Likeness asked of names of few consonants, which many words resemble."""

ALIKE_BARE = 0.85
"""Likeness asked where vowels cannot be compared."""
ALIKE_ALONE = 0.92
"""Likeness asked of a single word, and of the shortest names."""


@lru_cache(maxsize=65_536)
def likeness(word: str, other: str) -> float:
    """How alike two words of different scripts sound, 0-1 (Ratcliff-Obershelp on coarse romanisations).

    Where one is written without vowels, consonants alone are compared.
    """
    a, b = _coarse(word), _coarse(other)
    scripts = {word_script(word), word_script(other)}
    if not scripts & VOWELS_APART:
        return _ratio(a, b)
    bare = (_bare_ratio(a, b) + _bare_ratio(_fine(word), _fine(other))) / 2
    return bare if scripts & ABJAD else (3 * bare + _ratio(a, b)) / 4


def _bare_ratio(a: str, b: str) -> float:
    """Likeness of consonants alone; v may be a vowel's sign (و), so that it counts or does not, as suits both."""
    silent = ("[aeiou]", "(?<!^)[aeiouv]|[aeiou]")
    return max(_ratio(re.sub(each, "", a), re.sub(each, "", b)) for each in silent)


def _ratio(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b, autojunk=False).ratio() if a and b else 0.0


@lru_cache(maxsize=65_536)
def _coarse(word: str) -> str:
    return _respelled(romanised(word), _COARSE)


@lru_cache(maxsize=65_536)
def _fine(word: str) -> str:
    return _respelled(romanised(word), _COARSE[:_FINE])


def _respelled(text: str, rules: Sequence[tuple[str, str]]) -> str:
    text = re.sub("c(?![eihy])", "k", text)
    for written, heard in rules:
        text = text.replace(written, heard)
    return _single(text)
