"""Cues: words and turns of phrase that say how a post is meant, found in one pass for all languages.

Reads `data/cues/<lang>.toml`, short lists of stems by category. All stems of all languages form one Aho-Corasick
automaton; what it finds is kept where the language is allowed and the stem's borders hold. Does not weigh or judge what
it finds (`detector.assess.stance`, `.direction`), and knows no names.

How a stem is written: it starts at the start of a word and may go on (`threaten` finds "threatened"); `-stem` may also
stand inside a word; `stem#` must end a word; `one…two` lets up to twenty-five letters of one sentence stand between. In
scripts without spaces a stem is found anywhere.
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from detector.domain import Span
from detector.errors import PolicyError
from detector.normalize import Normalized, normalize
from detector.shelf import DATA

CUES = DATA / "cues"

GAP = 25
"""Letters that may stand in a stem's gap."""

FOREIGN_LEAST = 5
"""Letters that an English stem needs in a text of another language: shorter ones are words of other languages, too."""

ALWAYS = ("en", "und")
"""Files that are asked whatever the language: English travels, and `und` holds signs that belong to no language."""


class Category(StrEnum):
    """What a cue says."""

    REPORTING = "reporting"
    CONDEMNATION = "condemnation"
    SUPPORT = "support"
    QUESTION = "question"
    JOKE = "joke"
    NEGATION = "negation_or_correction"
    OFFICIAL_DISTANCE = "official_distance"
    SECOND_PERSON = "second_person"
    OTHER_PARTY = "other_party"
    THREAT = "threat_verbs"
    INCITEMENT = "incitement"
    DOXXING = "doxxing"
    SMEAR = "smear"
    DEHUMANISING = "dehumanising"
    SEXUAL = "sexual_smear"
    INSULT = "insult"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A cue found in a text, with its place in the original."""

    category: Category
    span: Span


@dataclass(frozen=True, slots=True)
class _Stem:
    """A stem of one language, cut at its gap: `head` is what the automaton finds."""

    category: Category
    lang: str
    head: str
    tail: str
    exact: str
    inside: bool
    ends: bool


class Lexicon:
    """All cue files, compiled. `languages` are the files' codes."""

    def __init__(self, folder: Path) -> None:
        self._allowed: dict[str, frozenset[str]] = {}
        self._scripts: dict[str, set[str]] = defaultdict(set)
        by_head: dict[str, list[_Stem]] = defaultdict(list)
        for path in sorted(folder.glob("*.toml")):
            for stem in self._read(path):
                by_head[stem.head].append(stem)
        self._stems = tuple(tuple(stems) for stems in by_head.values())
        self._automaton = AhoCorasick(list(by_head))

    @property
    def languages(self) -> frozenset[str]:
        """The languages that have a cue file."""
        return frozenset(self._allowed)

    def _read(self, path: Path) -> Iterator[_Stem]:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        lang, exact = path.stem, bool(raw.pop("marks_matter", False))
        self._allowed[lang] = frozenset({lang, *raw.pop("also", ())})
        for name, stems in raw.items():
            if name not in set(Category):
                raise PolicyError(f"The cue file {path.name} has an unknown category: {name}.")
            for written in stems:
                stem = _stem(written, Category(name), lang, exact=exact)
                self._scripts[_script(stem.head)].add(lang)
                yield stem

    def find(self, text: str, langs: Sequence[str | None] = ()) -> tuple[Cue, ...]:
        """The cues of a text, by place.

        Args:
            text: The original text.
            langs: The languages it may be in (BCP 47, None for unknown). Where no known one has a cue file, all files
                in the text's scripts are asked; those of `ALWAYS` always are.
        """
        normalized = normalize(text)
        folded = _fold(normalized)
        allowed = self._languages(langs, folded.text)
        found: dict[tuple[Category, int, int], None] = {}
        for pattern, start, end in self._automaton.find_matches_as_indexes(folded.text, overlapping=True):
            for stem in self._stems[pattern]:
                stop = _match(stem, folded.text, normalized.text, (start, end)) if stem.lang in allowed else None
                if stop and not _is_short_stranger(stem, allowed):
                    found[stem.category, start, stop] = None
        cues = (Cue(category=c, span=folded.original(start, end)) for c, start, end in found)
        return tuple(sorted(cues, key=lambda cue: (cue.span.start, cue.span.end, cue.category)))

    def _languages(self, langs: Sequence[str | None], text: str) -> frozenset[str]:
        known = [allowed for lang in langs if lang for allowed in self._family(lang)]
        if known:
            return frozenset({*ALWAYS, *known})
        return frozenset({*ALWAYS, *(lang for script in _scripts(text) for lang in self._scripts.get(script, ()))})

    def _family(self, lang: str) -> frozenset[str]:
        while lang not in self._allowed and "-" in lang:
            lang = lang.rpartition("-")[0]
        return self._allowed.get(lang, frozenset())


@cache
def lexicon() -> Lexicon:
    """The cue files that ship with the product."""
    return Lexicon(CUES)


def _is_short_stranger(stem: _Stem, allowed: frozenset[str]) -> bool:
    return stem.lang == "en" and not allowed <= set(ALWAYS) and len(stem.head) + len(stem.tail) < FOREIGN_LEAST


def _stem(written: str, category: Category, lang: str, *, exact: bool) -> _Stem:
    body = written.removeprefix("-").removesuffix("#")
    head, _, tail = body.partition("…")
    head, tail = (_fold(normalize(part.strip())).text for part in (head, tail))
    return _Stem(
        category=category,
        lang=lang,
        head=head,
        tail=tail,
        exact=normalize(body).text if exact and not tail else "",
        inside=written.startswith("-") or _is_unspaced(head[0]),
        ends=written.endswith("#"),
    )


def _match(stem: _Stem, text: str, unfolded: str, place: tuple[int, int]) -> int | None:
    """Where a stem whose head stands at a place ends, or None where its borders, marks or gap do not hold."""
    start, end = place
    if not stem.inside and start and _is_letter(text[start - 1]) and not _after_clitic(text, start):
        return None
    if stem.exact and len(text) == len(unfolded) and unfolded[start:end] != stem.exact:
        return None
    if stem.tail:
        gap = _gap(stem.tail).match(text, end)
        if not gap:
            return None
        end = gap.end()
    if stem.ends and end < len(text) and _is_letter(text[end]):
        return None
    return end


@cache
def _gap(tail: str) -> re.Pattern[str]:
    border = "" if _is_unspaced(tail[0]) else r"(?<!\w)"
    return re.compile(rf"[^.!?;\n]{{0,{GAP}}}?{border}{re.escape(tail)}")


# Letters that are written onto the front of a word: and, the, in, to, like, from.
_CLITICS = {"arab": "وفبلكسهم", "hebr": "והבלכמש"}


def _after_clitic(text: str, start: int) -> bool:
    """Whether only one to three proclitic letters of Arabic or Hebrew stand between a border and here."""
    letters = _CLITICS.get(_script(text[start]), "")
    if not letters:
        return False
    return bool(re.search(rf"(?<!\w)[{letters}]{{0,2}}(?:ال|[{letters}])$", text[max(0, start - 5) : start]))


def _is_letter(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


# --- a coarser alphabet: people leave out accents, dots and hamzas ----------------------------------------------------

_ALIKE = {
    "i": "ı",
    "l": "ł",
    "d": "đ",
    "o": "ø",
    "е": "ё",
    "ا": "أإآٱ",
    "ي": "ىیې",
    "ه": "ةہھەۀ",
    "ك": "کڪ",
    "و": "ؤ",
    "'": "’‘ʻʼ`´׳ʹ",
}
_SAME = str.maketrans({variant: plain for plain, variants in _ALIKE.items() for variant in variants})


def _fold(normalized: Normalized) -> Normalized:
    """Drop accents of alphabets where people leave them out; letters stay one to one save for loose marks."""
    text = normalized.text.translate(_SAME)
    if text.isascii():
        return Normalized(text, normalized.starts, normalized.ends)
    text = "".join(_bare(character) for character in text)
    kept = [place for place, character in enumerate(text) if not "\u0300" <= character <= "\u036f"]
    if len(kept) == len(text):
        return Normalized(text, normalized.starts, normalized.ends)
    return Normalized(
        "".join(text[place] for place in kept),
        tuple(normalized.starts[place] for place in kept),
        tuple(normalized.ends[place] for place in kept),
    )


@cache
def _bare(character: str) -> str:
    if not ("\u00c0" <= character <= "\u03ff" or "\u1e00" <= character <= "\u1fff"):
        return character
    return unicodedata.normalize("NFD", character)[0]


# --- scripts ----------------------------------------------------------------------------------------------------------

_SCRIPTS: Mapping[str, str] = {
    "latn": "a-z\u00c0-\u024f\u1e00-\u1eff",
    "cyrl": "\u0400-\u052f",
    "grek": "\u0370-\u03ff\u1f00-\u1fff",
    "arab": "\u0600-\u06ff\u0750-\u077f",
    "hebr": "\u0590-\u05ff",
    "armn": "\u0530-\u058f",
    "geor": "\u10a0-\u10ff\u1c90-\u1cbf",
    "ethi": "\u1200-\u137f",
    "deva": "\u0900-\u097f",
    "beng": "\u0980-\u09ff",
    "guru": "\u0a00-\u0a7f",
    "gujr": "\u0a80-\u0aff",
    "taml": "\u0b80-\u0bff",
    "telu": "\u0c00-\u0c7f",
    "knda": "\u0c80-\u0cff",
    "mlym": "\u0d00-\u0d7f",
    "sinh": "\u0d80-\u0dff",
    "hang": "\uac00-\ud7af\u1100-\u11ff",
    "thai": "\u0e00-\u0e7f",
    "laoo": "\u0e80-\u0eff",
    "mymr": "\u1000-\u109f",
    "khmr": "\u1780-\u17ff",
    "hani": "\u3040-\u30ff\u3400-\u9fff",
}
_UNSPACED = frozenset({"thai", "laoo", "mymr", "khmr", "hani"})


@cache
def _script(text: str) -> str:
    """The script of a text's first letter that has one; empty where none has."""
    for character in text:
        for name, inside in _SCRIPTS.items():
            if re.match(f"[{inside}]", character):
                return name
    return ""


def _scripts(text: str) -> list[str]:
    return [name for name, inside in _SCRIPTS.items() if re.search(f"[{inside}]", text)]


def _is_unspaced(character: str) -> bool:
    return _script(character) in _UNSPACED
