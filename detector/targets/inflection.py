"""Inflection: what may be glued before and after a name, and what a name loses when it is.

Works on folded words (`detector.targets.folding`). Not a grammar: endings are pooled by family of languages, and only
those of the families at hand are allowed, so that "Vera" may become "Веру" but not "верить".
"""

import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

from detector.targets.folding import fold_batch, fold_each
from detector.targets.scripts import INDIC, UNSPACED, Script, word_script

SLAVIC, BALTIC, TURKIC, HUNGARIAN, FINNIC, BASQUE, GERMANIC, ROMANIAN = range(8)
BANTU, NGUNI, ALBANIAN, MALAY, VIETNAMESE, OROMO, SOMALI = range(8, 15)

_FAMILIES: dict[str, int] = {
    **dict.fromkeys(["pl", "cs", "sk", "sl", "hr", "sr", "bs", "ru", "uk", "be", "bg", "mk"], SLAVIC),
    **dict.fromkeys(["lt", "lv"], BALTIC),
    **dict.fromkeys(["tr", "az", "uz", "kk", "ky", "tk", "tt", "ug", "crh"], TURKIC),
    "hu": HUNGARIAN,
    **dict.fromkeys(["fi", "et"], FINNIC),
    "eu": BASQUE,
    **dict.fromkeys(["en", "de", "nl", "sv", "da", "no", "nb", "nn", "is"], GERMANIC),
    "ro": ROMANIAN,
    **dict.fromkeys(["sw", "rw", "rn", "lg", "sn", "st", "ny"], BANTU),
    **dict.fromkeys(["zu", "xh", "ss", "nd", "nr"], NGUNI),
    "sq": ALBANIAN,
    "vi": VIETNAMESE,
    "om": OROMO,
    "so": SOMALI,
    **dict.fromkeys(["id", "ms", "jv", "su"], MALAY),
}

# Written as they are spelled; folding takes marks and double letters away, here as in the texts.
_LATIN: dict[int, str] = {
    SLAVIC: (
        "a u o y i e ę ą em om ów ou owi ami ach ie iej iego iemu ej ego emu ym im imi ich ych ymi ovi ova ove "
        "ovu ovou ové ového oj ojo ama ima in ina inu ino owa owej ową iem iom ia iu iami ce ck"
    ),
    BALTIC: "o ui ą e u oje ai iai iui ių io į ę ės ei amis ams us aus es is ies ij am as ė a iu",
    TURKIC: (
        "ın in un ün nın nin nun nün ı i u ü yı yi yu yü a e ya ye da de ta te dan den tan ten la le yla yle "
        "ndan nden lar ler ları leri sı si su sü nda nde ğa qa ga ka ni ning dagi niki lık dır dir gi mi mı "
        "mu nı lara lere"
    ),
    HUNGARIAN: (
        "nak nek t at et ot öt ért hoz hez höz ba be ban ben ból ből ra re ról ről tól től val vel al el kal "
        "kel ral rel sal sel nál nél ig ként ék é on en ön n né tal tel jal lal lel"
    ),
    FINNIC: (
        "n a ä en in on än ena ella elle elta esta essa een eksi "
        "sta stä ssa ssä lle lla llä lta ltä na nä ksi ia ja sen aan een iin oon lt le l s st ga"
    ),
    BASQUE: "k ri ren rekin rentzat rengan gan z tik ra n ak ek ari aren arekin arentzat ko rik i en ta rena",
    GERMANIC: "s es ns en n ens",
    ROMANIAN: "ului ei iei lui i ul a ii elor ilor le",
    BANTU: "ni",
    NGUNI: "ni",
    MALAY: "nya lah kah pun ku mu",
    VIETNAMESE: "",
    OROMO: "f n ni tti tti rraa tiif dhaaf aan tu en in iin",
    SOMALI: "na ka ga ta da ba se ow ey aan ku u",
    ALBANIAN: "t it in un i u s a n e es en",
}
_EVERYWHERE_LATIN = "s"
_CYRILLIC = (
    "а у е и і ї є ы ою ой ом ем ею ей ям ями ам ами ах я ю ь ові еві єм ого ому ым им ыми ими их ых ій ої єю ів ев "
    "ов ова ову овой овы ове ина ину иной ка ку ке ки кою то та те ға ге қа на не да де нда нде дан ден тан "
    "тен нан нен ның нің дың дің тың тің ды ді ты ті ны ні мен пен бен лар лер дар дер тар тер ім сы сі о ё иню єві"
)
_NORTHERN, _SHORTEST = frozenset("іїє"), 4  # too many short words of Ukrainian, Belarusian and Kazakh end so
_TURKIC_PLURALS = "лар лер дар дер тар тер"
_TURKIC_CASES = " ы і ға ге қа ке да де дан ден ның нің ды ді ың ің ыңды іңді ын ін ына іне ыңа іңе ымыз іміз мен"
_ABJAD = "ي ين ة ه ا ان ات ها هاي اي ك نا و رو را ت يت ش یش يه ام اش م یم شان مان تان ې و ים ות ית י"
_GREEK = "α ας ου ο ος ης η ες ων ους ε ι α ο ω"
_GEORGIAN = "მა მ ის ს ით ად ო ისა ისთვის ისგან ზე ში თან ს თვის გან მდე ი ა ც მაც საც ავ ისთვისაც"
_ARMENIAN = "ի ին ը ն ից ով ում երի եր ներ ներին ներից ներով ինը ս դ ու ուն յի յին"
_HANGUL = (
    "이 가 은 는 을 를 의 에 에게 에서 께 께서 와 과 랑 이랑 도 만 로 으로 한테 한테서 보고 "
    "아 야 씨 씨가 씨는 씨를 씨의 씨도 씨에게 님 님이 님은 님을 님의 이는 이가 이를 이의 이도 "
    "이야 부터 까지 처럼 보다 이라 라 라고 이라고 이다 다 란 이란 변호사 기자 활동가 대표 위원장 "
    "선생 선생님 들 네 이나 나 조차 마저 밖에"
)
# What is glued onto a single word in scripts whose endings are too many to list for names of several words.
_ALONE = {
    Script.DEVANAGARI: (
        "जी ला ने चा ची चे च्या शी त वर हून साठी ना नी ंना ंनी ंच्या ंचा ंची ंचे लाई ले को का की के मा से सँग बाट हरू ज्यू "
        "ही च सारख्या बद्दल विरुद्ध माथि"
    ),
    Script.BENGALI: "র এর ের কে রে তে য় ে টা টি রা দের ও ই কেই রও গো ৰ ক লৈ ত",
    Script.GURMUKHI: "ੇ ਾ ਓ ਜੀ ਨੇ ਨੂੰ ਦੇ ਦਾ ਦੀ",
    Script.GUJARATI: "ને નો ની ના નું થી માં એ ભાઈ બેન બહેન જી",
    Script.ORIYA: "ର କୁ ଙ୍କ ଙ୍କୁ ଙ୍କର ରେ ରୁ",
    Script.TAMIL: "ை க்கு கு ுக்கு வுக்கு ின் வின் ால் வால் ுடன் வுடன் ோடு வோடு ில் வில் ும் வும் வை வ வே ே ோட வோட தான் ல ுல",
    Script.TELUGU: "ని ను కి కు తో లో గారు గారి గారిని గారికి ల వి దే పై మీద క్కా న్న",
    Script.KANNADA: "ನು ನ್ನು ಗೆ ಕ್ಕೆ ದ ನ ಯ ವ ಇಂದ ಅವರ ಅವರು",
    Script.MALAYALAM: "യെ യുടെ യ്ക്ക് ക്ക് യോട് യും യ നെ ന്റെ ന് നോട് ും ിന്റെ ിന് ിനെ ിനോട് ോ േ യേ ിനെതിരെ ച്ചേച്ചി",
    Script.SINHALA: "ට ගේ ව ගෙන් ත් යි ද ම ලා වත් ගෙ",
    Script.ETHIOPIC: "ን ም ስ ና ንም ንና ው ዬ",
}
_INDIC_MOST, _INDIC_MOST_LONG = 6, 10  # folded letters that postpositions glued on a short or a long word may have
_LONG = 6
_TELLING = 4  # letters from which a beginning still tells a name
# Families that take a name's last letters off.
_CUTTING = frozenset({SLAVIC, BALTIC, FINNIC, BASQUE, ROMANIAN, ALBANIAN})
_UNLISTED_MOST = 4  # in scripts whose endings are not listed

_CLITICS: dict[Script, str] = {
    Script.ARABIC: "و ف ب ل ك ال وال بال لل فال كال ول وب ف ه ها د ل ع ش يا م عل عال هال",
    Script.HEBREW: "ו ה ב ל מ ש כ וה ול וב ומ וש שה שב של מה כש לכ",
    Script.ETHIOPIC: "የ ለ በ ከ እነ ስለ እንደ ወደ የእነ ከነ ን ብ ን ም ናይ ንም",
}
"""What is written onto the front of a name in scripts that do so."""

_NGUNI_PREFIXES = ["u", "ku", "no", "ngo", "ka", "kwa", "wa", "na", "lo", "ba", "za", "nga", "kuno"]


@lru_cache(maxsize=65_536)
def stem(word: str, families: frozenset[int] = frozenset()) -> tuple[str, ...]:
    """The beginnings of a folded word that every inflected form shares; the word itself where nothing changes.

    Short words keep all their letters: what is left must still tell one name from others.
    """
    script = word_script(word)
    if script is Script.CYRILLIC:
        return _cut(word, "аяоеиыйьуюєії", ("ец", "ок", "ек", "ак", "ев", "ень", "ець", "ко"))
    if script is Script.LATIN:
        return _latin_stem(word, families)
    if script is Script.GREEK:
        return _cut(word, "αηοωιυε", (), ("ασ", "ησ", "οσ", "εσ", "ισ", "ουσ"))
    if script is Script.GEORGIAN:
        return _cut(word, "იაე", ())
    if script in INDIC:
        return _cut_sign(word)
    return (word,)


def _latin_stem(word: str, families: frozenset[int]) -> tuple[str, ...]:
    if len(word) < _LONG and not families & _CUTTING:
        return (word,)
    endings = ("as", "is", "us", "ys", "es")
    stems = _cut(word, "aeoy", ("ek", "ec", "ac", "iec", "ak", "nen"), endings)
    is_latvian = BALTIC in families and word[-1] == "s" and len(word) >= _LONG and not word.endswith(endings)
    return (*stems, word[:-1]) if is_latvian else stems  # Ilgvars, Ilgvaru


def _cut_sign(word: str) -> tuple[str, ...]:
    """Indic stems: a last vowel sign, or Tamil's last m, gives way to an ending."""
    if len(word) > 3 and (unicodedata.category(word[-1])[0] == "M" or word[-1] in "மം"):
        return (word, word[:-1])
    return (word,)


def _cut(word: str, vowels: str, fleeting: tuple[str, ...], endings: tuple[str, ...] = ()) -> tuple[str, ...]:
    stems = [word]
    if word.endswith(endings) and len(word) > 5:
        stems.append(word[:-2])
    elif word[-1] in vowels and len(word) > 3:
        stems.append(word[:-1])
    for ending in fleeting:
        if word.endswith(ending) and len(word) > 4:
            # a fleeting vowel: Wrzosek, Wrzoska; Верховинець, Верховинця; Virtanen, Virtasen
            stems.append(word[:-3] + "s" if ending == "nen" else word[: -len(ending)] + ending[-1].replace("ь", ""))
            if ending in ("ень", "ець"):
                stems[-1] = word[: -len(ending)] + ending[1]
    return tuple(dict.fromkeys(each for each in stems if len(each) > 2)) or (word,)


def may_follow(word: str, stem_: str, rest: str, families: frozenset[int], *, alone: bool = False) -> bool:
    """Whether `stem_` + `rest` can be a form of `word`; stricter where no other word of the name stands by."""
    if stem_ + rest == word:
        return True
    if (alone and stem_ != word and len(stem_) < _TELLING) or (rest in _NORTHERN and len(stem_) < _SHORTEST):
        return False
    script = word_script(word)
    if not rest:
        # A stem without any ending (genitive plural, vocative): only where enough of the word is left to tell it.
        return len(stem_) > 3 and (script is not Script.LATIN or bool(families & _CUTTING))
    listed = _latin(families) if script is Script.LATIN else _listed(script)
    if listed is not None:
        return rest in listed or (len(word) > 3 and stem_[-1] + rest in listed)  # -nnya is folded to -nya
    return rest in _alone(script) if alone and script in _ALONE else _is_short(rest, word, script)


def _is_short(rest: str, word: str, script: Script) -> bool:
    """Whether what is glued on is no longer than endings are, in scripts where they are not listed."""
    most = (_INDIC_MOST if len(word) < _LONG else _INDIC_MOST_LONG) if script in INDIC else _UNLISTED_MOST
    return script in UNSPACED or (len(rest) <= most and len(word) > 2 + (script not in INDIC))


def families_of(languages: Iterable[str | None]) -> frozenset[int]:
    """The families of some languages (BCP 47 codes); unknown ones add nothing."""
    return frozenset(_FAMILIES[code] for lang in languages if lang and (code := lang.split("-")[0]) in _FAMILIES)


def prefixes(script: Script) -> frozenset[str]:
    """What may stand glued before a name in a script."""
    return _prefixes().get(script, frozenset())


def nguni_prefixes() -> tuple[str, ...]:
    """Prefixes of Zulu and its kin, glued before a name, whose capital then stands inside the word."""
    return tuple(_NGUNI_PREFIXES)


@cache
def _prefixes() -> dict[Script, frozenset[str]]:
    return {script: fold_each(text.split()) for script, text in _CLITICS.items()}


@cache
def _latin(families: frozenset[int]) -> frozenset[str]:
    texts = [_EVERYWHERE_LATIN, *(_LATIN[family] for family in families)]
    return _folded(" ".join(texts))


@cache
def _listed(script: Script) -> frozenset[str] | None:
    texts = {
        Script.CYRILLIC: f"{_CYRILLIC} {_cyrillic_plurals()}",
        Script.GREEK: _GREEK,
        Script.GEORGIAN: _GEORGIAN,
        Script.ARMENIAN: _ARMENIAN,
        Script.HANGUL: _HANGUL,
        Script.ARABIC: _ABJAD,
        Script.HEBREW: _ABJAD,
    }
    return _folded(texts[script]) if script in texts else None


@cache
def _alone(script: Script) -> frozenset[str]:
    return frozenset("".join(fold_batch([f"\u25cc{ending}"]).text.split()) for ending in _ALONE[script].split())


def _cyrillic_plurals() -> str:
    return " ".join(plural + case for plural in _TURKIC_PLURALS.split() for case in _TURKIC_CASES.split(" "))


def begins_with_particle(rest: str) -> bool:
    """Whether what follows a Korean name begins with a particle: spaces are often left out in posts."""
    listed = _listed(Script.HANGUL) or frozenset()
    return any(rest[:length] in listed for length in (1, 2, 3))


def _folded(text: str) -> frozenset[str]:
    return fold_each(text.split())
