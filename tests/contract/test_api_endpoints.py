"""The HTTP API as its callers rely on it, on the memory store and on SQLite."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from detector.domain import Consent, Defender, FlagId, How
from detector.store.protocols import FlagQuery
from detector.stream.flag_record import flag_record
from serve.access import Role
from serve.parts import Parts

MakeRecord = Callable[..., dict[str, Any]]


class Clock(Protocol):
    def move(self, **length: float) -> None: ...


class Desk(Protocol):
    app: FastAPI
    client: TestClient
    parts: Parts
    clock: Clock

    def bearer(self, role: Role) -> dict[str, str]: ...

    def work_off(self) -> None: ...


def send(desk: Desk, role: Role, *records: object, **options: Any) -> Any:
    return desk.client.post("/v1/posts", json={"posts": list(records)}, headers=desk.bearer(role), **options)


# --- posts in ---------------------------------------------------------------------------------------------------------


def test_a_reader_is_told_what_was_found(desk: Desk, make_record: MakeRecord) -> None:
    bland = make_record(2, text="The river is high today")
    answer = send(desk, Role.REVIEWER, make_record(1), {"id": 5}, bland)
    assert answer.status_code == 200
    found = answer.json()
    assert found["counts"] == {"posts": 2, "mentions": 1, "flags": 1, "new": 1, "rejected": 1}
    assert found["rejected"] == [{"index": 1, "reason": "Expected `str`, got `int` - at `id`"}]
    flag = found["flags"][0]
    assert (flag["post_id"], flag["defender_id"], flag["flagged"]) == ("p1", "d-77", True)
    assert flag["mention"]["how"] == How.HANDLE


def test_what_is_found_is_stored_with_counts_and_rejected_records(desk: Desk, make_record: MakeRecord) -> None:
    flag = send(desk, Role.REVIEWER, make_record(1), [], make_record(2, text="Nothing about anybody")).json()["flags"][
        0
    ]
    store = desk.parts.store
    stored = store.flag(flag["flag_id"])
    assert stored is not None
    # msgspec writes tuples and enums as JSON has them; compare what a client sees.
    assert json.loads(json.dumps(flag_record(stored.flag.id, stored.flag.assessment))) == flag
    assert stored.flag.post is not None
    assert store.counts() == {"posts": 2, "mentions": 1, "rejected": 1}
    assert [(one.line, one.source) for one in store.rejected()] == [(2, "api")]


def test_the_same_post_twice_makes_one_flag(desk: Desk, make_record: MakeRecord) -> None:
    first = send(desk, Role.REVIEWER, make_record(1)).json()
    second = send(desk, Role.REVIEWER, make_record(1)).json()
    assert (first["counts"]["new"], second["counts"]["new"]) == (1, 0)
    assert first["flags"] == second["flags"]
    assert desk.parts.store.flags(FlagQuery()).total == 1


def test_all_shows_mentions_that_are_not_flagged(desk: Desk, make_record: MakeRecord) -> None:
    thanks = make_record(1, text="Thank you @ximena_tarqui for the lovely concert yesterday")
    assert send(desk, Role.LEAD, thanks).json()["flags"] == []
    shown = send(desk, Role.LEAD, thanks, params={"all": "true"}).json()["flags"]
    assert [one["flagged"] for one in shown] == [False]
    assert desk.parts.store.flags(FlagQuery()).total == 0


def test_an_ingest_token_learns_nothing(desk: Desk, make_record: MakeRecord) -> None:
    batches: list[list[object]] = [
        [make_record(1)],
        [make_record(2, text="Nothing about anybody")],
        [{"id": 1}, "x", None],
        [],
        [make_record(3 + number) for number in range(50)],
    ]
    answers = [send(desk, Role.INGEST, *batch) for batch in batches]
    own = {"x-request-id"}
    seen = {
        (one.status_code, one.content, tuple(sorted((k, v) for k, v in one.headers.items() if k not in own)))
        for one in answers
    }
    assert len(seen) == 1
    assert (answers[0].status_code, answers[0].json()) == (202, {"status": "queued"})


def test_what_an_ingest_token_sent_is_judged_and_stored_later(desk: Desk, make_record: MakeRecord) -> None:
    send(desk, Role.INGEST, make_record(1), {"id": 1}, make_record(2, text="Nothing about anybody"))
    desk.work_off()
    assert desk.parts.store.flags(FlagQuery()).total == 1
    assert desk.parts.store.counts() == {"posts": 2, "mentions": 1, "rejected": 1}
    assert len(desk.parts.store.rejected()) == 1


def test_ndjson_is_read_too(desk: Desk, make_record: MakeRecord) -> None:
    lines = "\n".join(["\ufeff" + json.dumps(make_record(1)), "", "{broken", json.dumps(make_record(2)), ""])
    headers = {**desk.bearer(Role.REVIEWER), "Content-Type": "application/x-ndjson; charset=utf-8"}
    found = desk.client.post("/v1/posts", content=lines.encode(), headers=headers).json()
    assert (found["counts"]["posts"], found["counts"]["flags"]) == (2, 2)
    assert [one["index"] for one in found["rejected"]] == [1]


# --- the roster -------------------------------------------------------------------------------------------------------


def test_a_change_of_the_roster_is_followed_at_once(desk: Desk, make_record: MakeRecord, defender: Defender) -> None:
    assert send(desk, Role.REVIEWER, make_record(1)).json()["counts"]["mentions"] == 1
    desk.parts.store.remove_defender(defender.id)
    assert send(desk, Role.REVIEWER, make_record(2)).json()["counts"]["mentions"] == 0
    desk.parts.store.put_defenders([defender])
    assert send(desk, Role.REVIEWER, make_record(3)).json()["counts"]["mentions"] == 1


def test_consent_that_runs_out_ends_matching(desk: Desk, make_record: MakeRecord, defender: Defender) -> None:
    assert defender.consent is not None
    assert defender.consent.given_at is not None
    ends = defender.consent.given_at + timedelta(days=2)
    desk.parts.store.put_defenders([replace(defender, consent=Consent(given_at=ends, expires_at=ends))])
    assert send(desk, Role.REVIEWER, make_record(1)).json()["counts"]["mentions"] == 1
    desk.clock.move(days=1)
    assert send(desk, Role.REVIEWER, make_record(2)).json()["counts"]["mentions"] == 0


# --- flags ------------------------------------------------------------------------------------------------------------


def test_pages_of_flags_follow_each_other(desk: Desk, make_record: MakeRecord) -> None:
    send(desk, Role.REVIEWER, *(make_record(number) for number in range(5)))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = desk.client.get("/v1/flags", params=parameters, headers=desk.bearer(Role.AUDITOR)).json()
        assert page["total"] == 5
        seen += [flag["flag_id"] for flag in page["flags"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({}, 1),
        ({"status": "open", "label": "threat", "lang": "en", "defender_id": "d-77"}, 1),
        ({"status": "dismissed"}, 0),
        ({"lang": "es"}, 0),
        ({"defender_id": "d-78"}, 0),
        ({"something": "new"}, 1),
    ],
)
def test_flags_are_filtered(desk: Desk, make_record: MakeRecord, parameters: dict[str, str], count: int) -> None:
    send(desk, Role.REVIEWER, make_record(1))
    page = desk.client.get("/v1/flags", params=parameters, headers=desk.bearer(Role.REVIEWER)).json()
    assert (len(page["flags"]), page["total"]) == (count, count)


def test_risks_part_the_flags(desk: Desk, make_record: MakeRecord) -> None:
    risk = send(desk, Role.REVIEWER, make_record(1)).json()["flags"][0]["risk"]
    headers = desk.bearer(Role.REVIEWER)
    totals = {
        one: desk.client.get("/v1/flags", params={"risk": one}, headers=headers).json()["total"]
        for one in ("low", "medium", "high", "critical")
    }
    assert totals == {"low": 0, "medium": 0, "high": 0, "critical": 0} | {risk: 1}


# --- decisions --------------------------------------------------------------------------------------------------------


def test_decisions_are_appended_under_the_pseudonym_of_the_token(desk: Desk, make_record: MakeRecord) -> None:
    flag_id = send(desk, Role.REVIEWER, make_record(1)).json()["flags"][0]["flag_id"]
    address = f"/v1/flags/{flag_id}"
    first = desk.client.post(
        f"{address}/decisions",
        json={"verdict": "unsure", "note": "who is meant?", "reviewer": "somebody else", "decided_at": "1999"},
        headers=desk.bearer(Role.REVIEWER),
    )
    assert first.status_code == 201
    assert first.headers["Location"] == address
    assert first.json()["decision"]["reviewer"] == "the-reviewer"
    desk.clock.move(minutes=5)
    second = desk.client.post(
        f"{address}/decisions", json={"verdict": "confirmed", "reason": "threat"}, headers=desk.bearer(Role.LEAD)
    )
    assert (second.status_code, second.json()["status"]) == (201, "confirmed")
    shown = desk.client.get(address, headers=desk.bearer(Role.AUDITOR)).json()
    assert shown["status"] == "confirmed"
    assert [(one["verdict"], one["reviewer"], one["note"]) for one in shown["decisions"]] == [
        ("unsure", "the-reviewer", "who is meant?"),
        ("confirmed", "the-lead", ""),
    ]
    assert len(desk.parts.store.decisions(FlagId(flag_id))) == 2


# --- the service ------------------------------------------------------------------------------------------------------


def test_the_service_says_that_it_is_there_and_ready(desk: Desk) -> None:
    assert desk.client.get("/healthz").json() == {"status": "ok"}
    assert desk.client.get("/readyz").json() == {"status": "ready"}


def test_metrics_count_and_name_nobody(desk: Desk, make_record: MakeRecord) -> None:
    send(desk, Role.REVIEWER, make_record(1), make_record(2, text="Nothing about anybody"))
    answer = desk.client.get("/metrics", headers=desk.bearer(Role.ADMIN))
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    assert "detector_posts_total 2" in lines
    assert 'detector_flags{status="open"} 1' in lines
    assert "detector_backlog_batches 0" in lines
    assert "d-77" not in answer.text


def test_every_answer_is_guarded_by_headers(desk: Desk) -> None:
    for path in ("/healthz", "/v1/flags", "/nowhere", "/static/nothing.css", "/static/style.css", "/queue"):
        headers = desk.client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
        assert "server" not in headers
        assert "strict-transport-security" not in headers
