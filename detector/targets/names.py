"""The forms under which a defender's name may be found, and the patterns that lead to them.

A *form* is one name or alias as folded words. A *pattern* is a piece of folded text that makes a form worth a look: the
beginning of its telling word, or the whole name run together (as in a hashtag). Patterns find too much on purpose;
`detector.targets.evidence` decides. Handles are the matcher's business.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from detector.domain import Defender, DefenderKind
from detector.targets.burmese import burmese_syllables
from detector.targets.common_words import is_common
from detector.targets.folding import fold_batch
from detector.targets.inflection import HUNGARIAN, NGUNI, VIETNAMESE, families_of, stem
from detector.targets.scripts import PREFIXING, UNSPACED, Script, word_script
from detector.targets.transliterate import (
    ALIKE,
    ALIKE_ALONE,
    ALIKE_SHORT,
    VOWELS_APART,
    readings,
    skeletons,
    spelled_out,
)

WHOLE, PHRASE = -1, -2
"""Word numbers of patterns that cover the whole form: run together, or word by word."""

_PARTICLES = frozenset(
    (
        "בן בת אל anak binti bt bte a l s o d ed eddine aldin addin الدين دين ud ul ur de del la las los "
        "le da do dos das di du van von der den bin bint ibn al el abu ben y e i san santa mac mc "
    ).split()
)
_SHORT = 3
"""Letters below which a word of a name does not lead to it by itself."""


class Form(NamedTuple):
    """One way to write a defender's name. `defender` is a place in the roster's list.

    A tuple, like what follows: half a million are made for a long roster, and frozen dataclasses take twice as long.
    """

    defender: int
    words: tuple[str, ...]
    families: frozenset[int]
    is_name: bool  # the full name, not an alias
    is_person: bool
    is_reading: bool  # a romanisation made here, not written in the roster
    is_given: bool  # a single word with which the person's full name begins
    is_call: bool  # what people call the person, with a word that is not in the name: "Ka Gaya", "mbak Embun"
    is_common: bool  # a single word that is an ordinary word somewhere
    parts: tuple[str, ...]  # the words as they are parted in the roster, for scripts that fold them together


class Lead(NamedTuple):
    """A pattern's meaning: which form, which of its words (or `WHOLE`, `PHRASE`), and the stem that was found."""

    form: Form
    word: int
    stem: str


def forms(defenders: Sequence[Defender]) -> Iterator[Form]:
    """All forms of all defenders. Folding goes in one batch, because a roster may be long."""
    written = [(number, *one) for number, d in enumerate(defenders) for one in _written(d)]
    words_of = _folded_words([text for _, text, _ in written])
    families = [families_of(defender.languages) for defender in defenders]
    names: dict[int, tuple[str, ...]] = {}
    for (number, text, is_name), words in zip(written, words_of, strict=True):
        if not words:
            continue
        name = names.setdefault(number, words)
        is_person = defenders[number].kind is DefenderKind.PERSON
        form = _form(number, words, _parts(text), families[number], name, is_name=is_name, is_person=is_person)
        yield form
        for reading in readings(words) if is_person and word_script(words[0]) in READ_OUT else ():
            yield form._replace(words=reading, parts=reading, is_reading=True, is_given=False, is_common=False)


def _written(defender: Defender) -> Iterator[tuple[str, bool]]:
    """The name (marked) first, then whatever else the roster lets one expect in a text."""
    name = defender.name
    yield from ((spelled, True) for spelled in _spellings(name))
    for alias in defender.aliases:
        yield from ((spelled, False) for spelled in _spellings(alias))
    if _JOINER in name:
        yield name.replace(_JOINER, " "), False  # typed with a space as often as not
    if " " in name and defender.kind is DefenderKind.PERSON and word_script(name) in _CALLED_BY_PART:
        yield from ((part, False) for part in name.split() if len(part) > _SHORT and part not in defender.aliases)


def _spellings(name: str) -> tuple[str, ...]:
    """A name as written, and as it is typed without a keyboard for it: Kjaer, Mueller."""
    if name.isascii() or _TYPED_OTHERWISE.search(name) is None:
        return (name,)
    return tuple(dict.fromkeys((name, name.translate(_LIGATURES), name.translate(_DIGRAPHS))))


_TYPED_OTHERWISE = re.compile("[æœäöüøåþ]", re.IGNORECASE)
_LIGATURES = str.maketrans({"æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"})
_DIGRAPHS = _LIGATURES | str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
    | {"ø": "oe", "å": "aa", "þ": "th", "Ø": "Oe", "Å": "Aa", "Þ": "Th"}
)
_JOINER = "\u200c"
_CALLED_BY_PART = UNSPACED - {Script.HAN, Script.KANA}
"""Scripts whose languages know people by one part of their name, and where it is found inside a run of letters."""


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.casefold().replace("-", " ").split())


def _folded_words(texts: list[str]) -> list[tuple[str, ...]]:
    if not texts:
        return []
    folded = fold_batch(texts)
    edges = [*folded.borders.tolist()]
    return [tuple(folded.text[a:b].split()) for a, b in pairwise(edges)]


def _form(
    number: int,
    words: tuple[str, ...],
    parts: tuple[str, ...],
    families: frozenset[int],
    name: tuple[str, ...],
    *,
    is_name: bool,
    is_person: bool,
) -> Form:
    single = len(words) == 1
    is_given = single and not is_name and is_person and _is_first_name(words[0], name, families)
    is_call = is_person and not single and not is_name and not set(words) <= set(name)
    common = single and is_common(words[0])
    return Form(number, words, families, is_name, is_person, False, is_given, is_call, common, parts)  # noqa: FBT003


_FAMILY_FIRST_LANGUAGES = frozenset({HUNGARIAN, VIETNAMESE})
_FAMILY_FIRST = frozenset({Script.HAN, Script.KANA, Script.HANGUL, Script.KHMER})


def _is_first_name(word: str, name: tuple[str, ...], families: frozenset[int]) -> bool:
    """Whether a word is the part of a person's name that many bear: the first, or the last where families go first."""
    family_first = word_script(word) in _FAMILY_FIRST or not families.isdisjoint(_FAMILY_FIRST_LANGUAGES)
    if len(name) > 1:
        return word == (name[-1] if family_first else name[0])
    return word != name[0] and (name[0].endswith(word) if family_first else name[0].startswith(word))


def leads(form: Form) -> list[tuple[str, Lead]]:
    """The patterns of a form on the folded stream, each with what it means."""
    words = form.words
    if form.is_reading:
        phrase = " ".join(words)
        return [(f" {phrase}", Lead(form, PHRASE, phrase))]
    found: list[tuple[str, Lead]] = []
    for word in telling_words(form):
        found += _word_leads(form, word)
    if form.is_name and form.is_person and word_script(words[0]) is Script.HAN:
        found += [(each, Lead(form, 0, each)) for each in spelled_out(words[0])]
    if len(words) > 1:
        whole = "".join(words)
        border = "" if len(whole) >= _LONG else " "
        found += [(border + each, Lead(form, WHOLE, each)) for each in stem(whole, form.families)]
    return found


def _word_leads(form: Form, number: int) -> list[tuple[str, Lead]]:
    word = form.words[number]
    script = word_script(word)
    is_short = len(word) < _TELLING
    if len(form.words) > 1 and number > 0 and script is Script.LATIN and is_short:
        # a short word is in every other text: the one before it, or the first name after it, is asked for at once
        before = f" {form.words[number - 1]} {word}", Lead(form, number, word)
        return [before, (f" {word} {form.words[0]}", Lead(form, 0, form.words[0]))]
    border = "" if script in UNSPACED or script in PREFIXING else " "
    if script is Script.LATIN and not is_short and NGUNI in form.families:
        border = ""  # prefixes go on without end (okaMkhwebe, likaMkhwebe); a capital shows where the name begins
    return [(border + each, Lead(form, number, each)) for each in stem(word, form.families)]


_TELLING = 4
"""Letters from which a word leads to a name of several words by itself."""
_LONG = 8
"""Letters from which a name run together is looked for within words, too (#ForzaMariaRossi)."""


def telling_words(form: Form) -> tuple[int, ...]:
    """Numbers of the words that lead to a form: a person's family names, any other form's longest word."""
    words = form.words
    if len(words) == 1:
        return (0,)
    if form.is_name and form.is_person:
        later = tuple(n for n in range(1, len(words)) if len(words[n]) >= _SHORT and words[n] not in _PARTICLES)
        if later:
            return later
    return (max(range(len(words)), key=lambda number: len(words[number])),)


# --- other scripts ----------------------------------------------------------------------------------------------------

_LEAST, _LEAST_ALONE = 3, 5  # consonants of names of several words, and of a single word
_FEW = 5
"""Consonants up to which many words resemble a name."""


class Sound(NamedTuple):
    """A form as it is heard: the parts that leave consonants, and how alike (0-1) a text's words must be to them."""

    form: Form
    heard: tuple[str, ...]
    least: float
    consonants: int
    script: Script


def skeleton_patterns(all_forms: Iterable[Form]) -> Iterator[tuple[str, Sound]]:
    """Patterns on the skeleton stream: whole names in either order, and family names alone.

    Upper case stands for Latin text, lower case for any other: a name is looked for in scripts it is not written in.
    """
    spoken = [(form, parts) for form in all_forms if _is_heard(form) for parts in _spoken(form)]
    if not spoken:
        return
    consonants = skeletons([part for _, parts in spoken for part in parts])
    at = 0
    for form, parts in spoken:
        bones = consonants[at : at + len(parts)]
        at += len(parts)
        heard = tuple(part for part, bone in zip(parts, bones, strict=True) if bone)
        yield from _sounds(form, heard, [bone for bone in bones if bone])


def _is_heard(form: Form) -> bool:
    """Whether a form is worth looking for in other scripts: names are, and aliases that are more than initials."""
    return not form.is_reading and (form.is_name or min(map(len, form.parts), default=0) > 2)


def _spoken(form: Form) -> Iterator[tuple[str, ...]]:
    """The ways to part a form into words that are heard: with and without particles, by syllables, its last alone."""
    parts, script = heard_parts(form), word_script(form.words[0])
    if script in READ_OUT:
        return  # see `readings`
    if script is Script.MYANMAR:
        syllables = tuple(syllable for part in form.parts for syllable in burmese_syllables(part))
        if len(syllables) > 1:
            yield syllables
            yield ("".join(syllables),)
        return
    if len(form.parts) > 1:
        yield tuple(parts)
    if not form.is_person:
        return
    if len(parts) != len(form.parts):
        yield form.parts
    if any(part.startswith("ال") for part in form.parts):
        yield tuple(part.removeprefix("ا") if part.startswith("ال") else part for part in form.parts)
    if form.is_name and len(parts) > 1 and script not in VOWELS_APART:
        yield (parts[-1],)


READ_OUT = frozenset({Script.HAN, Script.KANA, Script.HANGUL})


def _sounds(form: Form, heard: tuple[str, ...], bones: list[str]) -> Iterator[tuple[str, Sound]]:
    total = sum(map(len, bones))
    alone = len(bones) < 2
    if total < (_LEAST_ALONE if alone else _LEAST if form.is_name else _FEW):
        return
    least = ALIKE_ALONE if alone or total <= _LEAST else ALIKE_SHORT if total <= _FEW else ALIKE
    sound = Sound(form, heard, least, total, word_script(form.words[0]))
    spoken = [" ".join(bones)]
    if form.is_person and not alone:
        spoken.append(" ".join(reversed(bones)))
    if any(part.startswith("ال") for part in form.parts):
        spoken.append(" l ".join(bones))  # the article, written apart in Latin letters
    close = " " if total <= _FEW else ""  # short ones take no consonant in an ending
    for text in spoken:
        if total > _LEAST:  # three consonants are believed where capitals mark a name
            yield f" {text}{close}", sound
        if word_script(form.words[0]) is not Script.LATIN:
            yield f" {text.upper()}{close}", sound


def heard_parts(form: Form) -> list[str]:
    """The parts of a form that are heard: without particles, and without the Arabic article."""
    parts = [part for part in form.parts if part not in _PARTICLES] or list(form.parts)
    return [part[2:] if part.startswith("ال") and len(part) > 4 else part for part in parts]


def is_particle(word: str) -> bool:
    """Whether a folded word is a particle of names ("de", "bin", "el")."""
    return word in _PARTICLES
