"""Normalising by example: one row a trick."""

import pytest

from detector.normalize import is_masked, normalize

TRICKS = {
    "case": ("TRAITOR", "traitor"),
    "full width": ("Ｔｒａｉｔｏｒ", "traitor"),
    "mathematical letters": ("𝓣𝓻𝓪𝓲𝓽𝓸𝓻", "traitor"),
    "small capitals": ("ᴛʀᴀɪᴛᴏʀ", "traitor"),
    "boxed letters": ("🆃🆁🅰🅸🆃🅾🆁", "traitor"),
    "ligature": ("ﬁnance", "finance"),
    "zero width": ("tra\u200bi\u200dtor", "traitor"),
    "soft hyphen": ("trai\u00adtor", "traitor"),
    "bidi controls": ("tra\u202eitor\u202c", "traitor"),
    "tag characters": ("tra\U000e0061itor", "traitor"),
    "variation selector": ("traitor\ufe0f", "traitor"),
    "strike-through": ("t\u0336r\u0336a\u0336itor", "traitor"),
    "stacked marks": ("tra\u0301\u0302\u0303\u0304itor", "trá\u0302itor"),
    "Cyrillic in Latin": ("trаitоr", "traitor"),
    "Latin in Cyrillic": ("прeдaтeль", "предатель"),
    "Greek in Latin": ("trαitοr", "traitor"),
    "a whole word of look-alikes in a Latin text": ("what a рауаса", "what a payaca"),
    "leet": ("tr4it0r", "traitor"),
    "leet at the edges": ("$tupid put@", "stupid puta"),
    "spaced": ("you t r a i t o r you", "you traitor you"),
    "dotted": ("t.r.a.i.t.o.r", "traitor"),
    "dashed": ("t-r-a-i-t-o-r", "traitor"),
    "starred": ("tra*tor", "trator"),
    "stretched": ("traaaaaitor", "traaitor"),
    "emoji inside": ("trai💧tor", "traitor"),
    "Arabic vowel marks and stretching": ("خَـــائِن", "خائن"),
    "Hebrew points": ("בּוֹגֵד", "בוגד"),
    "spaced Bengali": ("দা লা ল টা", "দালালটা"),
    "two tricks at once": ("T r 4 \u200bi t 0 r", "traitor"),
    "Turkish capital": ("İHANET", "ihanet"),
    "white space": ("a\n\n b\u00a0\tc", "a b c"),
}


@pytest.mark.parametrize(("masked", "plain"), TRICKS.values(), ids=TRICKS.keys())
def test_trick(masked: str, plain: str) -> None:
    assert normalize(masked).text == plain


LEFT_ALONE = [
    "call 112 at 5pm, room b2, mp3, covid19, the 4th of 10km, g20, h2o",
    "costs $500 or 20€, paid!",
    "@m4ri5ol_99 wrote to a.b@mail.example, see https://x.example/a.b.c/d?e=5",
    "j. r. r. t. lives at 5 b street",
    "i am a b c student",
    "won 3 - 1, version 1.2.3, on 1.2.3.4, 1 2 3 4 5",
    "привет, как дела? рад тебя видеть",
    "हिन्दी में लिखा हुआ वाक्य",
    "ভাষা আন্দোলন",
    "ข่าววันนี้ฝนตกหนัก",
    "今日は天気がいいです",
    "ẹ̀kọ́ ni iṣẹ́",
    "ı kapalı kapı",
]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert normalize(text).text == text


def test_ordinary_text_takes_the_short_way() -> None:
    assert not is_masked("an ordinary post of natural length, with a @handle and a number like 42")
    assert not is_masked("обычный пост, без всякого обмана и с числом 42")


def test_spans_point_into_the_original() -> None:
    text = "Eres una T-R-4-1-D-0-R-A, Marisol"
    result = normalize(text)
    at = result.text.index("traidora")
    span = result.original(at, at + len("traidora"))
    assert text[span.start : span.end] == "T-R-4-1-D-0-R-A"
