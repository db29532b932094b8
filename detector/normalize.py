"""Unmasks a text: Unicode folding, invisible characters, look-alike letters, leet and spacing tricks.

Every result carries an offset map back to the original, so that what is found can be shown where it stands. Pure; knows
no language and no roster, and does not correct spelling, drop diacritics or transliterate (`detector.targets` compares
names in its own, coarser alphabet).

How: a text is a row of *cells*, each a character with the span of the original that it came from. Small passes rewrite
the row, and are repeated until nothing changes, which makes the whole idempotent. Sources: Unicode TR15 (normalisation
forms) and TR39 (mixed-script detection, confusables; the tables below are our own selection).
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from detector.characters import (
    ARMENIAN,
    CASED,
    CHEROKEE,
    CYRILLIC,
    EMOJI,
    FROM_LATIN,
    GREEK,
    INVISIBLE,
    LATIN,
    LEET,
    SCRIPTS,
    STYLED,
    TO_LATIN,
    combining_marks,
)
from detector.domain import Span


@dataclass(frozen=True, slots=True)
class Normalized:
    """A normalised text. `starts[i]`/`ends[i]` bound, in code points of the original, what became `text[i]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def original(self, start: int, end: int) -> Span:
        """The span of the original text behind `text[start:end]` (0 <= start < end <= len(text))."""
        return Span(start=self.starts[start], end=self.ends[end - 1])


def normalize(text: str) -> Normalized:
    """Fold and unmask a text.

    Laws (tests/property): idempotent on `.text`; `starts` and `ends` are monotone and inside the original, and
    `starts[i] < ends[i]`; never raises, whatever the code points.
    """
    folded = text.casefold()
    if len(folded) == len(text) and not is_masked(folded) and unicodedata.is_normalized("NFKC", folded):
        return Normalized(folded, range(len(text)), range(1, len(text) + 1))
    row = _Row(text, list(range(len(text))), list(range(1, len(text) + 1)))
    while True:
        before = row.text
        for step in _PASSES:
            row = step(row)
        if row.text == before:
            return Normalized(row.text, tuple(row.starts), tuple(row.ends))


def is_masked(text: str) -> bool:
    """Whether `normalize` would do more to this text than fold case and compatibility forms.

    Cheap (one regular expression): callers with millions of texts ask this first.
    """
    if _ascii_trigger().search(text):
        return True
    if text.isascii():
        return False
    if _unicode_trigger().search(text):
        return True
    return bool(_foreign_word().search(text) and re.search(r"(?<![\w@/.])[a-z]", text))


# --- the row of cells, and how passes rewrite it ---------------------------------------------------------------------


@dataclass(slots=True)
class _Row:
    """Characters, and for each the bounds of the original that it came from."""

    text: str
    starts: list[int]
    ends: list[int]


_Edit = tuple[int, int, str]
"""Replace row[start:end] by a string; edits come in order and do not overlap."""


def _rewrite(row: _Row, edits: Iterator[_Edit]) -> _Row:
    """Apply edits. What replaces a stretch points at the whole stretch; a dropped stretch leaves no cell."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for start, end, new in edits:
        text.append(row.text[done:start])
        starts += row.starts[done:start]
        ends += row.ends[done:start]
        done = end
        if len(new) == end - start:  # letter for letter: each keeps its own place
            starts += row.starts[start:end]
            ends += row.ends[start:end]
        else:
            starts += [row.starts[start]] * len(new)
            ends += [row.ends[end - 1]] * len(new)
        text.append(new)
    if not done:
        return row
    text.append(row.text[done:])
    return _Row("".join(text), starts + row.starts[done:], ends + row.ends[done:])


# Addresses keep their letters: an @handle, a link or an e-mail address is a name, not a masked word.
_ADDRESS = (
    r"https?://\S+|www\.\S+|(?<![\w.+\-@])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,8}"
    r"|(?<!\w)@\w+(?:[.\-@]\w+){0,8}"
)


# Anything that one of the passes below might act on: these may ask for too much, never for too little.


@cache
def _ascii_trigger() -> re.Pattern[str]:
    """Tricks that need no letter beyond the text's own script."""
    sign = rf"(?:[^\W_]|[@$€])[{combining_marks()}]*"
    parts = (
        r"[^\S ]|  ",
        r"[^\W\d_][0-9@$!€*_]+[^\W\d_]|(?<![\w$€])[0-9$][^\W\d_]{4}|[^\W\d_][@$]",
        rf"(?<![\w{combining_marks()}]){sign}(?: {sign} {sign}(?![\w{combining_marks()}])|([.\-_*·]){sign}\1)",
        r"([^\W\d_])\2\2",
    )
    return re.compile("|".join(parts))


@cache
def _unicode_trigger() -> re.Pattern[str]:
    """Invisible, styled and mixed characters, loose marks."""
    mixed = "|".join(f"[{own}][{CASED.replace(own, '')}]" for _, own in SCRIPTS)
    emoji = f"[{CASED}][{EMOJI}][{CASED}]"
    return re.compile(f"[{INVISIBLE}{''.join(STYLED)}]|{mixed}|{emoji}|{_LOOSE_MARKS.pattern}")


@cache
def _foreign_word() -> re.Pattern[str]:
    """A whole word of look-alikes of Latin letters; suspicious only where Latin letters stand beside it."""
    foreign = "".join(letter for table in TO_LATIN.values() for letter in table)
    return re.compile(rf"(?<!\w)[{foreign}]{{3,}}(?!\w)")


# --- the passes ------------------------------------------------------------------------------------------------------

# What may compose with the character before it, besides marks of a combining class: Hangul vowels and finals.
_COMPOSES = re.compile("[\u1161-\u1175\u11a8-\u11c2]")


def _fold(row: _Row) -> _Row:
    """Compatibility forms, composition, case; styled letters; at most one loose mark a letter."""
    text = row.text
    if text == unicodedata.normalize("NFKC", text.casefold()) and not _needs_care().search(text):
        return row
    return _rewrite(row, _fold_edits(row.text))


def _fold_edits(text: str) -> Iterator[_Edit]:
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _continues(text[end]):
            continue
        cluster = text[start:end]
        folded = _fold_cluster(cluster)
        if folded != cluster:
            yield start, end, folded
        start = end


@cache
def _needs_care() -> re.Pattern[str]:
    return re.compile(f"[{''.join(STYLED)}]|i\u0307|{_LOOSE_MARKS.pattern}")


@cache
def _continues(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "M" or _COMPOSES.match(character) is not None


def _fold_cluster(cluster: str) -> str:
    if cluster.isascii():
        return cluster.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    folded = "".join(STYLED.get(character, character) for character in folded).casefold().replace("i\u0307", "i")
    return _LOOSE_MARKS.sub(r"\1", unicodedata.normalize("NFKC", folded))


_LOOSE_MARKS = re.compile("([\u0300-\u036f])[\u0300-\u036f]+")


def _deleting(pattern: Callable[[], re.Pattern[str]]) -> Callable[[_Row], _Row]:
    """A pass that drops whatever matches."""

    def step(row: _Row) -> _Row:
        return _rewrite(row, ((m.start(), m.end(), "") for m in pattern().finditer(row.text)))

    return step


@cache
def _invisible() -> re.Pattern[str]:
    return re.compile(f"[{INVISIBLE}]+")


@cache
def _emoji_inside() -> re.Pattern[str]:
    """One emoji between two letters of alphabets that put spaces between words."""
    return re.compile(f"(?<=[{CASED}\u0620-\u06ff\u05d0-\u05ea])[{EMOJI}](?=[{CASED}\u0620-\u06ff\u05d0-\u05ea])")


def _spaces(row: _Row) -> _Row:
    """One space for any run of white space."""
    found = re.finditer(r"\s+", row.text)
    return _rewrite(row, ((m.start(), m.end(), " ") for m in found if m.group() != " "))


def _lookalikes(row: _Row) -> _Row:
    """Put each word of cased letters into one script: its own main one, or the text's where every letter allows it."""
    return _rewrite(row, _lookalike_edits(row.text))


def _lookalike_edits(text: str) -> Iterator[_Edit]:
    if not _foreign().search(text):
        return
    for match in _foreign_words().finditer(text):
        new = _unmixed(match.group(), text)
        if new != match.group():
            yield match.start(), match.end(), new


@cache
def _foreign() -> re.Pattern[str]:
    return re.compile(f"[{GREEK}{CYRILLIC}{ARMENIAN}{CHEROKEE}]")


@cache
def _foreign_words() -> re.Pattern[str]:
    """Words with a letter of a look-alike script in them."""
    return re.compile(f"[{LATIN}]*[{GREEK}{CYRILLIC}{ARMENIAN}{CHEROKEE}][{CASED}]*")


def _unmixed(word: str, text: str) -> str:
    own = _main_script(word)
    if own == "latin":
        return "".join(_ALL_TO_LATIN.get(letter, letter) for letter in word)
    mixed = any(_script(letter) != own for letter in word)
    if mixed:
        return "".join(FROM_LATIN[own].get(letter, letter) for letter in word)
    table = TO_LATIN[own]
    if len(word) > 2 and all(letter in table for letter in word) and _main_script(text) == "latin":
        return "".join(table[letter] for letter in word)  # a whole word of look-alikes in a Latin text
    return word


_ALL_TO_LATIN = {letter: new for table in TO_LATIN.values() for letter, new in table.items()}


def _main_script(text: str) -> str:
    """The script with most letters; look-alikes weigh little, and Latin wins a draw."""
    weights = dict.fromkeys((name for name, _ in SCRIPTS), 0.0)
    for character in text:
        script = _script(character)
        if script:
            weights[script] += 1.0 if character not in _AMBIGUOUS else 0.6 if script == "latin" else 0.5
    return max(weights, key=lambda name: weights[name])


_AMBIGUOUS = {letter for table in TO_LATIN.values() for pair in table.items() for letter in pair}


@cache
def _script(character: str) -> str | None:
    return next((name for name, inside in SCRIPTS if re.match(f"[{inside}]", character)), None)


def _protecting(pattern: str, replace: Callable[[re.Match[str]], str]) -> Callable[[_Row], _Row]:
    """A pass that rewrites what matches, but leaves addresses alone. `{M}` stands for combining marks."""

    @cache
    def compiled() -> re.Pattern[str]:
        return re.compile(f"(?P<address>{_ADDRESS})|{pattern.replace('{M}', combining_marks())}")

    def step(row: _Row) -> _Row:
        edits = ((m.start(), m.end(), replace(m)) for m in compiled().finditer(row.text) if not m.group("address"))
        return _rewrite(row, ((start, end, new) for start, end, new in edits if new != row.text[start:end]))

    return step


def _unleet(match: re.Match[str]) -> str:
    """Digits and signs back to letters: between letters always, at an edge only where that reads as a word."""
    word = match.group()
    body = word.replace("11", "ll")
    inside = re.sub(r"(?<=[^\W\d_])[0134578@$!€]+(?=[^\W\d_])", lambda m: _plain_letters(m.group()), body)
    if re.match(r"[01345$][^\W\d_]{4}", inside) or (inside != body and re.match(r"[0134578$][^\W\d_]", inside)):
        inside = _plain_letters(inside[0]) + inside[1:]
    if re.search(r"[^\W\d_]{2}[@$]$", inside) or (inside != body and re.search(r"[^\W\d_]{2}[034578]$", inside)):
        inside = inside[:-1] + _plain_letters(inside[-1])
    return inside


def _plain_letters(signs: str) -> str:
    return "".join(LEET.get(sign, sign) for sign in signs)


def _joined(match: re.Match[str]) -> str:
    """A spaced word in one piece; a row of digits (a score, a version) is left as it is."""
    joined = re.sub(r"[ .\-_*·]", "", match.group())
    return joined if 2 * sum(map(str.isalpha, joined)) >= len(joined) else match.group()


# A letter with its marks; four or more parted by one and the same sign, three where the sign is not a space.
_L = r"(?:[^\W_]|[@$€])[{M}]*"
_SPACED = rf"(?<![\w{{M}}@$€]){_L}(?:(?: {_L}){{3,}}|(?:\.{_L}){{2,}}|(?:[\-_*·]{_L}){{2,}})(?![\w{{M}}@$€])"

_PASSES: tuple[Callable[[_Row], _Row], ...] = (
    _deleting(_invisible),
    _fold,
    _deleting(_invisible),
    _spaces,
    _deleting(_emoji_inside),
    _lookalikes,
    _protecting(r"(?<![\w$€])[\w@$!€]*[^\W\d_][\w@$!€]*(?![\w$€])", _unleet),
    _protecting(_SPACED, _joined),
    _protecting(r"(?<=[^\W\d_])\*(?=[^\W\d_])", lambda _: ""),
    _protecting(r"([^\W\d_])\2{2,}", lambda match: match.group()[:2]),
)
