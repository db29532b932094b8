"""Evidence: does a hit really name the defender, where exactly, and how sure is that?

Looks at the words around a hit, at capitals, at who else bears the name. Every doubt is kept in words; nothing here
knows handles, replies or threads (`detector.targets.matcher` adds them up).
"""

import re
from dataclasses import dataclass

from detector.domain import Span
from detector.targets.common_words import is_common
from detector.targets.folding import END, Folded
from detector.targets.inflection import families_of, may_follow, prefixes, stem
from detector.targets.names import WHOLE, Form, Lead, Sound, is_particle, titles
from detector.targets.scripts import CASED, PREFIXING, UNSPACED, Script, script_of, word_script
from detector.targets.transliterate import likeness

COMMON_WORD = "the name is also an ordinary word"
FIRST_NAME = "only a first name"
FAMILY_NAME = "only a family name"
TRANSLITERATED = "the name is written in another script"
SHORT_NAME = "the name is very short"

# Confidence by what was found (0-1). Judgement, checked against the sample stream; the order is what matters.
FULL, INFLECTED, ACROSS_SCRIPTS, ALIAS, SURNAME, GIVEN, GIVEN_UNCASED, ORDINARY = (
    0.97,
    0.94,
    0.85,
    0.88,
    0.6,
    0.5,
    0.4,
    0.4,
)
WEAK = 0.2
"""A name that counts only where something else points to the defender, too."""
_TELLING = 6
"""Letters from which a name without its capital is still taken for a name."""


@dataclass(frozen=True, slots=True)
class NameHit:
    """A defender's name found in a text: where, how surely, with which doubts."""

    defender: int
    span: Span
    confidence: float
    doubts: tuple[str, ...] = ()


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

    def word_at(self, place: int) -> Token:
        """The word around a place of the stream that is no border."""
        stream = self.folded.text
        end = stream.find(" ", place)
        start = stream.rfind(" ", 0, place) + 1
        return Token(stream[start:end], start, end)

    def before(self, token: Token) -> Token | None:
        """The word before, in the same text."""
        if token.start < 2 or self.folded.codes[token.start - 1] == END:
            return None
        return self.word_at(token.start - 2)

    def after(self, token: Token) -> Token | None:
        """The word after, in the same text."""
        if self.folded.codes[token.end] == END or token.end + 1 >= len(self.folded.text):
            return None
        return self.word_at(token.end + 1)

    def span(self, start: int, end: int) -> Span:
        """Stream places to code points of the text, marks after the last letter included."""
        first = int(self.folded.places[start]) - self.offset
        last = int(self.folded.places[end - 1]) - self.offset + 1
        while last < len(self.text) and _continues(self.text[last]):
            last += 1
        return Span(start=first, end=last)

    def is_capital(self, place: int) -> bool:
        """Whether the letter at a place of the stream is written as a capital."""
        return self.text[int(self.folded.places[place]) - self.offset].isupper()

    def opens_sentence(self, place: int) -> bool:
        """Whether nothing but signs stands between here and the start of a sentence."""
        before = self.text[: int(self.folded.places[place]) - self.offset].rstrip(" \t\"'“”„«»‘’([—–-¿¡@#")
        return not before or not (before[-1].isalnum() or before[-1] in ",;&%")

    @property
    def is_all_lower(self) -> bool:
        """Whether the writer uses no capitals."""
        return self.text == self.text.lower()


def _continues(character: str) -> bool:
    return not character.isspace() and not character.isalnum() and _MARK.match(character) is not None


_MARK = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u093c\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd\u1037\u1039\u103a\u17c6-\u17d3]"
)


def name_hit(reading: Reading, lead: Lead, end: int) -> NameHit | None:
    """Judge a hit of a pattern that ends at a place of the stream."""
    form = lead.form
    word = "".join(form.words) if lead.word == WHOLE else form.words[lead.word]
    if word_script(word) in UNSPACED:
        return _unspaced_hit(reading, form, end - len(lead.stem), end)
    begin = end - len(lead.stem)
    token = reading.word_at(begin)
    families = form.families | families_of([reading.lang])
    if not _borders_hold(reading, token, begin, word) or not may_follow(
        word, lead.stem, reading.folded.text[end : token.end], families
    ):
        return None
    is_exact = token.text == word
    if lead.word == WHOLE:
        return NameHit(form.defender, reading.span(token.start, token.end), INFLECTED)
    if len(form.words) == 1:
        return _single_hit(reading, form, token, begin, is_exact=is_exact)
    return _joined_hit(reading, form, lead.word, token, families)


def _borders_hold(reading: Reading, token: Token, begin: int, word: str) -> bool:
    prefix = token.text[: begin - token.start]
    if not prefix:
        return True
    script = word_script(word)
    if script in PREFIXING:
        return prefix in prefixes(script)
    return reading.is_capital(begin) and not reading.is_capital(token.start)


def _unspaced_hit(reading: Reading, form: Form, start: int, end: int) -> NameHit | None:
    """Scripts without spaces have no borders to check: length and commonness must do."""
    span = reading.span(start, end)
    if form.is_common or end - start < 2:
        return NameHit(form.defender, span, WEAK, (COMMON_WORD,))
    if form.is_name:
        return NameHit(form.defender, span, FULL if end - start > 2 else ALIAS)
    if form.is_given or end - start < 3:
        return NameHit(form.defender, span, GIVEN_UNCASED, (FIRST_NAME if form.is_given else SHORT_NAME,))
    return NameHit(form.defender, span, ALIAS)


def _single_hit(reading: Reading, form: Form, token: Token, begin: int, *, is_exact: bool) -> NameHit | None:
    """A form of one word: how telling is it, and does it stand like a name?"""
    span, word = reading.span(begin, token.end), form.words[0]
    cased = script_of(word[0]) in CASED
    capital = not cased or reading.is_capital(begin)
    is_plain = not capital and not reading.is_all_lower and len(word) < _TELLING
    if not form.is_common and not is_plain and _is_namesake(reading, form, token):
        return None
    if is_plain or form.is_common:
        stands_out = cased and capital and not reading.opens_sentence(token.start)
        is_name = stands_out and not _is_namesake(reading, form, token)
        return NameHit(form.defender, span, ORDINARY if is_name else WEAK, (COMMON_WORD,))
    return NameHit(form.defender, span, *_single_weight(form, cased=cased, is_sure=is_exact and capital))


def _single_weight(form: Form, *, cased: bool, is_sure: bool) -> tuple[float, tuple[str, ...]]:
    """Confidence and doubts of a single word that stands like a name."""
    hangul = word_script(form.words[0]) is Script.HANGUL
    if form.is_given:
        return GIVEN if cased else GIVEN_UNCASED, (FIRST_NAME,)
    if form.is_name and hangul:
        return (FULL if is_sure else INFLECTED), ()
    if len(form.words[0]) < (3 if hangul else 4):
        return GIVEN if is_sure else WEAK, (SHORT_NAME,)
    return (ALIAS if is_sure else ALIAS - 0.05), ()


def _joined_hit(reading: Reading, form: Form, word: int, token: Token, families: frozenset[int]) -> NameHit | None:
    """A form of several words, found by one of them: the others must stand beside it."""
    found = _neighbours(reading, form, word, token, families)
    start, end = min([token, *found], key=lambda t: t.start).start, max([token, *found], key=lambda t: t.end).end
    whole = len(found) + 1 >= (2 if form.is_name and form.is_person else len(form.words))
    if whole and not form.is_person and _is_lower(reading, (token, *found)):
        return NameHit(form.defender, reading.span(start, end), WEAK, (COMMON_WORD,))
    if whole:
        exact = {t.text for t in (*found, token)} <= set(form.words)
        confidence = (FULL if exact else INFLECTED) if not form.is_reading else ACROSS_SCRIPTS
        doubts = (TRANSLITERATED,) if form.is_reading else ()
        return NameHit(form.defender, reading.span(start, end), confidence, doubts)
    if not (form.is_name and form.is_person) or form.is_reading or word == 0 or len(form.words[word]) < 4:
        return None
    return _surname_hit(reading, form, word, token)


def _is_lower(reading: Reading, tokens: tuple[Token, ...]) -> bool:
    """Whether a name begins without a capital, by a writer and in a script that have them."""
    first = min(tokens, key=lambda token: token.start)
    return script_of(first.text[0]) in CASED and not reading.is_all_lower and not reading.is_capital(first.start)


def _surname_hit(reading: Reading, form: Form, word: int, token: Token) -> NameHit | None:
    span = reading.span(token.start, token.end)
    cased = script_of(token.text[0]) in CASED
    capital = reading.is_capital(token.start) or (cased and reading.is_all_lower)
    if is_common(form.words[word]) or (cased and not capital and len(form.words[word]) <= _TELLING):
        return NameHit(form.defender, span, WEAK, (COMMON_WORD,))
    if cased and _has_other_first_name(reading, token):
        return None
    return NameHit(form.defender, span, SURNAME, (FAMILY_NAME,))


def _neighbours(reading: Reading, form: Form, word: int, token: Token, families: frozenset[int]) -> list[Token]:
    """Words of the form that stand within two words of the one found, each used once."""
    wanted = {number: each for number, each in enumerate(form.words) if number != word}
    found: list[Token] = []
    for step in (reading.before, reading.after):
        at: Token | None = token
        missed = 0
        while at is not None and missed < 2 and wanted:
            at = step(at)
            if at is None:
                break
            number = next((n for n, each in wanted.items() if _is_form_of(reading, at, each, families)), None)
            if number is None:
                missed += 1
            else:
                found.append(at)
                del wanted[number]
                missed = 0
    return found


def _is_form_of(reading: Reading, token: Token, word: str, families: frozenset[int]) -> bool:
    text = token.text
    if text == word or (len(text) == 1 and text == word[0] and script_of(text) in CASED and len(word) > 1):
        return True
    script = word_script(word)
    if script in PREFIXING:
        for prefix in prefixes(script):
            if text == prefix + word:
                return True
    return any(text.startswith(s) and may_follow(word, s, text[len(s) :], families) for s in stem(word)) or (
        reading.is_capital(token.end - len(word)) if len(text) > len(word) and text.endswith(word) else False
    )


def _is_namesake(reading: Reading, form: Form, token: Token) -> bool:
    """Whether another family name follows at once: "Hope Miller" is not Hope Adeyemi."""
    following = reading.after(token)
    if following is None or script_of(following.text[0]) not in CASED:
        return False
    if reading.lang and reading.lang.startswith("de") and not form.is_given:
        return False
    gap = reading.text[reading.span(token.start, token.end).end : reading.span(following.start, following.end).start]
    return gap == " " and reading.is_capital(following.start) and not _is_shouting(reading, following)


def _has_other_first_name(reading: Reading, token: Token) -> bool:
    """Whether another first name stands before a family name: "Peter Halbrock" is not Zeynep Halbrock."""
    before = reading.before(token)
    if before is None or script_of(before.text[0]) not in CASED or before.text in titles():
        return False
    if reading.opens_sentence(before.start) or (reading.lang or "").startswith("de"):
        return False
    gap = reading.text[reading.span(before.start, before.end).end : reading.span(token.start, token.end).start]
    return gap == " " and reading.is_capital(before.start) and not _is_shouting(reading, before)


def _is_shouting(reading: Reading, token: Token) -> bool:
    """Words in capitals throughout are emphasis, not names."""
    span = reading.span(token.start, token.end)
    word = reading.text[span.start : span.end]
    return len(word) > 1 and word == word.upper()


def alike_hit(sound: Sound, words: list[str], span: Span) -> NameHit | None:
    """Judge a skeleton hit: the words of the text against the heard parts of a form, in either order."""
    spoken = [word for word in words if not is_particle(word)]
    if len(spoken) != len(sound.heard) or any(word.startswith("ال") for word in spoken):
        return None  # a name from elsewhere takes no Arabic article
    for order in (sound.heard, sound.heard[::-1]):
        if all(likeness(text, name) >= sound.least for text, name in zip(spoken, order, strict=True)):
            return NameHit(sound.form.defender, span, ACROSS_SCRIPTS, (TRANSLITERATED,))
    return None
