"""Posts and whom they concern, beyond the words: handles, replies, quotes, threads, own posts, consent, namesakes."""

from datetime import UTC, datetime

import pytest

from detector.domain import (
    Account,
    Consent,
    Defender,
    DefenderId,
    DefenderKind,
    Handle,
    How,
    Mention,
    Post,
    PostId,
    PostRef,
)
from detector.targets.evidence import COMMON_WORD
from detector.targets.matcher import IN_THREAD, SHARED_NAME, ThreadMemory, match, match_batch
from detector.targets.roster import Roster, compile_roster
from detector.targets.threads import DEEPEST

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def defender(ident: str, name: str, *aliases: str, handles: str = "", consent: Consent | None = None) -> Defender:
    return Defender(
        id=DefenderId(ident),
        kind=DefenderKind.PERSON,
        name=name,
        aliases=aliases,
        handles=tuple(Handle(platform=p, handle=h) for p, h in (each.split(":") for each in handles.split())),
        languages=("es",),
        consent=consent,
    )


TAVIRA = defender("tavira", "Tavira Monsalbo", handles="example:tavira_m *:Tavi.Monsalbo")
ILARIO = defender("ilario", "Ilario Quenca", "Esperanza", handles="example:ilario fed:ila@nodo.example")


def roster(*defenders: Defender) -> Roster:
    return compile_roster(defenders or (TAVIRA, ILARIO), now=NOW)


def post(
    text: str = "nada que decir",
    ident: str = "p",
    *,
    mentions: tuple[str, ...] = (),
    author: str | None = None,
    reply: PostRef | None = None,
    quote: PostRef | None = None,
    repost: PostRef | None = None,
    platform: str = "example",
) -> Post:
    return Post(
        id=PostId(ident),
        platform=platform,
        text=text,
        lang="es",
        author=Account(handle=author),
        in_reply_to=reply,
        quote_of=quote,
        repost_of=repost,
        mentions=mentions,
    )


def ref(ident: str | None = None, author: str | None = None) -> PostRef:
    return PostRef(id=PostId(ident) if ident else None, author=Account(handle=author) if author else None)


def found(one: Post, among: Roster | None = None) -> dict[str, Mention]:
    mentions = match(one, among if among is not None else roster(), ThreadMemory())
    return {mention.defender_id: mention for mention in mentions}


def words(one: Post, mention: Mention) -> list[str]:
    return [one.text[span.start : span.end] for span in mention.spans]


# --- handles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "handle", "platform", "who"),
    [
        ("oye @tavira_m, calla", "tavira_m", "example", "tavira"),
        ("oye @Tavira_M, calla", "Tavira_M", "example", "tavira"),
        ("oye @tavira_m, calla", "tavira_m", "other", None),
        ("oye @tavi.monsalbo calla", "tavi.monsalbo", "other", "tavira"),
        ("oye @tаvira_m calla", "tаvira_m", "example", "tavira"),  # а Cyrillic а
        ("oye @ila@nodo.example calla", "ila@nodo.example", "fed", "ilario"),
        ("oye @ila@otro.example calla", "ila@otro.example", "fed", None),
        ("oye @tavira_mm calla", "tavira_mm", "example", None),
    ],
)
def test_handles(text: str, handle: str, platform: str, who: str | None) -> None:
    one = post(text, mentions=(handle,), platform=platform)
    mentions = found(one)
    assert list(mentions) == ([who] if who else [])
    if who:
        assert mentions[who].how is How.HANDLE
        assert mentions[who].confidence >= 0.95
        assert words(one, mentions[who]) == [f"@{handle}"]


def test_a_handle_known_to_the_platform_alone_has_no_place_in_the_text() -> None:
    (mention,) = found(post("calla ya", mentions=("tavira_m",))).values()
    assert mention.how is How.HANDLE
    assert mention.spans == ()
    assert mention.span is None


def test_a_handle_and_a_name_are_both_marked() -> None:
    one = post("@tavira_m es Tavira Monsalbo", mentions=("tavira_m",))
    (mention,) = found(one).values()
    assert mention.how is How.HANDLE
    assert mention.doubts == ()
    assert words(one, mention) == ["@tavira_m", "Tavira Monsalbo"]


def test_a_weak_name_counts_beside_a_handle() -> None:
    one = post("Esperanza no eres, @ilario", mentions=("ilario",))
    assert words(one, found(one)["ilario"]) == ["@ilario", "Esperanza"]
    assert found(post("Esperanza no eres")) == {}


# --- replies, quotes, reposts -----------------------------------------------------------------------------------------


def test_a_reply_concerns_whom_it_answers() -> None:
    (mention,) = found(post(reply=ref("p0", "tavira_m"))).values()
    assert (mention.how, mention.spans) == (How.REPLY, ())
    assert mention.confidence >= 0.95


def test_quotes_and_reposts_concern_whom_they_repeat() -> None:
    assert [m.how for m in found(post(quote=ref("p0", "tavira_m"))).values()] == [How.QUOTE]
    assert [m.how for m in found(post(repost=ref("p0", "tavira_m"))).values()] == [How.QUOTE]


def test_a_reply_to_somebody_else_concerns_nobody() -> None:
    assert found(post(reply=ref("p0", "somebody"))) == {}


# --- threads ----------------------------------------------------------------------------------------------------------


def chain(length: int, start: Post) -> list[Post]:
    replies = [post(ident=f"r{n}", reply=ref(f"r{n - 1}" if n else start.id, f"u{n}")) for n in range(length)]
    return [start, *replies]


def test_confidence_decays_along_a_thread_and_ends() -> None:
    matched = match_batch(chain(6, post("Tavira Monsalbo miente", "p0")), roster(), ThreadMemory())
    mentions = [each for _, (each,) in matched[1:]]
    assert all(mention.how is How.THREAD for mention in mentions)
    assert all(mention.doubts == (IN_THREAD,) for mention in mentions)
    confidences = [mention.confidence for mention in mentions]
    assert len(confidences) == DEEPEST
    assert confidences == sorted(set(confidences), reverse=True)


def test_replies_below_a_post_of_the_defender_are_in_their_thread() -> None:
    threads = ThreadMemory()
    own = post("buenos días", "p0", author="tavira_m")
    answer = post("qué asco", "p1", reply=ref("p0", "tavira_m"))
    below = post("totalmente", "p2", reply=ref("p1", "x"))
    matched = match_batch([own, answer, below], roster(), threads)
    assert [(each.id, mentions[0].how) for each, mentions in matched] == [("p1", How.REPLY), ("p2", How.THREAD)]


def test_a_thread_is_remembered_between_batches_and_by_platform() -> None:
    threads = ThreadMemory()
    match(post("Tavira Monsalbo miente", "p0"), roster(), threads)
    assert match(post(ident="p1", reply=ref("p0", "x")), roster(), threads)
    assert not match(post(ident="p2", reply=ref("p0", "x"), platform="other"), roster(), threads)


def test_the_oldest_thread_is_forgotten_first() -> None:
    threads = ThreadMemory(capacity=2)
    for number in range(3):
        match(post("Tavira Monsalbo miente", f"p{number}"), roster(), threads)
    assert len(threads) == 2
    assert not match(post(ident="a", reply=ref("p0", "x")), roster(), threads)
    assert match(post(ident="b", reply=ref("p2", "x")), roster(), threads)


def test_posts_about_nobody_are_not_remembered() -> None:
    threads = ThreadMemory()
    match_batch([post(ident=f"p{n}") for n in range(10)], roster(), threads)
    assert len(threads) == 0


# --- own posts, consent, several defenders ----------------------------------------------------------------------------


def test_nobody_is_concerned_by_their_own_post_but_others_are() -> None:
    assert found(post("soy Tavira Monsalbo", author="Tavira_M")) == {}
    assert list(found(post("soy Tavira Monsalbo, con Ilario Quenca", author="tavira_m"))) == ["ilario"]


def test_expired_consent_is_not_matched() -> None:
    expired = defender("x", "Tavira Monsalbo", handles="example:tavira_m", consent=Consent(expires_at=NOW))
    compiled = roster(expired)
    assert len(compiled) == 0
    assert found(post("Tavira Monsalbo @tavira_m", mentions=("tavira_m",)), compiled) == {}
    assert list(found(post("Tavira Monsalbo, Ilario Quenca"), roster(expired, ILARIO))) == ["ilario"]


def test_two_defenders_in_one_post_each_with_their_words() -> None:
    one = post("Tavira Monsalbo e Ilario Quenca mienten")
    assert {who: words(one, mention) for who, mention in found(one).items()} == {
        "tavira": ["Tavira Monsalbo"],
        "ilario": ["Ilario Quenca"],
    }


def test_one_name_of_two_defenders_is_said_to_be_shared() -> None:
    both = found(
        post("Tavira Monsalbo miente"),
        roster(TAVIRA, defender("other", "Tavira Monsalbo"), defender("third", "Ana Quil")),
    )
    assert set(both) == {"tavira", "other"}
    alone = found(post("Tavira Monsalbo miente"))["tavira"]
    for mention in both.values():
        assert SHARED_NAME in mention.doubts
        assert mention.confidence < alone.confidence


def test_a_handle_decides_between_two_of_one_name() -> None:
    one = post("@tavira_m Tavira Monsalbo miente", mentions=("tavira_m",))
    both = found(one, roster(TAVIRA, defender("other", "Tavira Monsalbo")))
    assert both["tavira"].confidence > 0.95
    assert SHARED_NAME in both["other"].doubts


def test_two_names_in_one_post_are_one_mention_best_first() -> None:
    one = post("Monsalbo, ay, Tavira Monsalbo")
    (mention,) = found(one).values()
    assert words(one, mention) == ["Tavira Monsalbo", "Monsalbo"]
    assert mention.doubts == ()


def test_an_ordinary_word_counts_where_it_is_masked() -> None:
    assert found(post("Esperanza miente siempre")) == {}
    (masked,) = found(post("E.s.p.e.r.a.n.z.a miente siempre")).values()
    assert masked.doubts == (COMMON_WORD,)


def test_a_name_does_not_reach_from_one_post_into_the_next() -> None:
    compiled = roster(defender("pei", "裴静姝"), defender("gauri", "गौरी तलवलकर"), TAVIRA)
    batch = [post("vino Pei", "1"), post("Jingshu canta, Tavira", "2"), post("Monsalbo, Gauri", "3")]
    matched = match_batch([*batch, post("Talwalkar canta", "4")], compiled, ThreadMemory())
    together = {each.id: mentions for each, mentions in matched}
    alone = {each.id: match(each, compiled, ThreadMemory()) for each in [*batch, post("Talwalkar canta", "4")]}
    assert together == {ident: mentions for ident, mentions in alone.items() if mentions}


def test_nothing_to_match() -> None:
    assert match_batch([], roster(), ThreadMemory()) == []
    assert match(post("Tavira Monsalbo"), compile_roster([], now=NOW), ThreadMemory()) == ()


def test_a_compiled_roster_names_nobody() -> None:
    shown = repr(roster())
    assert not any(word in shown.casefold() for word in ("tavira", "monsalbo", "quenca", "ilario"))
