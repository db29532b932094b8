"""Evidence: does a hit really name the defender, where exactly, and how sure is that?

Looks at the words around a hit, at capitals, at who else bears the name. Every doubt is kept in words; nothing here
knows handles, replies or threads (`detector.targets.matcher` adds them up).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from detector.domain import Span
from detector.targets.common_words import is_common
from detector.targets.fold_tables import END
from detector.targets.inflection import begins_with_particle, families_of, may_follow, nguni_prefixes, prefixes, stem
from detector.targets.names import PHRASE, WHOLE, Form, Lead, Sound, is_particle
from detector.targets.reading import Reading, Token
from detector.targets.scripts import ABJAD, CASED, PREFIXING, UNSPACED, Script, script_of, word_script
from detector.targets.titles import is_title, stands_by_title
from detector.targets.transliterate import ALIKE_BARE, has_consonants, likeness

COMMON_WORD = "the name is also an ordinary word"
FIRST_NAME = "only a first name"
FAMILY_NAME = "only a family name"
TRANSLITERATED = "the name is written in another script"
SHORT_NAME = "the name is very short"

# Confidence by what was found (0-1). Judgement, checked against the sample stream; the order is what matters.
FULL, INFLECTED, ACROSS_SCRIPTS, ALIAS, SURNAME, GIVEN, ORDINARY = 0.97, 0.94, 0.85, 0.88, 0.6, 0.5, 0.4
PLAIN = 0.8
"""A full name without its capitals."""
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


def name_hit(reading: Reading, lead: Lead, end: int) -> NameHit | None:
    """Judge a hit of a pattern that ends at a place of the stream."""
    form = lead.form
    if lead.word == PHRASE:
        return _phrase_hit(reading, form, end - len(lead.stem), end)
    word = form.words[lead.word]  # the last one for `WHOLE`: all are of one script
    if word_script(word) in UNSPACED:
        return _unspaced_hit(reading, form, end - len(lead.stem), end)
    begin = end - len(lead.stem)
    token = reading.word_at(begin)
    families = families_of([reading.lang]) if reading.lang else form.families
    rest = reading.folded.text[end : token.end]
    if lead.word == WHOLE:
        return _run_together_hit(reading, lead, token, begin, families)
    if not _borders_hold(reading, token, begin, word) or not (
        may_follow(word, lead.stem, rest, families, alone=len(form.words) == 1)
        or (_is_korean_name(form) and begins_with_particle(rest))
    ):
        return None
    is_exact = token.text == word
    if len(form.words) == 1:
        return _single_hit(reading, form, token, begin, is_exact=is_exact)
    return _joined_hit(reading, form, lead.word, token, families)


_UNMISTAKABLE = 10
"""Letters from which a name run together is a name wherever it stands, as in #saynotomariarossi."""


def _run_together_hit(
    reading: Reading, lead: Lead, token: Token, begin: int, families: frozenset[int]
) -> NameHit | None:
    """All words of a form run together, alone or within a hashtag."""
    whole, end = "".join(lead.form.words), begin + len(lead.stem)
    is_long = len(lead.stem) >= _UNMISTAKABLE
    if not (begin == token.start or is_long or reading.is_capital(begin)):
        return None
    if may_follow(whole, lead.stem, reading.folded.text[end : token.end], families):
        return NameHit(lead.form.defender, reading.span(begin, token.end), INFLECTED)
    goes_on = lead.stem == whole and (is_long or reading.is_capital(end))
    return NameHit(lead.form.defender, reading.span(begin, end), INFLECTED) if goes_on else None


def _is_korean_name(form: Form) -> bool:
    word = form.words[0]
    return form.is_name and len(form.words) == 1 and len(word) > 2 and word_script(word) is Script.HANGUL


def _borders_hold(reading: Reading, token: Token, begin: int, word: str) -> bool:
    prefix = token.text[: begin - token.start]
    if not prefix:
        return True
    script = word_script(word)
    if script in PREFIXING:
        return prefix in prefixes(script)
    if reading.is_all_lower:
        return prefix in nguni_prefixes()
    return reading.is_capital(begin) and not reading.is_capital(token.start)


def _unspaced_hit(reading: Reading, form: Form, start: int, end: int) -> NameHit | None:
    """Scripts without spaces have no borders to check: length and commonness must do."""
    span = reading.span(start, end)
    supported = stands_by_title(reading, Token(reading.folded.text[start:end], start, end))
    supported |= len(form.parts) == 1 and reading.is_masked(start, end)
    if form.is_common or end - start < 2:
        return NameHit(form.defender, span, ORDINARY if supported else WEAK, (COMMON_WORD,))
    if form.is_name:
        return NameHit(form.defender, span, FULL if end - start > 2 else ALIAS)
    if form.is_given or end - start < 3:
        doubt = FIRST_NAME if form.is_given else SHORT_NAME
        plain = ORDINARY if end - start >= _TELLING else WEAK
        return NameHit(form.defender, span, GIVEN if supported or not form.is_given else plain, (doubt,))
    return NameHit(form.defender, span, ALIAS)


def _phrase_hit(reading: Reading, form: Form, start: int, end: int) -> NameHit | None:
    """A name romanised here, word by word. Such words are short and stand in many languages: capitals are asked for."""
    if reading.folded.text[end] != " " or END in reading.folded.codes[start:end]:
        return None
    starts = [start, *(place + 1 for place in range(start, end) if reading.folded.text[place] == " ")]
    if not all(reading.is_capital(place) for place in starts) and end - start < _PHRASE:
        return None
    return NameHit(form.defender, reading.span(start, end), ACROSS_SCRIPTS, (TRANSLITERATED,))


_PHRASE = 9
"""Letters from which a romanised name is taken for one without its capitals."""


def _single_hit(reading: Reading, form: Form, token: Token, begin: int, *, is_exact: bool) -> NameHit | None:
    """A form of one word: how telling is it, and does it stand like a name?"""
    span, word = reading.span(begin, token.end), form.words[0]
    cased = script_of(word[0]) in CASED
    capital = not cased or reading.is_capital(begin)
    supported = reading.is_masked(begin, token.end) or stands_by_title(reading, token)
    is_plain = not capital and not reading.is_all_lower and not supported
    is_plain &= len(word) < _TELLING or not form.is_person or not is_exact
    is_plain |= not (capital or is_exact or supported) and len(word) < _TELLING
    if not form.is_common and not is_plain and _is_namesake(reading, form, token):
        return None
    if is_plain or form.is_common:
        stands_out = supported or (cased and capital and not reading.opens_sentence(token.start))
        is_name = stands_out and not _is_namesake(reading, form, token)
        return NameHit(form.defender, span, ORDINARY if is_name else WEAK, (COMMON_WORD,))
    if form.is_given:
        return NameHit(form.defender, span, GIVEN if supported or (cased and capital) else WEAK, (FIRST_NAME,))
    return NameHit(form.defender, span, *_single_weight(form, is_sure=is_exact and capital))


def _single_weight(form: Form, *, is_sure: bool) -> tuple[float, tuple[str, ...]]:
    """Confidence and doubts of a single word that stands like a name and is no first name."""
    hangul = word_script(form.words[0]) is Script.HANGUL
    if form.is_name and hangul:
        return (FULL if is_sure else INFLECTED), ()
    cased = word_script(form.words[0]) in CASED
    if len(form.words[0]) < (3 if hangul else 4):
        return GIVEN if is_sure and cased else WEAK, (SHORT_NAME,)
    return (ALIAS if is_sure else ALIAS - 0.05), ()


def _joined_hit(reading: Reading, form: Form, word: int, token: Token, families: frozenset[int]) -> NameHit | None:
    """A form of several words, found by one of them: the others must stand beside it."""
    found = _neighbours(reading, form, word, token, families)
    tokens = sorted((token, *found), key=lambda each: each.start)
    told = sum(not is_particle(each.text) or each.text not in form.words for each in tokens)  # "o." may be an initial
    whole = told >= min(2, sum(not is_particle(each) for each in form.words)) and bool(found)
    if whole and (len(tokens) == len(form.words) or (form.is_name and form.is_person)):
        return _whole_hit(reading, form, tokens)
    if not (form.is_name and form.is_person) or word == 0 or len(form.words[word]) < 4:
        return None
    return _surname_hit(reading, form, word, token)


def _whole_hit(reading: Reading, form: Form, tokens: list[Token]) -> NameHit:
    """Several words of a form side by side: a name, unless they read as ordinary words."""
    span = reading.span(tokens[0].start, tokens[-1].end)
    is_loose = any(a.end + 1 != b.start for a, b in pairwise(tokens))
    common = sum(is_common(word) for word in form.words)
    lower, full = _is_lower(reading, tokens), form.is_name and form.is_person and _has_ends(form, tokens)
    ordinary = common == len(form.words) or (is_loose and common) or not (full or form.is_call)
    if (lower and ordinary) or (
        reading.is_all_lower and ((is_loose and common) or not (form.is_person or _marks_names(reading, span)))
    ):
        return NameHit(form.defender, span, WEAK, (COMMON_WORD,))
    if lower:
        return NameHit(form.defender, span, PLAIN if full else GIVEN)
    exact = {each.text for each in tokens} <= set(form.words)
    return NameHit(form.defender, span, FULL if exact else INFLECTED)


def _marks_names(reading: Reading, span: Span) -> bool:
    """Whether an ending is parted by an apostrophe, as several languages do for names only; or no script with case."""
    name = reading.text[span.start : span.end]
    return any(mark in name for mark in "'’ʼ") or word_script(name.casefold()) not in CASED


def _has_ends(form: Form, tokens: Sequence[Token]) -> bool:
    """Whether the first and the last word of a longer name are among the words found."""
    heads = {each.text[:3] for each in tokens}
    return len(form.words) < 3 or {form.words[0][:3], form.words[-1][:3]} <= heads


def _is_lower(reading: Reading, tokens: Sequence[Token]) -> bool:
    """Whether a name begins without a capital, by a writer and in a script that have them."""
    first = min(tokens, key=lambda token: token.start)
    if script_of(first.text[0]) not in CASED or reading.is_all_lower:
        return False
    return not any(map(reading.is_capital, range(first.start, first.end)))  # in Zulu a prefix goes before the capital


def _surname_hit(reading: Reading, form: Form, word: int, token: Token) -> NameHit | None:
    span = reading.span(token.start, token.end)
    cased = script_of(token.text[0]) in CASED
    capital = reading.is_capital(token.start) or (cased and reading.is_all_lower and len(token.text) > _SHORT_WORD)
    if is_common(form.words[word]) or (cased and not capital and len(form.words[word]) <= _TELLING):
        return NameHit(form.defender, span, WEAK, (COMMON_WORD,))
    if cased and _has_other_first_name(reading, token):
        return None
    return NameHit(form.defender, span, SURNAME, (FAMILY_NAME,))


_SHORT_WORD = 4
"""Letters up to which a family name without its capital is taken for a word even if the writer uses none."""


def _neighbours(reading: Reading, form: Form, word: int, token: Token, families: frozenset[int]) -> list[Token]:
    """Words of the form that stand within two words of the one found, each used once. A comma counts as a word."""
    wanted = {number: each for number, each in enumerate(form.words) if number != word}
    found: list[Token] = []
    for step in (reading.before, reading.after):
        at, missed = token, 0
        while wanted and (nearer := step(at)) is not None:
            missed += reading.is_parted(at, nearer)
            if missed > 1:
                break
            at = nearer
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
    if text[0] != word[0] and not text.endswith(word):
        return False
    if text == word or (len(text) == 1 and text == word[0] and script_of(text) in CASED and len(word) > 1):
        return True
    script = word_script(word)
    if script in PREFIXING:
        for prefix in prefixes(script):
            if text == prefix + word:
                return True
    return any(text.startswith(s) and may_follow(word, s, text[len(s) :], families) for s in stem(word, families)) or (
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
    if before is None or script_of(before.text[0]) not in CASED or is_title(before.text):
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


LEAST_WITHOUT_VOWELS, LEAST_PLAIN = 6, 7
"""Consonants that two spellings share, where one has no vowels to compare; and where words have no capitals."""


def sounds_like(sound: Sound, words: Sequence[str]) -> bool:
    """Whether words of a text, in another script, sound like a form's heard parts in either order."""
    if len(words) != len(sound.heard):
        words = [word for word in words if not is_particle(word.casefold()) and has_consonants(word.casefold())]
    spoken = [word.casefold() for word in words]
    own = sound.script
    if len(spoken) != len(sound.heard) or any(word_script(word) is own for word in spoken):
        return False  # in the roster's script the folded stream has judged it
    cased = [word_script(word) in CASED for word in spoken]
    is_plain = any(has_case and not word[0].isupper() for word, has_case in zip(words, cased, strict=True))
    without_vowels = own in ABJAD or any(word_script(word) in ABJAD for word in spoken)
    if is_plain and sound.consonants < LEAST_PLAIN:
        return False
    if without_vowels and not (all(cased) and not is_plain) and sound.consonants < LEAST_WITHOUT_VOWELS:
        return False
    if any(word.startswith("ال") for word in spoken) or (len(spoken) == 1 and is_common(spoken[0])):
        return False  # a name from elsewhere takes no Arabic article
    least = max(sound.least, ALIKE_BARE) if without_vowels else sound.least
    return any(
        all(likeness(text, name) >= least for text, name in zip(spoken, order, strict=True))
        for order in (sound.heard, sound.heard[::-1])
    )


def alike_hit(sound: Sound, span: Span) -> NameHit:
    """What a name in another script tells: less than one as the roster has it; a family name alone tells least."""
    if len(sound.heard) > 1 or len(sound.form.parts) < 2:
        return NameHit(sound.form.defender, span, ACROSS_SCRIPTS, (TRANSLITERATED,))
    return NameHit(sound.form.defender, span, GIVEN, (TRANSLITERATED, FAMILY_NAME))
