"""Laws of matching: it never fails, marks only what is there, and does not care how posts are batched."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from detector.domain import Defender, DefenderId, DefenderKind, Handle, Mention, Post, PostId, PostRef
from detector.targets.matcher import ThreadMemory, match, match_batch
from detector.targets.roster import compile_roster

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = [
    ("Orsina Valdemarra", "es", ("Orsi",)),
    ("Злата Пустовит", "ru", ("Надежда",)),
    ("رنيم الخوالدة", "ar", ()),
    ("गौरी तलवलकर", "hi", ("गौरी",)),
    ("裴静姝", "zh", ("静姝",)),
    ("표수련", "ko", ()),
    ("วรัญญา เพชรสมบัติ", "th", ("วรัญญา",)),
    ("Thandeka Mkhwebe", "zu", ()),
    ("Casa Marea", "es", ("Marea",)),
]
DEFENDERS = [
    Defender(
        id=DefenderId(f"d{number}"),
        kind=DefenderKind.PERSON if number < 8 else DefenderKind.ORGANISATION,
        name=name,
        aliases=aliases,
        handles=(Handle(platform="*", handle=f"handle{number}"),),
        languages=(lang,),
    )
    for number, (name, lang, aliases) in enumerate(NAMES)
]
ROSTER = compile_roster(DEFENDERS, now=NOW)

anything = st.text(st.characters(), max_size=60)  # surrogates and unassigned code points among them
pieces = st.sampled_from(
    [word for name, _, aliases in NAMES for word in (name, *name.split(), *aliases)]
    + ["@handle3", "#OrsinaValdemarra", " ", ". ", "\n", "\u200b", "✨", "и", "se", "ال", "4"]
)
mixtures = st.lists(st.one_of(pieces, anything), max_size=8).map("".join)
langs = st.sampled_from([None, "es", "ru", "ar", "zu", "de", "xx", ""])


@st.composite
def posts(draw: st.DrawFn) -> Post:
    number = draw(st.integers(0, 10_000))
    text = draw(mixtures)
    mentions = tuple(draw(st.lists(st.sampled_from(["handle1", "@handle2", "nobody", "", "@"]), max_size=2)))
    return Post(id=PostId(str(number)), platform="example", text=text, lang=draw(langs), mentions=mentions)


def found(text: str, roster_of: list[Defender] | None = None) -> tuple[Mention, ...]:
    roster = ROSTER if roster_of is None else compile_roster(roster_of, now=NOW)
    return match(Post(id=PostId("p"), platform="example", text=text), roster, ThreadMemory())


@settings(max_examples=300, deadline=None)
@given(posts())
def test_matching_never_fails_and_marks_only_what_is_there(post: Post) -> None:
    for mention in match(post, ROSTER, ThreadMemory()):
        assert 0 < mention.confidence <= 1
        assert all(0 <= span.start < span.end <= len(post.text) for span in mention.spans)
        assert len(set(mention.spans)) == len(mention.spans)


@settings(max_examples=100, deadline=None)
@given(st.lists(posts(), max_size=6, unique_by=lambda post: post.id))
def test_a_batch_is_matched_as_its_posts_are_one_by_one(batch: list[Post]) -> None:
    alone = [(post, match(post, ROSTER, ThreadMemory())) for post in batch]
    assert match_batch(batch, ROSTER, ThreadMemory()) == [(post, mentions) for post, mentions in alone if mentions]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([name for name, _, _ in NAMES]),
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from("\u200b\u200c\u200d\u2060\ufeff\u00ad")), max_size=6),
)
def test_invisible_letters_hide_no_name(name: str, hidden: list[tuple[int, str]]) -> None:
    masked = name
    for number, letter in hidden:
        place = number % (len(masked) + 1)
        masked = masked[:place] + letter + masked[place:]
    assert [m.defender_id for m in found(f"... {masked} ...")] == [m.defender_id for m in found(f"... {name} ...")]


@settings(max_examples=40, deadline=None)
@given(st.permutations(DEFENDERS), mixtures)
def test_the_order_of_the_roster_does_not_matter(shuffled: list[Defender], text: str) -> None:
    def by_id(mentions: tuple[Mention, ...]) -> list[Mention]:
        return sorted(mentions, key=lambda mention: mention.defender_id)

    assert by_id(found(text, shuffled)) == by_id(found(text))


@settings(max_examples=150, deadline=None)
@given(st.text("bcfgjBCFGJбгджБГД 0123\n.,@#-_'", max_size=80))
def test_letters_that_no_name_has_name_nobody(text: str) -> None:
    assert found(text) == ()


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 5), st.lists(st.integers(0, 12), max_size=30))
def test_the_memory_of_threads_stays_within_its_bounds(capacity: int, answers: list[int]) -> None:
    threads = ThreadMemory(capacity=capacity)
    for number, answered in enumerate(answers):
        reply = PostRef(id=PostId(str(answered)))
        text = "Orsina Valdemarra" if number % 2 else "nada"
        match(Post(id=PostId(str(number)), platform="example", text=text, in_reply_to=reply), ROSTER, threads)
        assert len(threads) <= capacity
