"""One exam for every store: memory, SQLite, PostgreSQL."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from detector.domain import (
    AccountId,
    Decision,
    Defender,
    DefenderId,
    Flag,
    FlagId,
    Label,
    PostId,
    Rejected,
    Risk,
    Verdict,
)
from detector.errors import StoreError, UsageError
from detector.store import Store, open_store
from detector.store.crypto import KeyRing
from detector.store.protocols import Batch, Credential, FlagQuery

MakeFlag = Callable[..., Flag]
MakeDefender = Callable[..., Defender]


@pytest.fixture
def store(store_url: str, keys: KeyRing) -> Iterator[Store]:
    opened = open_store(store_url, keys)
    yield opened
    opened.close()


def decision(flag_id: FlagId, now: datetime, verdict: Verdict = Verdict.CONFIRMED, **changes: str) -> Decision:
    values = {"reason": "threat", "note": "seen", "reviewer": "heron", **changes}
    return Decision(flag_id=flag_id, verdict=verdict, decided_at=now, **values)


def test_a_flag_comes_back_as_it_went_in(store: Store, make_flag: MakeFlag) -> None:
    flag = make_flag(1, labels=(Label.SMEAR, Label.DOXXING))
    assert store.save(Batch(flags=(flag,))) == 1
    stored = store.flag(flag.id)
    assert stored is not None
    assert (stored.flag, stored.status) == (flag, "open")
    assert store.flag(FlagId("nobody")) is None


def test_flags_are_idempotent_by_id(store: Store, make_flag: MakeFlag, now: datetime) -> None:
    flag = make_flag(1)
    store.save(Batch(flags=(flag, flag)))
    store.decide(decision(flag.id, now))
    changed = replace(flag, created_at=now + timedelta(days=1))
    assert store.save(Batch(flags=(changed, make_flag(2)))) == 1
    stored = store.flag(flag.id)
    assert stored is not None
    assert (stored.flag, stored.status) == (flag, "confirmed")
    assert store.facets(FlagQuery()).label == {"insult": 2}


def test_counts_add_up_and_rejected_records_are_kept(store: Store) -> None:
    bad = Rejected(line=7, reason="no text", source="a.jsonl")
    store.save(Batch(counts={"posts": 5, "mentions": 1}, rejected=(Rejected(line=1, reason="first"),)))
    store.save(Batch(counts={"posts": 6}, rejected=(bad,)))
    assert store.counts() == {"posts": 11, "mentions": 1}
    assert store.rejected(1) == (bad,)


def test_pages_are_the_whole_list_in_order(store: Store, make_flag: MakeFlag) -> None:
    flags = [make_flag(n, priority=(n % 4) / 4) for n in range(23)]
    store.save(Batch(flags=tuple(flags)))
    expected = sorted(flags, key=lambda flag: (-flag.assessment.priority, flag.id))
    seen: list[Flag] = []
    cursor = None
    for _ in range(10):
        page = store.flags(FlagQuery(cursor=cursor, limit=5))
        assert page.total == 23
        seen += [stored.flag for stored in page.flags]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == expected


def test_a_cursor_that_is_none_of_ours_is_misuse(store: Store) -> None:
    foreign = ("x", "%%%", "MTIz", "é", "OTk5OTk5OTk5OTk5OTk5OTk5OTk6YQ", "LTE6YQ", "MV8wOmE", "MTpifg==")
    for cursor in foreign:
        with pytest.raises(UsageError):
            store.flags(FlagQuery(cursor=cursor))


@pytest.mark.parametrize("limit", [0, -5, 501])
def test_a_page_of_no_or_too_many_flags_is_misuse(limit: int) -> None:
    with pytest.raises(UsageError, match="1 to 500"):
        FlagQuery(limit=limit)


def test_of_two_flags_with_one_id_the_first_is_kept(store: Store, make_flag: MakeFlag, now: datetime) -> None:
    first = make_flag(1)
    store.save(Batch(flags=(first, replace(first, created_at=now + timedelta(1)))))
    stored = store.flag(first.id)
    assert stored is not None
    assert stored.flag == first


def test_a_batch_that_fails_leaves_nothing(database_url: str, keys: KeyRing, make_flag: MakeFlag) -> None:
    store = open_store(database_url, keys)
    with pytest.raises(StoreError) as caught:
        store.save(Batch(flags=(make_flag(1), make_flag(2, text="half a letter \ud800")), counts={"posts": 2}))
    assert "half a letter" not in f"{caught.value}{caught.value.__cause__}"
    assert store.flags(FlagQuery()).total == 0
    assert store.counts() == {}
    store.close()


@pytest.mark.parametrize("odd", ["\0", "a\0b", "\ud800", "x" * 100_000])
def test_what_cannot_be_an_id_is_not_found(store: Store, make_flag: MakeFlag, now: datetime, odd: str) -> None:
    store.save(Batch(flags=(make_flag(1),)))
    assert store.flag(FlagId(odd)) is None
    assert store.decisions(FlagId(odd)) == ()
    assert not store.decide(decision(FlagId(odd), now))
    assert store.defender(DefenderId(odd)) is None
    assert not store.remove_defender(DefenderId(odd))
    assert store.credential(odd) is None
    assert not store.remove_credential(odd)
    assert store.flags(FlagQuery(lang=odd)).total == 0
    assert store.facets(FlagQuery(defender_id=DefenderId(odd))).status == {}
    assert store.flags_of_post("example", PostId("p" if odd == "\ud800" else odd)) == ()


def test_flags_are_found_by_post_and_by_author(store: Store, make_flag: MakeFlag) -> None:
    low, high = make_flag(1, defender="d1", priority=0.2), make_flag(1, defender="d2", priority=0.9)
    other = make_flag(2)
    assert other.post is not None
    kept_without_text = replace(make_flag(3), post=None)
    by_other = replace(other, post=replace(other.post, author=replace(other.post.author, id=AccountId("u1"))))
    store.save(Batch(flags=(low, high, by_other, kept_without_text)))
    assert [s.flag for s in store.flags_of_post("example", PostId("p1"))] == [high, low]
    assert [s.flag for s in store.flags_of_post("example", PostId("p3"))] == [kept_without_text]
    assert store.flags_of_post("elsewhere", PostId("p1")) == ()
    assert [s.flag for s in store.flags_of_author("example", AccountId("u9"))] == [high, low]
    assert [s.flag for s in store.flags_of_author("example", AccountId("u1"))] == [by_other]
    assert store.flags_of_author("elsewhere", AccountId("u9")) == ()


@pytest.fixture
def mixed(store: Store, make_flag: MakeFlag, now: datetime) -> Store:
    flags = (
        make_flag(1, risk=Risk.CRITICAL, lang="ru", labels=(Label.THREAT, Label.INSULT), defender="d1"),
        make_flag(2, risk=Risk.LOW, lang="ru", labels=(Label.INSULT,), defender="d2"),
        make_flag(3, risk=Risk.LOW, lang=None, labels=(), defender="d2"),
        make_flag(4, risk=Risk.LOW, lang="am", labels=(Label.SMEAR,), defender="d2"),
    )
    store.save(Batch(flags=flags))
    store.decide(decision(flags[3].id, now, Verdict.DISMISSED))
    return store


QUERIES = {
    "all": (FlagQuery(), 4),
    "status": (FlagQuery(status="open"), 3),
    "risk": (FlagQuery(risk=Risk.LOW), 3),
    "label": (FlagQuery(label=Label.INSULT), 2),
    "label and status": (FlagQuery(label=Label.SMEAR, status="open"), 0),
    "label and decided": (FlagQuery(label=Label.SMEAR, status="dismissed"), 1),
    "label and more": (FlagQuery(label=Label.INSULT, lang="ru", risk=Risk.LOW), 1),
    "language": (FlagQuery(lang="ru"), 2),
    "defender": (FlagQuery(defender_id=DefenderId("d2")), 3),
    "several": (FlagQuery(status="open", risk=Risk.LOW, defender_id=DefenderId("d2")), 2),
    "nothing": (FlagQuery(lang="xx"), 0),
}


@pytest.mark.parametrize(("query", "count"), QUERIES.values(), ids=QUERIES.keys())
def test_filters_and_totals_agree(mixed: Store, query: FlagQuery, count: int) -> None:
    page = mixed.flags(query)
    assert (page.total, len(page.flags)) == (count, count)


def test_a_facet_ignores_its_own_filter_and_heeds_the_others(mixed: Store) -> None:
    facets = mixed.facets(FlagQuery(status="open", risk=Risk.LOW))
    assert facets.status == {"open": 2, "dismissed": 1}
    assert facets.risk == {"critical": 1, "low": 2}
    assert facets.label == {"insult": 1}
    assert facets.lang == {"ru": 1}
    assert facets.defender == {"d2": 2}


def test_facets_under_a_label(mixed: Store) -> None:
    facets = mixed.facets(FlagQuery(label=Label.SMEAR))
    assert facets.label == {"threat": 1, "insult": 2, "smear": 1}
    assert (facets.status, facets.lang, facets.defender) == ({"dismissed": 1}, {"am": 1}, {"d2": 1})


def test_decisions_are_appended_and_the_newest_is_the_status(store: Store, make_flag: MakeFlag, now: datetime) -> None:
    flag = make_flag(1)
    store.save(Batch(flags=(flag,)))
    first, second = decision(flag.id, now), decision(flag.id, now, Verdict.UNSURE, note="Нет уверенности")
    assert store.decide(first)
    assert store.decide(second)
    assert not store.decide(decision(FlagId("nobody"), now))
    assert store.decisions(flag.id) == (first, second)
    stored = store.flag(flag.id)
    assert stored is not None
    assert stored.status == "unsure"


def test_defenders_are_replaced_by_id_and_removed_with_their_flags(
    store: Store, make_defender: MakeDefender, make_flag: MakeFlag, now: datetime
) -> None:
    before = store.roster_version()
    first, second = make_defender(1), make_defender(2)
    assert store.put_defenders([second, first]) == 2
    renamed = replace(first, name="Ana Quispe Mamani")
    store.put_defenders([renamed])
    assert list(store.defenders()) == [renamed, second]
    assert store.defender(first.id) == renamed
    flag, other = make_flag(1, defender="d1"), make_flag(2, defender="d2")
    store.save(Batch(flags=(flag, other)))
    store.decide(decision(flag.id, now))
    assert store.remove_defender(first.id)
    assert not store.remove_defender(first.id)
    assert store.defender(first.id) is None
    assert store.flag(flag.id) is None
    assert store.decisions(flag.id) == ()
    assert store.flags(FlagQuery()).total == 1
    assert store.roster_version() > before


def test_a_defender_who_comes_back_starts_anew(
    store: Store, make_defender: MakeDefender, make_flag: MakeFlag, now: datetime
) -> None:
    flag = make_flag(1, defender="d1")
    store.put_defenders([make_defender(1)])
    store.save(Batch(flags=(flag,)))
    store.decide(decision(flag.id, now))
    store.remove_defender(DefenderId("d1"))
    assert store.facets(FlagQuery()).label == {}
    store.put_defenders([make_defender(1)])
    assert store.save(Batch(flags=(flag,))) == 1
    assert store.decisions(flag.id) == ()
    anew = decision(flag.id, now, Verdict.UNSURE)
    store.decide(anew)
    assert store.decisions(flag.id) == (anew,)


def test_the_roster_is_taken_as_it_comes(store: Store, make_defender: MakeDefender) -> None:
    many = [make_defender(number) for number in range(600)]
    last = make_defender(599, name="Ana the last")
    assert store.put_defenders(one for one in [*many, last]) == 601
    kept = list(store.defenders())
    assert len(kept) == 600
    assert store.defender(last.id) == last


def test_credentials_are_found_by_hash_and_revoked(store: Store, now: datetime) -> None:
    token = Credential(
        id="t1",
        kind="token",
        secret_hash="h1",
        role="reviewer",
        scopes=("flags:read", "flags:decide"),
        name="heron",
        created_at=now,
    )
    session = replace(
        token, id="s1", kind="session", secret_hash="h2", created_at=now + timedelta(1), expires_at=now + timedelta(2)
    )
    store.add_credential(token)
    store.add_credential(session)
    assert store.credential("h1") == token
    assert store.credential("h2") == session
    assert store.credential("h3") is None
    assert store.credentials() == (session, token)
    assert store.remove_credential("t1")
    assert not store.remove_credential("t1")
    assert store.credential("h1") is None


def test_a_credential_is_kept_once(store: Store, now: datetime) -> None:
    token = Credential(id="t1", kind="token", secret_hash="h1", role="lead", scopes=(), name="", created_at=now)
    store.add_credential(token)
    for twin in (replace(token, secret_hash="h2"), replace(token, id="t2")):
        with pytest.raises(StoreError):
            store.add_credential(twin)
    assert store.credentials() == (token,)


def test_credentials_are_ordered_by_time_not_by_its_spelling(store: Store, now: datetime) -> None:
    token = Credential(id="late", kind="token", secret_hash="h1", role="lead", scopes=(), name="", created_at=now)
    east = (now - timedelta(hours=1)).astimezone(timezone(timedelta(hours=9)))
    store.add_credential(token)
    store.add_credential(replace(token, id="early", secret_hash="h2", created_at=east))
    assert [credential.id for credential in store.credentials()] == ["late", "early"]


def test_a_file_name_that_is_no_text_does_not_cost_the_batch(store: Store) -> None:
    store.save(Batch(counts={"posts": 1}, rejected=(Rejected(line=3, reason="no text", source="a\udcff\0.jsonl"),)))
    assert store.counts() == {"posts": 1}
    assert [record.line for record in store.rejected()] == [3]
    assert store.rejected(0) == ()


def test_a_store_is_ready_when_open(store: Store) -> None:
    assert store.is_ready()
