"""Keys: made once, kept for their owner alone, refused when malformed, rotated without a migration."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from detector.domain import Defender, DefenderId, Flag, PostId
from detector.errors import KeyMissingError, UsageError
from detector.store import holds_data, open_store
from detector.store.crypto import KeyRing, load_or_make_key
from detector.store.protocols import Batch


def test_a_first_start_makes_the_key_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "key"
    first, made = load_or_make_key("", path)
    again, made_again = load_or_make_key("", path)
    assert (made, made_again) == (True, False)
    assert first.check == again.check
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_no_second_key_is_made_beside_a_store(tmp_path: Path) -> None:
    url, path = f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path / "key"
    assert not holds_data(url)
    keys, _ = load_or_make_key("", path)
    open_store(url, keys).close()
    assert holds_data(url)
    path.rename(tmp_path / "elsewhere")
    with pytest.raises(KeyMissingError):
        load_or_make_key("", path, may_make=not holds_data(url))
    assert not path.exists()


def test_only_a_file_is_known_to_hold_data(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    urls = ("memory:", "postgresql://host/name", f"sqlite:///{tmp_path}", f"sqlite:///{tmp_path / 'empty'}")
    assert not any(holds_data(url) for url in urls)


def test_a_key_from_the_environment_wins(tmp_path: Path) -> None:
    keys, made = load_or_make_key(base64.b64encode(b"k" * 32).decode(), tmp_path / "key")
    assert not made
    assert keys.check == KeyRing(b"k" * 32).check
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize(
    "given",
    ["short", " ", base64.b64encode(b"k" * 32).decode() + " short", "!!!!", base64.b64encode(b"k" * 31).decode()],
)
def test_a_malformed_key_is_refused_without_repeating_it(given: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_or_make_key(given, tmp_path / "key")
    assert not given.strip() or given not in str(caught.value)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    load_or_make_key("", path)
    path.chmod(0o644)
    with pytest.raises(UsageError, match="chmod"):
        load_or_make_key("", path)


def test_a_key_ring_shows_nothing() -> None:
    assert "kkkk" not in repr(KeyRing(b"k" * 32))
    assert base64.b64encode(b"k" * 32).decode() not in str(KeyRing(b"k" * 32))


def test_first_starts_at_once_end_with_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: load_or_make_key("", tmp_path / "data" / "key"), range(8)))
    assert len({ring.check for ring, _ in made}) == 1
    assert [first for _, first in made].count(True) == 1
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["key"]


def test_after_a_rotation_the_store_opens_with_both_keys_and_not_without_the_old_one(
    tmp_path: Path, make_defender: Callable[..., Defender], make_flag: Callable[..., Flag]
) -> None:
    url, path = f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path / "key"
    old, _ = load_or_make_key("", path)
    store = open_store(url, old)
    store.put_defenders([make_defender(1)])
    store.save(Batch(flags=(make_flag(1),)))
    store.close()
    new = base64.b64encode(b"n" * 32).decode()
    path.write_text(f"{new}\n{path.read_text()}")
    both, _ = load_or_make_key("", path)
    store = open_store(url, both)
    assert store.defender(DefenderId("d1")) == make_defender(1)
    assert both.flag_id(make_flag(1).assessment) == old.flag_id(make_flag(1).assessment)
    assert len(store.flags_of_post("example", PostId("p1"))) == 1
    store.put_defenders([make_defender(2)])
    store.close()
    with pytest.raises(KeyMissingError):
        open_store(url, load_or_make_key(new, path)[0])
    store = open_store(url, old)
    with pytest.raises(KeyMissingError):
        store.defender(DefenderId("d2"))
    store.close()
