"""One exam for every store, second part: several at once. Threads share a store, processes share a database."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from detector.domain import Decision, DefenderId, Flag, Verdict
from detector.store import Store, open_store
from detector.store.crypto import KeyRing
from detector.store.protocols import Batch, FlagQuery
from detector.store.sql import SqlStore

MakeFlag = Callable[..., Flag]

WORKER = """
import sys
from detector.domain import Rejected
from detector.store import open_store
from detector.store.crypto import KeyRing
from detector.store.protocols import Batch

store = open_store(sys.argv[1], KeyRing(bytes(range(32))))
for number in range(20):
    store.save(Batch(counts={"posts": 1}, rejected=(Rejected(line=number, reason="no text"),)))
store.close()
"""


@pytest.fixture
def store(store_url: str, keys: KeyRing) -> Iterator[Store]:
    opened = open_store(store_url, keys)
    yield opened
    opened.close()


def at_once(work: Callable[[int], object], workers: int = 4) -> None:
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))


def test_many_threads_lose_nothing(store: Store, make_flag: MakeFlag) -> None:
    def write(worker: int) -> None:
        for number in range(10):
            store.save(Batch(flags=(make_flag(number), make_flag(100 + worker * 10 + number)), counts={"posts": 2}))

    at_once(write)
    assert store.flags(FlagQuery()).total == 10 + 40
    assert store.counts()["posts"] == 80


def test_writers_of_the_same_in_another_order_do_not_block_each_other(store: Store, make_flag: MakeFlag) -> None:
    def write(worker: int) -> None:
        turn = -1 if worker % 2 else 1
        for start in range(0, 900, 300):
            batch = tuple(made[start : start + 300][::turn])
            store.save(Batch(flags=batch, counts=dict([("a", 1), ("b", 1)][::turn])))

    made = [make_flag(number, defender=f"d{number % 5}") for number in range(900)]
    at_once(write)
    assert store.flags(FlagQuery()).total == 900
    assert store.counts() == {"a": 12, "b": 12}


def test_flags_are_locked_in_one_order(tmp_path: Path, keys: KeyRing, make_flag: MakeFlag) -> None:
    """Two writers of the same flags deadlock too seldom to wait for it; the order that prevents it can be seen."""
    path = tmp_path / "store.sqlite"
    store = open_store(f"sqlite:///{path}", keys)
    flags = sorted((make_flag(number) for number in range(20)), key=lambda flag: flag.id)
    store.save(Batch(flags=tuple(flags[10:] + flags[:10])))
    store.close()
    raw = sqlite3.connect(path)
    written = [flag_id for (flag_id,) in raw.execute("SELECT id FROM flags ORDER BY rowid")]
    raw.close()
    assert written == [flag.id for flag in flags]


def test_the_status_is_the_newest_decision_whoever_was_faster(store: Store, make_flag: MakeFlag, now: datetime) -> None:
    verdicts = list(Verdict)
    for number in range(20):
        flag = make_flag(number)
        store.save(Batch(flags=(flag,)))

        def decide(worker: int, flag: Flag = flag) -> None:
            store.decide(
                Decision(
                    flag_id=flag.id,
                    verdict=verdicts[worker],
                    reason="",
                    note=f"{worker}",
                    reviewer="heron",
                    decided_at=now,
                )
            )

        at_once(decide)
        stored, decisions = store.flag(flag.id), store.decisions(flag.id)
        assert stored is not None
        assert len(decisions) == 4
        assert stored.status == decisions[-1].verdict.value
        assert all(verdicts[int(one.note)] is one.verdict for one in decisions)


def test_a_key_is_not_destroyed_while_somebody_seals_with_it(
    database_url: str, keys: KeyRing, make_flag: MakeFlag
) -> None:
    store = SqlStore(database_url, keys)
    store.save(Batch(flags=(make_flag(1),)))
    late = make_flag(2)
    with ThreadPoolExecutor(1) as pool:
        with store._writing("testing") as connection:
            assert set(store._sealers_for_writing(connection, ["d1"])) == {"d1"}
            removing = pool.submit(store.remove_defender, DefenderId("d1"))
            with pytest.raises(TimeoutError):  # it waits for us, however long
                removing.result(timeout=0.3)
            store._insert_flags(connection, {late.id: late})
        removing.result()
    assert store.flags(FlagQuery()).total == 0
    store.close()


def test_processes_open_a_new_store_at_once_and_lose_nothing(database_url: str, keys: KeyRing) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", WORKER, database_url], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    complaints = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0] * 4, complaints
    store = open_store(database_url, keys)
    assert store.counts() == {"posts": 80}
    assert len(store.rejected(1000)) == 80
    store.close()
