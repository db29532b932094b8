"""The backlog: bounded, in order, outliving what a batch does, and honest about what it loses."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from serve.attempts import Attempts
from serve.backlog import Backlog

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


def at_once() -> float:
    return 0.0


def test_batches_are_worked_off_in_order() -> None:
    done: list[Sequence[bytes]] = []
    backlog = Backlog(done.append, capacity=100, rest=at_once)
    batches = [(b"1",), (b"2", b"3"), (), (b"4",)]
    assert all(backlog.put(batch) for batch in batches)
    assert backlog.wait(5)
    assert done == batches
    assert len(backlog) == 0


def test_it_takes_no_more_than_it_has_room_for() -> None:
    gate = threading.Event()
    backlog = Backlog(lambda _: gate.wait(5), capacity=10, rest=at_once)
    assert backlog.put((b"x" * 50,))  # one that is larger than all room must still be possible
    assert not backlog.put((b"x",))
    gate.set()
    assert backlog.wait(5)
    assert backlog.put((b"x" * 10,))
    assert backlog.wait(5)


def test_what_fails_is_tried_again_and_then_counted_as_lost() -> None:
    tries: list[int] = []

    def work(records: Sequence[bytes]) -> None:
        tries.append(len(records))
        if len(records) == 2 or len(tries) < 3:
            raise OSError

    backlog = Backlog(work, capacity=100, rest=at_once, pauses=(0.0, 0.0))
    backlog.put((b"1",))
    assert backlog.wait(5)
    assert (tries, backlog.lost) == ([1, 1, 1], 0)
    backlog.put((b"2", b"3"))
    backlog.put((b"4",))
    assert backlog.wait(5)
    assert (tries[3:], backlog.lost) == ([2, 2, 2, 1], 2)


def test_stopping_works_off_what_waits_and_takes_no_more() -> None:
    done: list[Sequence[bytes]] = []
    backlog = Backlog(done.append, capacity=100, rest=at_once)
    backlog.put((b"1",))
    backlog.stop(5)
    assert done == [(b"1",)]
    assert not backlog.put((b"2",))


def test_stopping_does_not_wait_for_a_pause() -> None:
    def work(_: Sequence[bytes]) -> None:
        raise OSError

    backlog = Backlog(work, capacity=100, rest=at_once, pauses=(60.0, 60.0))
    backlog.put((b"1",))
    backlog.stop(5)
    assert backlog.wait(5)
    assert backlog.lost == 1


def test_a_batch_rests_before_it_is_worked_on_and_a_stop_cuts_that_short() -> None:
    done: list[Sequence[bytes]] = []
    backlog = Backlog(done.append, capacity=100, rest=lambda: 3_600.0)
    backlog.put((b"1",))
    assert not backlog.wait(0.05)
    assert done == []
    backlog.stop(5)
    assert done == [(b"1",)]


# --- failed sign-ins --------------------------------------------------------------------------------------------------


def test_an_address_waits_only_after_its_own_failures() -> None:
    attempts = Attempts(most=3, window=timedelta(minutes=1))
    for second in range(3):
        assert attempts.wait("192.0.2.1", now=NOW) == 0
        attempts.fail("192.0.2.1", now=NOW + timedelta(seconds=second))
    assert attempts.wait("192.0.2.1", now=NOW + timedelta(seconds=10)) == 51
    assert attempts.wait("192.0.2.2", now=NOW) == 0
    assert attempts.wait("192.0.2.1", now=NOW + timedelta(seconds=60)) == 0


def test_a_household_of_ipv6_is_one_and_mapped_ipv4_are_many() -> None:
    attempts = Attempts(most=1)
    attempts.fail("2001:db8:0:1::1", now=NOW)
    assert attempts.wait("2001:db8:0:1:ffff::2", now=NOW)
    assert not attempts.wait("2001:db8:0:2::1", now=NOW)
    attempts.fail("::ffff:192.0.2.1", now=NOW)
    assert attempts.wait("::ffff:192.0.2.1", now=NOW)
    assert not attempts.wait("::ffff:192.0.2.2", now=NOW)


@given(st.lists(st.integers(0, 30), max_size=80))
def test_memory_is_bounded_and_nobody_waits_without_failing(hosts: list[int]) -> None:
    attempts = Attempts(most=2, addresses=8)
    for host in hosts:
        attempts.fail(f"192.0.2.{host}", now=NOW)
        assert len(attempts) <= 8
    for host in range(31):
        if attempts.wait(f"192.0.2.{host}", now=NOW):
            assert hosts.count(host) >= 2
