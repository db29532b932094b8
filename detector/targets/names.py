"""The forms under which a defender's name may be found, and the patterns that lead to them.

A *form* is one name or alias as folded words. A *pattern* is a piece of folded text that makes a form worth a look: the
beginning of its telling word, or the whole name run together (as in a hashtag). Patterns find too much on purpose;
`detector.targets.evidence` decides. Handles are the matcher's business.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from detector.domain import Defender, DefenderKind
from detector.targets.common_words import is_common
from detector.targets.folding import fold_batch
from detector.targets.inflection import bantu_prefixes, families_of, stem
from detector.targets.scripts import PREFIXING, UNSPACED, Script, word_script
from detector.targets.transliterate import readings, skeleton_batch

WHOLE = -1
"""Word number of a pattern that covers the whole form."""

_PARTICLES = frozenset(
    "בן בת אל anak binti bt bte a l s o d ed eddine aldin addin الدين دين ud ul ur "
    "de del la las los le da do dos das di du van von der den bin bint ibn al el abu ben y e i i san santa mac mc".split()
)
_SHORT = 3
"""Letters below which a word of a name does not lead to it by itself."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a defender's name. `defender` is a place in the roster's list."""

    defender: int
    words: tuple[str, ...]
    families: frozenset[int]
    is_name: bool  # the full name, not an alias
    is_person: bool
    is_reading: bool  # a romanisation made here, not written in the roster
    is_given: bool  # a single word with which the person's full name begins
    is_common: bool  # a single word that is an ordinary word somewhere
    parts: tuple[str, ...]  # the words as they are parted in the roster, for scripts that fold them together


@dataclass(frozen=True, slots=True)
class Lead:
    """A pattern's meaning: which form, which of its words (or `WHOLE`), and the stem that was found."""

    form: Form
    word: int
    stem: str


def forms(defenders: Sequence[Defender]) -> Iterator[Form]:
    """All forms of all defenders. Folding goes in one batch, because a roster may be long."""
    written = [(number, text) for number, d in enumerate(defenders) for text in (d.name, *d.aliases)]
    words_of = _folded_words([text for _, text in written])
    parts_of = (_parts(text) for _, text in written)
    families = [families_of(defender.languages) for defender in defenders]
    names: dict[int, tuple[str, ...]] = {}
    for (number, _), words, parts in zip(written, words_of, parts_of, strict=True):
        if not words:
            continue
        is_name = number not in names
        names.setdefault(number, words)
        is_person = defenders[number].kind is DefenderKind.PERSON
        form = _form(number, words, parts, families[number], names[number], is_name=is_name, is_person=is_person)
        yield form
        for reading in readings(words) if is_person else ():
            yield replace(form, words=reading, parts=reading, is_reading=True, is_given=False, is_common=False)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.casefold().replace("-", " ").split())


def _folded_words(texts: list[str]) -> list[tuple[str, ...]]:
    if not texts:
        return []
    folded = fold_batch(texts)
    edges = [*folded.borders.tolist()]
    return [tuple(folded.text[a:b].split()) for a, b in zip(edges[:-1], edges[1:], strict=True)]


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
    begins = words[0] == name[0] if len(name) > 1 else words[0] != name[0] and name[0].startswith(words[0])
    return Form(
        defender=number,
        words=words,
        families=families,
        is_name=is_name,
        is_person=is_person,
        is_reading=False,
        is_given=single and is_person and begins,
        is_common=single and is_common(words[0]),
        parts=parts,
    )


def leads(form: Form) -> Iterator[tuple[str, Lead]]:
    """The patterns of a form on the folded stream, each with what it means."""
    for word in telling_words(form):
        script = word_script(form.words[word])
        border = "" if script in UNSPACED or script in PREFIXING else " "
        for each in stem(form.words[word]):
            yield border + each, Lead(form, word, each)
            if form.families & _BANTU and script is Script.LATIN:
                yield from ((f" {prefix}{each}", Lead(form, word, each)) for prefix in bantu_prefixes())
    if len(form.words) > 1:
        whole = "".join(form.words)
        for each in stem(whole):
            yield " " + each, Lead(form, WHOLE, each)


_BANTU = families_of(["zu"])


def telling_words(form: Form) -> tuple[int, ...]:
    """Numbers of the words that lead to a form: a person's family names, any other form's longest word."""
    words = form.words
    if len(words) == 1:
        return (0,)
    longest = max(range(len(words)), key=lambda number: len(words[number]))
    if not (form.is_name and form.is_person):
        return (longest,)
    later = tuple(n for n in range(1, len(words)) if len(words[n]) >= _SHORT and words[n] not in _PARTICLES)
    return later or (longest,)


# --- other scripts ----------------------------------------------------------------------------------------------------

_LEAST_CONSONANTS = 4


def skeleton_patterns(all_forms: Iterable[Form]) -> Iterator[tuple[str, Form]]:
    """Patterns on the skeleton stream: names of two words or more, in either order.

    Upper case stands for Latin text, lower case for any other: a name is looked for in the scripts it is not written in.
    """
    chosen = [form for form in all_forms if len(form.parts) > 1 and not form.is_reading]
    if not chosen:
        return
    stream = skeleton_batch([" ".join(heard_parts(form)) for form in chosen])
    lines = _cut(stream.text, stream.places.tolist(), stream.starts.tolist())
    for form, line in zip(chosen, lines, strict=True):
        parts = line.lower().split()
        least = _LEAST_CONSONANTS if len(parts) > 1 and form.is_name else _LEAST_CONSONANTS + 1
        if sum(map(len, parts)) < least:
            continue
        orders = (parts, parts[::-1]) if form.is_person and len(parts) > 1 else (parts,)
        spoken = [" ".join(order) for order in orders]
        if any(part.startswith("ال") for part in form.parts):
            spoken.append(" l ".join(parts))  # the article, written apart in Latin letters
        for text in spoken:
            yield f" {text}", form
            if word_script(form.words[0]) is not Script.LATIN:
                yield f" {text.upper()}", form


def heard_parts(form: Form) -> list[str]:
    """The parts of a form that are heard: without particles, and without the Arabic article."""
    parts = [part for part in form.parts if part not in _PARTICLES] or list(form.parts)
    return [part[2:] if part.startswith("ال") and len(part) > 4 else part for part in parts]


def is_particle(word: str) -> bool:
    """Whether a folded word is a particle of names ("de", "bin", "el")."""
    return word in _PARTICLES


def _cut(text: str, places: list[int], starts: list[int]) -> list[str]:
    """The stream's stretch for each text."""
    lines, at = [], 0
    for end in starts[1:]:
        begin = at
        while at < len(places) and places[at] < end - 1:
            at += 1
        lines.append(text[begin:at])
    return lines


@cache
def titles() -> frozenset[str]:
    """Words before a family name that say nothing about who is meant, folded."""
    text = (
        "dr dra doctor doctora mr mrs ms miss sir madam sr sra senor senora don dona licenciada licenciado lic ing prof "
        "profesor profesora professor frau herr madame monsieur maitre mme me mlle avvocato avvocata signora signor dott "
        "pan pani gospodin gospodja doamna domnul kyria kyrios bay bayan avukat av bapak bu ibu pak mama mzee mwalimu "
        "comrade companera companero sister brother hermana sor padre father sheikh shaykh ustad ustaz atty adv advocate "
        "barrister counsel lawyer journalist reporter activist abogada abogado advogada defensora periodista lider la el die der "
        "адвокат журналист журналистка господин госпожа пан пани адвокатка активистка активіст юрист гражданка г-жа"
    )
    return frozenset(text.split())
