"""The defender corpus keeps its promises: size, balance, twins, no shortcuts, the right script."""

import re
from collections import Counter
from functools import cache

import pytest

from detector.text.language import detect_language
from training.corpus import PLACEHOLDER, CorpusPost, read_corpus

LARGE = ("en", "es", "pt", "fr", "ar", "ru", "hi", "id", "tr")
SCRIPTS = {
    **dict.fromkeys(("am", "ti"), "ሀ-፿"),
    **dict.fromkeys(("ar", "fa", "ur", "ps"), "؀-ۿ"),
    **dict.fromkeys(("hi", "mr", "ne"), "ऀ-ॿ"),
    **dict.fromkeys(("ru", "uk", "be", "bg", "kk"), "Ѐ-ӿ"),
    **dict.fromkeys(("zh-Hans", "zh-Hant"), "一-鿿"),
    "he": "֐-׿",
    "hy": "԰-֏",
    "ka": "Ⴀ-ჿ",
    "bn": "ঀ-৿",
    "ta": "஀-௿",
    "te": "ఀ-౿",
    "si": "඀-෿",
    "my": "က-႟",
    "km": "ក-៿",
    "th": "฀-๿",
    "lo": "຀-໿",
    "ko": "가-힣",
    "ja": "ぁ-ヿ一-鿿",
    "el": "Ͱ-Ͽ",
}
TELLABLE = "ar bn de el en es fa fr he hi hu hy it ja ka ko nl pl ro ru si ta te th tr uk vi".split()


@cache
def corpus() -> list[CorpusPost]:
    return read_corpus()


def by_language() -> dict[str, list[CorpusPost]]:
    found: dict[str, list[CorpusPost]] = {}
    for post in corpus():
        found.setdefault(post.lang, []).append(post)
    return found


def test_languages_and_sizes() -> None:
    counts = {lang: len(posts) for lang, posts in by_language().items()}
    assert len(counts) >= 45
    assert min(counts.values()) >= FEWEST, counts
    assert all(counts[lang] >= FEWEST_LARGE for lang in LARGE)


FEWEST, FEWEST_LARGE = 700, 1100


def test_every_language_has_every_label_and_both_sides() -> None:
    for lang, posts in by_language().items():
        attacks = [post for post in posts if post.attack]
        assert 0.4 < len(attacks) / len(posts) < 0.6, lang
        assert {label for post in attacks for label in post.labels["T"]} == set(post_labels()), lang


def post_labels() -> list[str]:
    from detector.domain import Label

    return list(Label)


def test_half_of_it_are_twins_of_one_surface_and_opposite_label() -> None:
    from training.shortcuts import differences

    posts = {post.id: post for post in corpus()}
    twins = [post for post in posts.values() if post.twin]
    assert len(twins) >= len(posts) / 2
    assert all(posts[post.twin or ""].twin == post.id for post in twins)
    assert all(posts[post.twin or ""].attack != post.attack for post in twins)
    unlike = [post.id for post in twins if len(differences(post, posts[post.twin or ""])) > 1]
    assert len(unlike) <= 0.02 * len(twins), unlike[:10]


def test_parts_do_not_share_a_writer_in_a_language_nor_a_twin() -> None:
    posts = {post.id: post for post in corpus()}
    assert all(posts[post.twin].part == post.part for post in posts.values() if post.twin)
    wrote = {(post.lang, post.writer, post.part) for post in posts.values()}
    assert len({(lang, writer) for lang, writer, _ in wrote}) == len(wrote)
    kinds = {part: {post.kind for post in posts.values() if post.part == part} for part in ("train", "dev", "test")}
    assert kinds["test"] == kinds["train"]
    assert kinds["dev"] == kinds["train"] - {"doctored", "endorse", "correction", "sourced"}


def test_no_text_comes_twice() -> None:
    folded = Counter(re.sub(r"\W+", "", PLACEHOLDER.sub("", post.text)).casefold() for post in corpus())
    twice = sum(count - 1 for text, count in folded.items() if len(text) > 12)
    assert twice <= 0.001 * len(corpus())


def test_the_surface_tells_nothing() -> None:
    from training.shortcuts import surface_auc

    auc, _ = surface_auc(corpus())
    assert auc < 0.60


def test_a_bag_of_words_does_not_tell_twins_apart() -> None:
    from training.shortcuts import words_auc

    aucs = words_auc(corpus())
    assert len(aucs) >= 45
    assert sum(aucs.values()) / len(aucs) < 0.68


@pytest.mark.parametrize("lang", sorted(SCRIPTS))
def test_the_script_is_the_languages_own(lang: str) -> None:
    own = re.compile(f"[{SCRIPTS[lang]}]")
    posts = by_language()[lang]
    letters = [c for post in posts for c in PLACEHOLDER.sub("", post.text) if c.isalpha()]
    share = sum(bool(own.match(c)) for c in letters) / len(letters)
    assert share > 0.8


@pytest.mark.parametrize("lang", TELLABLE)
def test_the_language_is_the_one_it_says(lang: str) -> None:
    texts = [PLACEHOLDER.sub("", post.text) for post in by_language()[lang] if post.kind != "obfuscated"]
    longest = sorted(texts, key=len)[-80:]
    told = Counter(detect_language(text) for text in longest)
    assert told[lang] > 0.75 * len(longest), told.most_common(3)


def test_no_person_or_account_stands_in_the_texts() -> None:
    handle = re.compile(r"(?<![\w@])@\w")
    found = [
        post.id for post in corpus() if handle.search(PLACEHOLDER.sub("", post.text)) and post.kind != "obfuscated"
    ]
    assert not found
