"""Minting, finding and revoking secrets; the command that does it."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detector.cli import main
from detector.errors import UsageError
from detector.store.memory import MemoryStore
from serve.access import PREFIX, Kind, Role, holder, new_session, new_token, revoke, sweep

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_token_is_random_and_only_its_hash_is_kept() -> None:
    first, second = (new_token(Role.REVIEWER, now=NOW, lifetime=HOUR) for _ in range(2))
    assert first.secret != second.secret
    assert first.secret.startswith(PREFIX)
    assert len(first.secret) == len(PREFIX) + 43
    assert first.credential.secret_hash == hashlib.sha256(first.secret.encode()).hexdigest()
    assert first.secret not in repr(first)
    assert first.credential.scopes == ("flags:decide", "flags:read", "posts:write", "texts:read")
    assert first.credential.name == f"reviewer-{first.credential.id[:4]}"


def test_randomness_comes_in_as_an_argument() -> None:
    made = [new_token(Role.INGEST, now=NOW, lifetime=None, random=bytes) for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize("name", ["", " heron", "her\non", "x" * 65, "a\0b"])
def test_a_pseudonym_can_be_printed(name: str) -> None:
    with pytest.raises(UsageError):
        new_token(Role.REVIEWER, now=NOW, lifetime=HOUR, name=name)


def test_a_secret_holds_for_its_own_kind_and_time_only() -> None:
    store = MemoryStore()
    token = new_token(Role.REVIEWER, now=NOW, lifetime=HOUR)
    session = new_session(token.credential, now=NOW, lifetime=2 * HOUR)
    store.add_credential(token.credential)
    store.add_credential(session.credential)
    assert holder(store, token.secret, Kind.TOKEN, now=NOW) == token.credential
    assert holder(store, session.secret, Kind.SESSION, now=NOW) == session.credential
    assert holder(store, token.secret, Kind.SESSION, now=NOW) is None
    assert holder(store, session.secret, Kind.TOKEN, now=NOW) is None
    assert holder(store, token.credential.secret_hash, Kind.TOKEN, now=NOW) is None
    assert holder(store, token.secret, Kind.TOKEN, now=NOW + HOUR) is None
    assert holder(store, session.secret, Kind.SESSION, now=NOW + HOUR) is None
    assert holder(store, "\ud800", Kind.TOKEN, now=NOW) is None


def test_revoking_a_token_ends_its_sessions_and_no_others() -> None:
    store = MemoryStore()
    mine, other = (new_token(Role.LEAD, now=NOW, lifetime=None) for _ in range(2))
    made = [mine, other, *(new_session(one.credential, now=NOW, lifetime=HOUR) for one in (mine, mine, other))]
    for one in made:
        store.add_credential(one.credential)
    assert revoke(store, mine.credential.id)
    assert not revoke(store, mine.credential.id)
    assert {one.id for one in store.credentials()} == {other.credential.id, made[-1].credential.id}


def test_sweeping_removes_ended_sessions() -> None:
    store = MemoryStore()
    token = new_token(Role.LEAD, now=NOW, lifetime=HOUR)
    store.add_credential(token.credential)
    for length in (HOUR / 2, HOUR):
        store.add_credential(new_session(token.credential, now=NOW, lifetime=length).credential)
    assert sweep(store, now=NOW + HOUR / 2) == 1
    assert sweep(store, now=NOW + 2 * HOUR) == 1
    assert [one.kind for one in store.credentials()] == ["token"]


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_token_command_makes_lists_and_revokes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ("--data", str(tmp_path))
    main(["token", "create", "--role", "reviewer", "--name", "heron", "--days", "3", *data])
    made = capsys.readouterr()
    secret = made.out.strip()
    assert secret.startswith(PREFIX)
    assert secret not in made.err
    main([*data, "token", "list"])
    [line] = capsys.readouterr().out.splitlines()
    token_id, kind, role, name, until = line.split("\t")
    assert (kind, role, name, until.split()[0]) == ("token", "reviewer", "heron", "until")
    assert secret not in line
    main(["token", "revoke", token_id, *data])
    assert "revoked" in capsys.readouterr().err
    main(["token", "list", *data])
    assert capsys.readouterr().out == ""
    assert not any(secret.encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_the_token_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["create"], ["create", "--role", "king"], ["create", "--role", "lead", "--name", " "]):
        with pytest.raises(SystemExit) as stop:
            main(["token", *arguments, "--data", str(tmp_path)])
        assert stop.value.code == 2
    assert capsys.readouterr().out == ""
