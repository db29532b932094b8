"""One exam for every store: memory, SQLite, PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from detector.domain import Decision, Defender, DefenderId, Flag, FlagId, Label, Rejected, Risk, Verdict
from detector.errors import UsageError
from detector.store import Store, open_store
from detector.store.crypto import KeyRing
from detector.store.protocols import Batch, Credential, FlagQuery

MakeFlag = Callable[..., Flag]
MakeDefender = Callable[..., Defender]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, keys: KeyRing) -> Iterator[Store]:
    if request.param == "memory":
        url = "memory:"
    elif request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    else:
        server = request.getfixturevalue("postgres_url")
        name = f"t{abs(hash(request.node.nodeid)):x}"
        admin = create_engine(server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        url = server.replace("/postgres?", f"/{name}?")
    opened = open_store(url, keys)
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
    for cursor in ("x", "%%%", "MTIz", "é"):
        with pytest.raises(UsageError):
            store.flags(FlagQuery(cursor=cursor))


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


def test_many_threads_lose_nothing(store: Store, make_flag: MakeFlag) -> None:
    def write(worker: int) -> None:
        for number in range(10):
            store.save(Batch(flags=(make_flag(number), make_flag(100 + worker * 10 + number)), counts={"posts": 2}))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert store.flags(FlagQuery()).total == 10 + 40
    assert store.counts()["posts"] == 80


def test_a_store_is_ready_when_open(store: Store) -> None:
    assert store.is_ready()
