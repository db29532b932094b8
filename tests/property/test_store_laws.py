"""Laws of the store: what is sealed opens in its place only, pages are the whole list, the twins agree."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.domain import (
    Account,
    Assessment,
    Consent,
    Decision,
    Defender,
    DefenderId,
    Flag,
    Handle,
    Label,
    Post,
    PostRef,
    Risk,
    Verdict,
)
from detector.errors import KeyMissingError, StoreError, UsageError
from detector.store import Store, open_store
from detector.store.codec import decode_defender, decode_flag, encode_defender, encode_flag
from detector.store.crypto import KeyRing, Sealer, place_of
from detector.store.cursor import MILLION, Place, read_cursor, write_cursor
from detector.store.protocols import Batch, FlagQuery, StoredFlag

sealer = Sealer(os.urandom(32), b"abcd")
places = st.lists(st.text(max_size=8), min_size=2, max_size=4)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
master_keys = st.binary(min_size=32, max_size=32)


# --- sealing ----------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=200), places, places)
def test_what_is_sealed_opens_in_its_place_only(plain: bytes, place: list[str], other: list[str]) -> None:
    sealed = sealer.seal(plain, place=place_of(*place))
    assert sealer.open(sealed, place=place_of(*place)) == plain
    if place != other:
        with pytest.raises(StoreError):
            sealer.open(sealed, place=place_of(*other))


@given(st.binary(min_size=1, max_size=50), st.integers(0), st.integers(1, 255))
def test_any_changed_byte_is_refused(plain: bytes, where: int, change: int) -> None:
    sealed = bytearray(sealer.seal(plain, place="here"))
    sealed[where % len(sealed)] ^= change
    with pytest.raises(StoreError):
        sealer.open(bytes(sealed), place="here")


@given(st.binary(max_size=40))
def test_what_was_never_sealed_is_refused(noise: bytes) -> None:
    for value in (noise, sealer.seal(b"", place="here")[:5] + noise):
        with pytest.raises(StoreError):
            sealer.open(value, place="here")


@given(st.binary(max_size=40))
def test_the_same_value_is_never_sealed_alike(plain: bytes) -> None:
    assert sealer.seal(plain, place="here") != sealer.seal(plain, place="here")


@given(st.lists(master_keys, min_size=2, max_size=4, unique=True))
def test_a_ring_opens_what_any_of_its_keys_wrapped(masters: list[bytes]) -> None:
    """Rotation: the new key in front, the old ones behind."""
    rings = [KeyRing(masters[n], tuple(reversed(masters[:n]))) for n in range(len(masters))]
    wrapped = [ring.new_data_key("d1") for ring in rings]
    newest = rings[-1]
    for ring, key in zip(rings, wrapped, strict=True):
        assert newest.data_sealer("d1", key) == ring.data_sealer("d1", key)
        assert (newest.check, newest.lookup("a")) == (ring.check, ring.lookup("a"))
    with pytest.raises(KeyMissingError):
        rings[0].data_sealer("d1", wrapped[-1])
    with pytest.raises(StoreError):
        newest.data_sealer("d2", wrapped[0])


@given(master_keys, places, places)
def test_look_up_hashes_are_alike_for_the_same_parts_only(master: bytes, parts: list[str], others: list[str]) -> None:
    ring = KeyRing(master)
    assert (ring.lookup(*parts) == ring.lookup(*others)) == (parts == others)


# --- values to bytes --------------------------------------------------------------------------------------------------

# Offsets of whole minutes: RFC 3339, in which every time comes in, has no others.
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
aware = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=offsets)  # noqa: DTZ001 - bounds are naive
accounts = st.builds(Account, id=st.none() | texts, handle=st.none() | texts, created_at=st.none() | aware)
references = st.none() | st.builds(PostRef, id=st.none() | texts, author=st.none() | accounts)
posts = st.builds(
    Post,
    id=texts,
    platform=texts,
    text=texts,
    lang=st.none() | texts,
    author=accounts,
    created_at=st.none() | aware,
    in_reply_to=references,
    repost_of=references,
    quote_of=references,
    mentions=st.lists(texts, max_size=2).map(tuple),
    links=st.lists(texts, max_size=2).map(tuple),
    tags=st.lists(texts, max_size=2).map(tuple),
)
defenders = st.builds(
    Defender,
    id=texts,
    name=texts,
    aliases=st.lists(texts, max_size=3).map(tuple),
    handles=st.lists(st.builds(Handle, platform=texts, handle=texts), max_size=2).map(tuple),
    languages=st.lists(texts, max_size=2).map(tuple),
    consent=st.none()
    | st.builds(Consent, given_at=st.none() | aware, scope=st.none() | texts, expires_at=st.none() | aware),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(post=st.none() | posts, priority=st.floats(0, 1))
def test_a_flag_is_the_same_after_bytes(make_flag: Callable[..., Flag], post: Post | None, priority: float) -> None:
    flag = replace(make_flag(1, priority=priority), post=post)
    assert decode_flag(encode_flag(flag)) == flag


@settings(max_examples=50)
@given(defenders)
def test_a_defender_is_the_same_after_bytes(defender: Defender) -> None:
    assert decode_defender(encode_defender(defender)) == defender


# --- cursors and pages ------------------------------------------------------------------------------------------------


@given(st.integers(0, MILLION), st.text("0123456789abcdef", min_size=32, max_size=32))
def test_a_cursor_is_read_as_it_was_written(rank: int, flag_id: str) -> None:
    assert read_cursor(write_cursor(Place(rank, flag_id))) == Place(rank, flag_id)


@given(st.text(max_size=40) | st.text("ABCDEFabcdef0123456789-_=", max_size=40))
def test_any_other_text_is_misuse(text: str) -> None:
    try:
        place = read_cursor(text)
    except UsageError:
        return
    assert place is not None
    assert write_cursor(place) == text


flag_values = st.fixed_dictionaries(
    {
        # Few values, so that many flags share a rank, and two that lie closer than a millionth.
        "priority": st.sampled_from([0.0, 0.25, 0.5, 0.5 + 1e-9, 1.0]),
        "risk": st.sampled_from(Risk),
        "lang": st.sampled_from([None, "es", "am"]),
        "defender": st.sampled_from(["d1", "d2"]),
        "labels": st.sets(st.sampled_from([Label.INSULT, Label.SMEAR])).map(lambda some: tuple(sorted(some))),
    }
)
queries = st.builds(
    FlagQuery,
    status=st.none() | st.sampled_from(["open", "dismissed"]),
    label=st.none() | st.sampled_from([Label.INSULT, Label.SMEAR]),
    risk=st.none() | st.sampled_from(Risk),
    lang=st.none() | st.sampled_from(["es", "am", ""]),
    defender_id=st.none() | st.sampled_from([DefenderId("d1"), DefenderId("d2")]),
    limit=st.integers(1, 6),
)


def walk(store: Store, query: FlagQuery) -> list[StoredFlag]:
    """All pages, one after the other."""
    seen: list[StoredFlag] = []
    while True:
        page = store.flags(query)
        assert len(page.flags) == query.limit or page.next_cursor is None
        seen += page.flags
        if page.next_cursor is None:
            assert page.total == len(seen)
            return seen
        query = replace(query, cursor=page.next_cursor)


def holds(stored: StoredFlag, query: FlagQuery) -> bool:
    assessment: Assessment = stored.flag.assessment
    return (
        query.status in (None, stored.status)
        and query.risk in (None, assessment.risk)
        and query.lang in (None, assessment.lang or "")
        and query.defender_id in (None, assessment.mention.defender_id)
        and (query.label is None or query.label in assessment.flagged_labels)
    )


files = count()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(flag_values, max_size=16),
    dismissed=st.sets(st.integers(0, 15)),
    queries=st.lists(queries, min_size=1, max_size=5),
)
def test_pages_are_the_whole_list_and_the_twins_agree(
    values: list[dict[str, object]],
    dismissed: set[int],
    queries: list[FlagQuery],
    make_flag: Callable[..., Flag],
    tmp_path: Path,
    keys: KeyRing,
    now: datetime,
) -> None:
    flags = [make_flag(number, **some) for number, some in enumerate(values)]
    stores = [open_store("memory:", keys), open_store(f"sqlite:///{tmp_path / f'{next(files)}.sqlite'}", keys)]
    for store in stores:
        store.save(Batch(flags=tuple(flags)))
        for number in sorted(dismissed & set(range(len(flags)))):
            verdict = Verdict.DISMISSED
            store.decide(
                Decision(
                    flag_id=flags[number].id, verdict=verdict, reason="", note="", reviewer="heron", decided_at=now
                )
            )
    whole = [
        StoredFlag(flag=flag, status="dismissed" if number in dismissed else "open")
        for number, flag in enumerate(flags)
    ]
    whole.sort(key=lambda stored: (-round(stored.flag.assessment.priority * MILLION), stored.flag.id))
    for query in queries:
        expected = [stored for stored in whole if holds(stored, query)]
        assert [walk(store, query) for store in stores] == [expected, expected]
        assert stores[0].facets(query) == stores[1].facets(query)
    for store in stores:
        store.close()
