"""How stems are written and found, and what every cue file must hold."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.assess.cues import CUES, Category, Lexicon, lexicon
from detector.errors import PolicyError

FILES = sorted(CUES.glob("*.toml"))
UNSPACED_OR_SYLLABIC = ("zh", "zh-Hant", "ja", "ko", "th", "lo", "km", "my", "am", "ti")


@pytest.fixture
def lexicon_of(tmp_path: Path) -> Callable[..., Lexicon]:
    def make(*stems: str, lang: str = "es", head: str = "") -> Lexicon:
        listed = ", ".join(f"'''{stem}'''" for stem in stems)
        (tmp_path / f"{lang}.toml").write_text(f"{head}\nsmear = [{listed}]\n", encoding="utf-8")
        return Lexicon(tmp_path)

    return make


def found(lexicon: Lexicon, text: str, lang: str = "es") -> list[str]:
    return [text[cue.span.start : cue.span.end] for cue in lexicon.find(text, (lang,))]


def test_a_stem_starts_a_word_and_may_go_on(lexicon_of: Callable[..., Lexicon]) -> None:
    assert found(lexicon_of("vendid"), "Vendida! revendido") == ["Vendid"]


def test_a_dash_lets_a_stem_stand_inside_a_word(lexicon_of: Callable[..., Lexicon]) -> None:
    assert found(lexicon_of("-vendid"), "revendido") == ["vendid"]


def test_a_hash_ends_the_word(lexicon_of: Callable[..., Lexicon]) -> None:
    assert found(lexicon_of("rata#"), "ratas, rata") == ["rata"]


def test_a_gap_stays_in_the_sentence_and_is_short(lexicon_of: Callable[..., Lexicon]) -> None:
    lexicon = lexicon_of("cobra…embajada")
    assert found(lexicon, "cobra de la embajada") == ["cobra de la embajada"]
    assert found(lexicon, "cobra poco. La embajada") == []
    assert found(lexicon, "cobra " + "mucho y muy bien " * 3 + "embajada") == []


def test_a_gap_also_works_without_spaces(lexicon_of: Callable[..., Lexicon]) -> None:
    assert found(lexicon_of("打着…旗号", lang="zh"), "打着公益的旗号", "zh") == ["打着公益的旗号"]


def test_unspaced_scripts_are_searched_anywhere(lexicon_of: Callable[..., Lexicon]) -> None:
    assert found(lexicon_of("汉奸", lang="zh"), "他就是汉奸", "zh") == ["汉奸"]


def test_accents_and_apostrophes_may_be_left_out(lexicon_of: Callable[..., Lexicon]) -> None:
    assert found(lexicon_of("traición", "o'g'ri"), "traicion TRAICIÓN oʻgʻri o’g’ri") == [
        "traicion",
        "TRAICIÓN",
        "oʻgʻri",
        "o’g’ri",
    ]


def test_where_marks_matter_they_are_asked(lexicon_of: Callable[..., Lexicon]) -> None:
    lexicon = lexicon_of("bắn#", lang="vi", head="marks_matter = true")
    assert found(lexicon, "bắn, bạn, bán", "vi") == ["bắn"]


@pytest.mark.parametrize("text", ["عميلة", "العميلة", "والعميلة"])
def test_an_article_may_be_written_onto_an_arabic_stem(lexicon_of: Callable[..., Lexicon], text: str) -> None:
    assert found(lexicon_of("عميلة", lang="ar"), text, "ar") == ["عميلة"]


def test_a_prefix_may_be_written_onto_a_hebrew_stem(lexicon_of: Callable[..., Lexicon]) -> None:
    assert found(lexicon_of("בוגד", lang="he"), "הבוגדת", "he") == ["בוגד"]


def test_a_language_without_a_file_asks_its_script() -> None:
    assert any(cue.category is Category.SMEAR for cue in lexicon().find("предатель", (None,)))


def test_short_english_words_count_in_english_only() -> None:
    def seen(lang: str) -> set[Category]:
        return {cue.category for cue in lexicon().find("liar", (lang,))}

    assert seen("en") == {Category.INSULT}
    assert seen("fi") == set()


def test_signs_count_in_every_language() -> None:
    assert [cue.category for cue in lexicon().find("மா 😜", ("ta",))] == [Category.JOKE]


def test_an_unknown_category_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "xx.toml").write_text('gossip = ["abc"]', encoding="utf-8")
    with pytest.raises(PolicyError, match="gossip"):
        Lexicon(tmp_path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_cue_file_is_rich_enough_and_has_no_tiny_stems(path: Path) -> None:
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    groups = {name: stems for name, stems in raw.items() if name in set(Category)}
    if path.stem == "und":
        assert groups
        return
    assert len(groups) >= 10
    least = 2 if path.stem in UNSPACED_OR_SYLLABIC else 3
    # A whole word may be one letter shorter; pronouns are as short as they are.
    tiny = [
        stem
        for name, stems in groups.items()
        if name != Category.SECOND_PERSON
        for stem in stems
        if len(stem.strip("-#").replace("…", "")) < least - stem.endswith("#")
    ]
    assert not tiny


def test_every_shipped_file_is_compiled() -> None:
    assert lexicon().languages == {path.stem for path in FILES}
    assert len(FILES) >= 65
