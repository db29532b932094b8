"""Names that say little alone: what lifts them, and what must not be taken for a name. All people are invented."""

from datetime import UTC, datetime

import pytest

from detector.domain import Defender, DefenderId, DefenderKind, Mention, Post, PostId
from detector.targets.burmese import burmese_syllables
from detector.targets.folding import fold_words
from detector.targets.matcher import ThreadMemory, match
from detector.targets.roster import compile_roster
from detector.targets.transliterate import likeness, readings, spelled_out

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PERSON, ORGANISATION = DefenderKind.PERSON, DefenderKind.ORGANISATION


def found(
    text: str, name: str, *aliases: str, lang: str | None = None, kind: DefenderKind = PERSON, spoken: str = ""
) -> Mention | None:
    languages = (spoken or lang or "en",)
    defender = Defender(id=DefenderId("d"), kind=kind, name=name, aliases=aliases, languages=languages)
    post = Post(id=PostId("p"), platform="example", text=text, lang=lang)
    mentions = match(post, compile_roster([defender], now=NOW), ThreadMemory())
    return mentions[0] if mentions else None


def marked(text: str, mention: Mention | None) -> str | None:
    span = mention.span if mention else None
    return text[span.start : span.end] if span else None


@pytest.mark.parametrize(
    ("text", "name", "alias", "lang", "words"),
    [
        ("ทนายพิมพาว โกหก", "พิมพาว เรืองโรจน์กุล", "พิมพาว", "th", "พิมพาว"),
        ("yesterday advocate Tamsin spoke", "Tamsin Okwuraju", "Tamsin", "en", "Tamsin"),
        ("T4ms1n is a liar", "Tamsin Okwuraju", "Tamsin", "en", "T4ms1n"),
        ("t.a.m.s.i.n is a liar", "Tamsin Okwuraju", "Tamsin", "en", "t.a.m.s.i.n"),
        ("वकील निशिगंधा झूठी है", "निशिगंधा तलवलकर", "निशिगंधा", "hi", "निशिगंधा"),
    ],
)
def test_a_title_or_a_mask_lifts_a_first_name(text: str, name: str, alias: str, lang: str, words: str) -> None:
    mention = found(text, name, alias, lang=lang)
    assert marked(text, mention) == words
    assert mention is not None
    assert mention.confidence < 0.7
    assert mention.doubts


@pytest.mark.parametrize(
    ("text", "name", "alias", "lang"),
    [
        ("निशिगंधा आज बाज़ार गई", "निशिगंधा तलवलकर", "निशिगंधा", "hi"),
        ("the mandy tamsin grows wild here", "Tamsin Okwuraju", "Tamsin", "en"),
        ("我家门口的春苗长高了", "邬春苗", "春苗", "zh"),
    ],
)
def test_a_first_name_alone_is_nobody(text: str, name: str, alias: str, lang: str) -> None:
    assert found(text, name, alias, lang=lang) is None


@pytest.mark.parametrize(
    ("text", "name", "lang", "words"),
    [
        ("哪像Orsina Valdemarra，天天卖惨", "Orsina Valdemarra", "zh", "Orsina Valdemarra"),
        ("他们说Ou Chunmiao收钱", "區春苗", "zh", "Ou Chunmiao"),
        ("邬chun苗又来了", "邬春苗", "zh", "邬chun苗"),
        ("岑z樂z盈又來了", "岑樂盈", "zh", "岑z樂z盈"),
        ("Nyein Chan Maw lied again", "ငြိမ်းချမ်းမော်", "en", "Nyein Chan Maw"),
        ("вчера Валдемарра сказала", "Orsina Valdemarra", "ru", "Валдемарра"),
        ("도ㅎㅏ랑 기자 거짓말", "도하랑", "ko", "도ㅎㅏ랑"),
        ("도하랑한테전해라조심하라고", "도하랑", "ko", "도하랑한테전해라조심하라고"),
        ("डॉ.गौरी तलवलकर बोलीं", "गौरी तलवलकर", "hi", "गौरी तलवलकर"),
        ("بهار گل آرایان دروغ می‌گوید", "بهار گل‌آرایان", "fa", "بهار گل آرایان"),
    ],
)
def test_where_scripts_meet(text: str, name: str, lang: str, words: str) -> None:
    assert marked(text, found(text, name, lang=lang)) == words


@pytest.mark.parametrize(
    ("text", "name", "lang", "kind"),
    [
        ("we all want it today, thanks", "Wanty Gapoltydo", "en", PERSON),
        ("they should ban this", "سلدو بوعاوين", "en", PERSON),
        ("Thanks for all the things", "ธนเกษ ศรีดาวชัย", "en", PERSON),
        ("জঙ্গলে মাসিক সভা", "মাসু", "bn", ORGANISATION),
        ("जनता को अब कोविड की चिंता", "कोवा", "hi", ORGANISATION),
        ("annem mor hasırı balkona sermiş", "Mor Hasır", "tr", ORGANISATION),
        ("la luz de las torres", "Luz Torres", "es", PERSON),
    ],
)
def test_ordinary_words_are_nobody(text: str, name: str, lang: str, kind: DefenderKind) -> None:
    assert found(text, name, lang=lang, kind=kind, spoken="pl" if name.startswith("Wanty") else lang) is None


def test_a_language_that_is_known_decides_which_endings_count() -> None:
    assert found("widziałam Wandelską wczoraj", "Wandelska", lang="pl", kind=ORGANISATION) is not None
    assert found("we saw Wandelsk there", "Wandelska", lang="en", kind=ORGANISATION, spoken="pl") is None


def test_burmese_is_read_by_syllables() -> None:
    assert burmese_syllables("ငြိမ်းချမ်းသော်") == ["nyein", "chan", "thaw"]
    assert burmese_syllables("အောင်မင်း") == ["aung", "min"]
    assert burmese_syllables("Aung") == []


def test_readings_and_signs_spelled_out() -> None:
    assert ("wu", "chunmiao") in readings(("邬春苗",))
    assert readings(("hope",)) == ()
    assert "邬 chun 苗" in spelled_out("邬春苗")
    assert list(spelled_out("平安")) == []


def test_likeness_hears_across_scripts() -> None:
    assert likeness("valdemarra", "валдемарра") > 0.95
    assert likeness("palwasha", "پلوشه") > 0.85
    assert likeness("banto", "وانتظر") < 0.85


def test_digits_in_a_row_are_letters_in_words_and_numbers_elsewhere() -> None:
    assert fold_words("d41t3n") == ["daiten"]
    assert fold_words("in 2013 m") == ["in", "2013", "m"]
