"""From normalised texts to hashed features, word by word: character n-grams and whole words.

A word is a run of letters and digits, or a run of symbols; a handle or a link is one opaque word, whoever it names. The
features of a word lie together, so that a linear model's score is the exact sum of its words' shares (`rationale.py`).
Indices are repeated, not summed, where a feature occurs twice: the rows are CSR with duplicates.

Knows no label and no weight, and never looks at a text's language. Method: feature hashing (Weinberger et al. 2009)
over n-grams within word borders, with 64-bit FNV-1a and the finaliser of MurmurHash3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numba
import numpy as np
import numpy.typing as npt

Function = TypeVar("Function", bound=Callable[..., Any])
Codes = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.uint8]

LETTERS, SYMBOLS, HANDLE, LINK = 0, 1, 2, 3
"""What a word is made of."""

LONGEST_WORD = 32
"""A longer run (a script written without spaces) has no feature of its own as a whole: it would never occur again."""

# Every constant of the hash is a uint64: numba turns uint64 with int64 into float64, and uint32*uint32 into uint64.
_BASIS = np.uint64(0xCBF29CE484222325)
_WORD_BASIS = np.uint64(0x84222325CBF29CE4)
_PRIME = np.uint64(0x100000001B3)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_SHIFT = np.uint64(33)
_EDGE = np.uint64(32)  # the border of a word, hashed as a blank


def compiled(function: Function) -> Function:
    """Compile with numba, keeping the machine code on disk where any folder for it can be written.

    Without one (read-only package, no home), the code is compiled once a process instead: slower to start, never wrong.
    """
    compiler: Any = numba.njit  # typed as a dispatcher, which would hide the signature of the function
    try:
        kernel: Function = compiler(cache=True, nogil=True)(function)
    except RuntimeError:
        kernel = compiler(nogil=True)(function)
    return kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class Grams:
    """What is counted: words, and n-grams of `shortest` to `longest` characters, hashed to `1 << bits` columns."""

    bits: int
    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch of texts and their features.

    Word i spans code points `starts[i]:ends[i]` of its own text and has `features[rows[i]:rows[i + 1]]`; text d has the
    words `texts[d]:texts[d + 1]`. The n-grams of a word stand first, by start and then by length; the word itself is
    last.
    """

    starts: Places
    ends: Places
    kinds: Kinds
    texts: Places
    features: Codes
    rows: Places

    @property
    def indptr(self) -> Places:
        """Where each text's features begin: the row pointer of a CSR matrix, length texts + 1."""
        return self.rows[self.texts]


def cut(texts: Sequence[str], grams: Grams) -> Words:
    """Cut texts into words and hash their features.

    Args:
        texts: Normalised texts; any code points, lone surrogates too.
        grams: What to count.
    """
    lengths = np.fromiter((len(text) for text in texts), np.int64, len(texts))
    borders = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(lengths, out=borders[1:])
    # Two ways to write an apostrophe; keyboards choose, not people.
    codes = np.frombuffer("".join(texts).replace("\u2019", "'").encode("utf-32-le", "surrogatepass"), np.uint32)
    starts, ends, kinds, first = _words(codes, borders)
    features, rows = _features(codes, starts, ends, kinds, (grams.bits, grams.shortest, grams.longest))
    shift = np.repeat(borders[:-1], np.diff(first))
    return Words(starts - shift, ends - shift, kinds, first, features, rows)


@compiled
def _is_blank(code: int) -> bool:
    return bool(
        code <= 0x20
        or 0x7F <= code <= 0xA0
        or code in (0x1680, 0x202F, 0x205F, 0x3000)
        or 0x2000 <= code <= 0x200F
        or 0x2028 <= code <= 0x202E
    )


@compiled
def _is_symbol(code: int) -> bool:
    if code < 0x80:
        return bool(0x20 < code < 0x7F and not (0x30 <= code <= 0x39 or 0x41 <= (code & ~0x20) <= 0x5A or code == 0x27))
    return bool(
        0xA1 <= code <= 0xBF
        or 0x2010 <= code <= 0x2BFF  # punctuation, arrows, dingbats
        or 0x3001 <= code <= 0x303F  # CJK punctuation
        or 0x1F000 <= code <= 0x1FAFF  # emoji
        or 0xFF01 <= code <= 0xFF0F
        or 0x1361 <= code <= 0x1368  # Ethiopic word space and full stop
        or code in (0x60C, 0x61B, 0x61F, 0x6D4, 0x964, 0x965, 0xFF1A, 0xFF1B, 0xFF1F, 0xFE0F)
    )


@compiled
def _begins_link(codes: Codes, at: int, end: int) -> bool:
    # "http" alone is a link too: that is how links are written in the training texts.
    if (
        end - at >= 4
        and codes[at] == 0x68
        and codes[at + 1] == 0x74
        and codes[at + 2] == 0x74
        and codes[at + 3] == 0x70
    ):
        after = at + 4
        if after < end and codes[after] == 0x73:
            after += 1
        return bool(after == end or codes[after] == 0x3A or _is_blank(codes[after]) or _is_symbol(codes[after]))
    return bool(
        end - at >= 5
        and codes[at] == 0x77
        and codes[at + 1] == 0x77
        and codes[at + 2] == 0x77
        and codes[at + 3] == 0x2E
    )


@compiled
def _kind(codes: Codes, at: int, end: int) -> int:
    if codes[at] == 0x40 and at + 1 < end and not _is_blank(codes[at + 1]) and not _is_symbol(codes[at + 1]):
        return HANDLE
    if _begins_link(codes, at, end):
        return LINK
    return SYMBOLS if _is_symbol(codes[at]) else LETTERS


@compiled
def _word_end(codes: Codes, at: int, end: int, kind: int) -> int:
    after = at + 1
    while after < end and not _is_blank(codes[after]):
        code = codes[after]
        symbol = _is_symbol(code)
        if kind == HANDLE and symbol and code not in (0x5F, 0x2E, 0x2D, 0x40):
            break
        if kind == SYMBOLS and (not symbol or code == 0x40):
            break
        if kind == LETTERS and symbol:
            break
        after += 1
    return after


@compiled
def _words(codes: Codes, borders: Places) -> tuple[Places, Places, Kinds, Places]:
    starts = np.empty(len(codes), np.int64)
    ends = np.empty(len(codes), np.int64)
    kinds = np.empty(len(codes), np.uint8)
    first = np.zeros(len(borders), np.int64)
    count = 0
    for text in range(len(borders) - 1):
        at, end = borders[text], borders[text + 1]
        while at < end:
            if _is_blank(codes[at]):
                at += 1
                continue
            kind = _kind(codes, at, end)
            after = _word_end(codes, at, end, kind)
            starts[count], ends[count], kinds[count] = at, after, kind
            count += 1
            at = after
        first[text + 1] = count
    return starts[:count].copy(), ends[:count].copy(), kinds[:count].copy(), first


@compiled
def _mixed(value: np.uint64, mask: np.uint64) -> np.uint32:
    value ^= value >> _SHIFT
    value *= _MIX
    value ^= value >> _SHIFT
    return np.uint32(value & mask)


@compiled
def _whole(codes: Codes, start: int, end: int, kind: int) -> np.uint64:
    value = _WORD_BASIS ^ np.uint64(kind)
    if kind in (HANDLE, LINK):
        return value * _PRIME
    for at in range(start, end):
        value = (value ^ np.uint64(codes[at])) * _PRIME
    return value


@compiled
def _grams_of(
    codes: Codes, start: int, end: int, spec: tuple[int, int, int], out: Codes, count: int, mask: np.uint64
) -> int:
    _, shortest, longest = spec
    for at in range(start - 1, end + 1):
        value = _BASIS
        for length in range(1, longest + 1):
            place = at + length - 1
            if place > end:
                break
            code = _EDGE if place in (start - 1, end) else np.uint64(codes[place])
            value = (value ^ code) * _PRIME
            if length >= shortest:
                out[count] = _mixed(value, mask)
                count += 1
    return count


@compiled
def _features(
    codes: Codes, starts: Places, ends: Places, kinds: Kinds, spec: tuple[int, int, int]
) -> tuple[Codes, Places]:
    bits, shortest, longest = spec
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    room = len(starts)
    for word in range(len(starts)):
        room += (ends[word] - starts[word] + 2) * (longest - shortest + 1)
    out = np.empty(room, np.uint32)
    rows = np.zeros(len(starts) + 1, np.int64)
    count = 0
    for word in range(len(starts)):
        start, end, kind = starts[word], ends[word], kinds[word]
        opaque = kind in (HANDLE, LINK)
        if not opaque:
            count = _grams_of(codes, start, end, spec, out, count, mask)
        if opaque or end - start <= LONGEST_WORD:
            out[count] = _mixed(_whole(codes, start, end, kind), mask)
            count += 1
        rows[word + 1] = count
    return out[:count].copy(), rows
