"""Reading a folded text: its words, its capitals, its sentences, and the way back to the original.

Facts about how something is written; what they say about a name is `evidence`'s business.
"""

import re
from dataclasses import dataclass

from detector.domain import Span
from detector.targets.fold_tables import END, HARD
from detector.targets.folding import Folded


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the folded stream, `start` to `end`."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Reading:
    """One text of a folded batch, and the way back to its original.

    `text` is what was folded; `offset` where it begins among the joined texts; `lang` the post's language, if known.
    """

    folded: Folded
    text: str
    offset: int
    lang: str | None
    _is_all_lower: bool | None = None

    def word_at(self, place: int) -> Token:
        """The word around a place of the stream that is no border."""
        stream = self.folded.text
        end = stream.find(" ", place)
        start = stream.rfind(" ", 0, place) + 1
        return Token(stream[start:end], start, end)

    def before(self, token: Token) -> Token | None:
        """The word before, in the same text."""
        if token.start < 2 or self.folded.codes[token.start - 1] == END or self.folded.text[token.start - 2] == " ":
            return None
        word = self.word_at(token.start - 2)
        return word if word.text else None  # the text begins with a stop

    def after(self, token: Token) -> Token | None:
        """The word after, in the same text."""
        stream = self.folded.text
        if token.end + 1 >= len(stream) or self.folded.codes[token.end] == END or stream[token.end + 1] == " ":
            return None
        word = self.word_at(token.end + 1)
        return word if word.text else None  # the text ends with a stop

    def is_parted(self, one: Token, other: Token) -> bool:
        """Whether a comma or another stop stands between neighbours."""
        return bool(self.folded.codes[min(one.end, other.end)] == HARD)

    def span(self, start: int, end: int) -> Span:
        """Stream places to code points of the text, marks and repetitions of the last letter included."""
        first = int(self.folded.places[start]) - self.offset
        last = int(self.folded.places[end - 1]) - self.offset + 1
        letter = self.text[last - 1].casefold()
        while last < len(self.text) and (_continues(self.text[last]) or self.text[last].casefold() == letter):
            last += 1
        return Span(start=first, end=last)

    def is_capital(self, place: int) -> bool:
        """Whether the letter at a place of the stream is written as a capital."""
        letter = self.text[int(self.folded.places[place]) - self.offset]
        return letter.isupper() or not letter.isalpha()  # a digit in a letter's place has no case

    def is_masked(self, start: int, end: int) -> bool:
        """Whether a word is written so that machines should miss it: digits for letters, signs and spaces strewn in."""
        span = self.span(start, end)
        return _MASKING.search(self.text, span.start, span.end) is not None

    def opens_sentence(self, place: int) -> bool:
        """Whether nothing but signs stands between here and the start of a sentence."""
        before = self.text[: int(self.folded.places[place]) - self.offset].rstrip(" \t\"'“”„«»‘’([—–-¿¡@#")
        return not before or not (before[-1].isalnum() or before[-1] in ",;&%")

    @property
    def is_all_lower(self) -> bool:
        """Whether the writer uses no capitals. Asked for every name in a text, found out once."""
        if self._is_all_lower is None:
            self._is_all_lower = self.text == self.text.lower()
        return self._is_all_lower


def _continues(character: str) -> bool:
    return not character.isspace() and not character.isalnum() and _MARK.match(character) is not None


_MARK = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u093c\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd\u1037\u1039\u103a\u17c6-\u17d3]"
)
_MASKING = re.compile(r"[0-9@$€.*·•_ \u200b\u2060-\u2064\U0001f000-\U0001faff]")
