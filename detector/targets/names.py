"""The forms under which a defender's name may be found, and the patterns that lead to them.

A *form* is one name or alias as folded words. A *pattern* is a piece of folded text that makes a form worth a look: the
beginning of its telling word, or the whole name run together (as in a hashtag). Patterns find too much on purpose;
`detector.targets.evidence` decides. Handles are the matcher's business.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from detector.domain import Defender, DefenderKind
from detector.targets.common_words import is_common
from detector.targets.folding import fold_batch
from detector.targets.inflection import bantu_prefixes, families_of, stem
from detector.targets.scripts import PREFIXING, UNSPACED, Script, word_script
from detector.targets.transliterate import ALIKE, ALIKE_SHORT, readings, skeletons

WHOLE = -1
"""Word number of a pattern that covers the whole form."""

_PARTICLES = frozenset(
    (
        "בן בת אל anak binti bt bte a l s o d ed eddine aldin addin الدين دين ud ul ur de del la las los "
        "le da do dos das di du van von der den bin bint ibn al el abu ben y e i san santa mac mc "
    ).split()
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


@dataclass(frozen=True, slots=True)
class Sound:
    """A form as it is heard: the parts that leave consonants, and how alike (0-1) a text's words must be to them."""

    form: Form
    heard: tuple[str, ...]
    least: float


def skeleton_patterns(all_forms: Iterable[Form]) -> Iterator[tuple[str, Sound]]:
    """Patterns on the skeleton stream: names of two words or more, in either order.

    Upper case stands for Latin text, lower case for any other: a name is looked for in scripts it is not written in.
    """
    chosen = [form for form in all_forms if len(form.parts) > 1 and not form.is_reading]
    if not chosen:
        return
    spoken = [heard_parts(form) for form in chosen]
    consonants = skeletons([part for parts in spoken for part in parts])
    at = 0
    for form, parts in zip(chosen, spoken, strict=True):
        bones = consonants[at : at + len(parts)]
        at += len(parts)
        heard = tuple(part for part, bone in zip(parts, bones, strict=True) if bone)
        yield from _sounds(form, heard, [bone for bone in bones if bone])


def _sounds(form: Form, heard: tuple[str, ...], bones: list[str]) -> Iterator[tuple[str, Sound]]:
    total = sum(map(len, bones))
    if total < (_LEAST_CONSONANTS if len(bones) > 1 and form.is_name else _LEAST_CONSONANTS + 1):
        return
    sound = Sound(form, heard, ALIKE if total > _LEAST_CONSONANTS + 1 else ALIKE_SHORT)
    spoken = [" ".join(bones)]
    if form.is_person and len(bones) > 1:
        spoken.append(" ".join(reversed(bones)))
    if any(part.startswith("ال") for part in form.parts):
        spoken.append(" l ".join(bones))  # the article, written apart in Latin letters
    for text in spoken:
        yield f" {text}", sound
        if word_script(form.words[0]) is not Script.LATIN:
            yield f" {text.upper()}", sound


def heard_parts(form: Form) -> list[str]:
    """The parts of a form that are heard: without particles, and without the Arabic article."""
    parts = [part for part in form.parts if part not in _PARTICLES] or list(form.parts)
    return [part[2:] if part.startswith("ال") and len(part) > 4 else part for part in parts]


def is_particle(word: str) -> bool:
    """Whether a folded word is a particle of names ("de", "bin", "el")."""
    return word in _PARTICLES


@cache
def titles() -> frozenset[str]:
    """Words before a family name that say nothing about who is meant, folded."""
    text = (
        "dr dra doctor doctora mr mrs ms miss sir madam sr sra senor senora don dona licenciada licenciado "
        "lic ing prof profesor profesora professor frau herr madame monsieur maitre mme me mlle avvocato "
        "avvocata signora signor dott pan pani gospodin gospodja doamna domnul kyria kyrios bay bayan avukat "
        "av bapak bu ibu pak mama mzee mwalimu comrade companera companero sister brother hermana sor padre "
        "father sheikh shaykh ustad ustaz atty adv advocate barrister counsel lawyer journalist reporter "
        "activist abogada abogado advogada defensora periodista lider la el die der адвокат журналист "
        "журналистка господин госпожа пан пани адвокатка активистка активіст юрист гражданка г-жа"
    )
    return frozenset(text.split())
