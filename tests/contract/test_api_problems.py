"""Whatever is sent, the answer is a problem document of one shape: 4xx for the caller's mistakes, never a 500."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Protocol

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.errors import StoreError
from detector.store.memory import MemoryStore
from detector.store.protocols import Batch, FlagQuery
from serve.access import Role
from serve.batch import MAX_POSTS
from serve.parts import Parts

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
DECIDE = "/v1/flags/00000000000000000000000000000000/decisions"


class Desk(Protocol):
    app: FastAPI
    client: TestClient
    parts: Parts

    def bearer(self, role: Role) -> dict[str, str]: ...

    def work_off(self) -> None: ...


def is_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert set(document) - {"errors"} == {"type", "title", "status", "detail", "instance"}
    assert document["type"] == f"urn:hrd-detector:problem:{code}"
    assert (document["status"], document["title"]) == (status, HTTPStatus(status).phrase)
    assert document["instance"] == f"urn:hrd-detector:request:{answer.headers['x-request-id']}"
    return document


def test_there_is_nothing_at_an_unknown_address(desk: Desk) -> None:
    for path in ("/", "/v1", "/v1/", "/v1/flags/", "/docs", "/redoc", "/static/../pyproject.toml", "/static/x"):
        is_problem(desk.client.get(path), 404, "not-found")
    headers = desk.bearer(Role.LEAD)
    for flag_id in ("nobody", "0" * 32, "%00", "..%2f", "x" * 5_000, "%F0%9F%98%80"):
        is_problem(desk.client.get(f"/v1/flags/{flag_id}", headers=headers), 404, "not-found")
    is_problem(desk.client.post(DECIDE, json={"verdict": "confirmed"}, headers=headers), 404, "not-found")


def test_other_methods_are_refused_with_those_that_are_known(desk: Desk) -> None:
    answer = desk.client.put("/v1/flags", headers=desk.bearer(Role.LEAD))
    is_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"
    is_problem(desk.client.request("BREW", "/v1/posts"), 405, "method-not-allowed")


@pytest.mark.parametrize("role", [Role.INGEST, Role.REVIEWER])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
        (b'{"posts": ["\xff]}', 400, "malformed"),
        (b'{"posts": [1]} trailing', 400, "malformed"),
        (b'{"posts": ' + b"[" * 200_000, 400, "malformed"),
        (b'{"posts": [' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"]}", 400, "malformed"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"posts": null}', 422, "invalid"),
        (b'{"posts": {"id": "p1"}}', 422, "invalid"),
        (b'{"posts": [' + b"1," * MAX_POSTS + b"1]}", 413, "too-large"),
        (b'{"posts": [' + b"1," * 900_000 + b"1]}", 413, "too-large"),
        (b'{"posts": ["' + b",," * 300_000 + b'"' + b",1" * 600_000 + b"]}", 413, "too-large"),
    ],
)
def test_a_body_that_is_no_batch(desk: Desk, role: Role, body: bytes, status: int, code: str) -> None:
    answer = desk.client.post("/v1/posts", content=body, headers={**desk.bearer(role), **JSON})
    is_problem(answer, status, code)


def test_commas_in_texts_are_no_elements(desk: Desk) -> None:
    body = json.dumps({"posts": ["," * 600_000]}).encode()
    answer = desk.client.post("/v1/posts", content=body, headers={**desk.bearer(Role.REVIEWER), **JSON})
    assert answer.json()["counts"]["rejected"] == 1


def test_a_batch_of_ndjson_is_bounded_too(desk: Desk) -> None:
    headers = {**desk.bearer(Role.REVIEWER), **NDJSON}
    is_problem(desk.client.post("/v1/posts", content=b"{}\n" * (MAX_POSTS + 1), headers=headers), 413, "too-large")
    is_problem(desk.client.post("/v1/posts", content=b"\n" * 3_000_000, headers=headers), 413, "too-large")


RECORDS = {
    "NUL in the text": {"text": "a\0b"},
    "NUL in the id": {"id": "a\0b"},
    "NUL in the platform": {"platform": "\0"},
    "NUL in the language": {"lang": "e\0"},
    "an endless id": {"id": "x" * 2_000},
    "an endless language": {"lang": "x" * 2_000},
    "a naive time": {"created_at": "2026-03-01T12:00:00"},
    "a number for a text": {"text": 7},
    "no author": {"author": None},
    "a text that is too long": {"text": "x" * 100_001},
}


@pytest.mark.parametrize("changes", RECORDS.values(), ids=RECORDS)
def test_a_bad_record_is_rejected_alone(
    desk: Desk, make_record: Callable[..., dict[str, Any]], changes: dict[str, Any]
) -> None:
    records = [make_record(1), make_record(2, **changes), make_record(3)]
    found = desk.client.post("/v1/posts", json={"posts": records}, headers=desk.bearer(Role.REVIEWER)).json()
    assert [one["index"] for one in found["rejected"]] == [1]
    assert found["counts"]["flags"] == 2


def test_odd_but_good_records_do_no_harm(desk: Desk, make_record: Callable[..., dict[str, Any]]) -> None:
    records = [
        make_record(1, created_at="9999-12-31T23:59:59-23:59"),
        make_record(2, created_at="0001-01-01T00:00:00+23:59"),
        make_record(3, lang="no-such-language", mentions=[], links=["javascript:alert(1)"], tags=[""]),
        make_record(4, author={"id": "u1", "handle": "@"}, in_reply_to={}, something={"deep": [[[1]]]}),
        make_record(5, text="\u202e" * 50_000),
        make_record(6, text="\U0001f4a9"),
    ]
    answer = desk.client.post("/v1/posts", json={"posts": records}, headers=desk.bearer(Role.REVIEWER))
    assert answer.status_code == 200
    assert answer.json()["counts"]["posts"] == 6
    listed = desk.client.get("/v1/flags", headers=desk.bearer(Role.REVIEWER))
    assert listed.status_code == 200


def test_a_body_over_the_limit(desk: Desk) -> None:
    headers = {**desk.bearer(Role.REVIEWER), **JSON}
    declared = desk.client.post("/v1/posts", content=b" " * 4_000_001, headers=headers)
    assert "4 MB" in is_problem(declared, 413, "too-large")["detail"]
    assert declared.headers["connection"] == "close"

    def chunks() -> Iterator[bytes]:
        for _ in range(50):
            yield b" " * 100_000

    for path in ("/v1/posts", DECIDE):
        is_problem(desk.client.post(path, content=chunks(), headers=headers), 413, "too-large")


def test_media_types_that_are_not_read(desk: Desk) -> None:
    headers = desk.bearer(Role.REVIEWER)
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x", ""):
        answer = desk.client.post("/v1/posts", content=b"{}", headers={**headers, "Content-Type": kind})
        is_problem(answer, 415, "unsupported-media-type")
        assert answer.headers["accept-post"] == "application/json, application/x-ndjson"
        answer = desk.client.post(DECIDE, content=b"{}", headers={**headers, "Content-Type": kind})
        is_problem(answer, 415, "unsupported-media-type")
    packed = {**headers, **JSON, "Content-Encoding": "gzip"}
    is_problem(desk.client.post("/v1/posts", content=b"{}", headers=packed), 415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({}, "verdict", "is required"),
        ({"verdict": "guilty"}, "verdict", "is none of the values that are known here"),
        ({"verdict": 1}, "verdict", "is none of the values that are known here"),
        ({"verdict": "unsure", "reason": "because"}, "reason", "is none of the codes that are known here"),
        ({"verdict": "unsure", "reason": "x" * 65}, "reason", "is too long"),
        ({"verdict": "unsure", "note": "x" * 2_001}, "note", "is too long"),
        ({"verdict": "unsure", "note": "a\0b"}, "note", "contains NUL"),
        ({"verdict": "unsure", "note": ["x"]}, "note", "must be text"),
        ([], "body", "is not valid"),
    ],
)
def test_a_decision_that_breaks_a_rule(desk: Desk, body: object, field: str, reason: str) -> None:
    answer = desk.client.post(DECIDE, json=body, headers=desk.bearer(Role.REVIEWER))
    assert is_problem(answer, 422, "invalid")["errors"] == [{"field": field, "reason": reason}]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"verdict": "unsure", "note": "\\ud800"}'])
def test_a_decision_that_cannot_be_read(desk: Desk, body: bytes) -> None:
    answer = desk.client.post(DECIDE, content=body, headers={**desk.bearer(Role.REVIEWER), **JSON})
    is_problem(answer, 400, "malformed")


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "many"},
        {"limit": "9" * 5_000},
        {"status": "guilty"},
        {"label": "spam"},
        {"risk": "none"},
        {"lang": "e\0"},
        {"defender_id": "\0"},
        {"defender_id": "x" * 201},
        {"cursor": "nonsense"},
        {"cursor": "\0"},
        {"cursor": "x" * 501},
    ],
)
def test_a_query_that_breaks_a_rule(desk: Desk, parameters: dict[str, str]) -> None:
    answer = desk.client.get("/v1/flags", params=parameters, headers=desk.bearer(Role.REVIEWER))
    [error] = is_problem(answer, 422, "invalid")["errors"]
    assert error["field"] == next(iter(parameters))


def test_who_asks_comes_before_what_is_asked(desk: Desk) -> None:
    is_problem(desk.client.post(DECIDE, content=b"{", headers=JSON), 401, "unauthorized")
    is_problem(desk.client.get("/v1/flags?limit=0"), 401, "unauthorized")
    is_problem(desk.client.post(DECIDE, content=b"{", headers={**JSON, **desk.bearer(Role.INGEST)}), 403, "forbidden")


def test_people_are_shown_pages(desk: Desk) -> None:
    html = {"Accept": "text/html,application/xhtml+xml"}
    answer = desk.client.get("/nowhere", headers=html)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    is_problem(desk.client.get("/v1/nowhere", headers=html), 404, "not-found")


# --- our own failures -------------------------------------------------------------------------------------------------


class BrokenStore(MemoryStore):
    """A store whose disk is full."""

    def save(self, batch: Batch) -> int:
        raise StoreError(f"The store failed while saving {len(batch.flags)} flags.")

    def is_ready(self) -> bool:
        return False


class BuggyStore(MemoryStore):
    """A store with a mistake in it, whose message holds what nobody should read."""

    def flags(self, query: FlagQuery) -> Any:
        del query
        raise KeyError("a name that must not be seen")


def break_store(desk: Desk, store: MemoryStore) -> None:
    for credential in desk.parts.store.credentials():
        store.add_credential(credential)
    for defender in desk.parts.store.defenders():
        store.put_defenders([defender])
    desk.app.state.parts = replace(desk.parts, store=store)
    desk.app.state.intake.parts = desk.app.state.parts


def test_a_store_that_fails_is_said_and_retried(
    desk: Desk, make_record: Callable[..., dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    reader, feed = desk.bearer(Role.REVIEWER), desk.bearer(Role.INGEST)
    break_store(desk, BrokenStore())
    desk.app.state.backlog.pauses = (0.0, 0.0)
    answer = desk.client.post("/v1/posts", json={"posts": [make_record(1)]}, headers=reader)
    is_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "5"
    is_problem(desk.client.get("/readyz"), 503, "unavailable")
    assert desk.client.get("/healthz").status_code == 200
    with caplog.at_level(logging.ERROR, "serve.backlog"):
        assert desk.client.post("/v1/posts", json={"posts": [make_record(1)]}, headers=feed).status_code == 202
        desk.work_off()
    assert desk.app.state.backlog.lost == 1
    assert caplog.messages == ["a batch of 1 posts is lost after 3 tries"]


def test_a_mistake_of_ours_is_a_500_that_tells_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    headers = desk.bearer(Role.REVIEWER)
    break_store(desk, BuggyStore())
    with caplog.at_level(logging.INFO):
        answer = desk.client.get("/v1/flags", headers=headers)
    document = is_problem(answer, 500, "internal")
    assert "must not be seen" not in answer.text + caplog.text
    request_id = document["instance"].rpartition(":")[2]
    failure, line = [message for message in caplog.messages if request_id in message]
    assert "failed (KeyError) at" in failure
    assert "flags.py" in failure
    assert ": 500, " in line
    assert answer.headers["content-security-policy"]


def test_a_backlog_that_is_full_says_so(desk: Desk, make_record: Callable[..., dict[str, Any]]) -> None:
    headers = desk.bearer(Role.INGEST)
    desk.app.state.backlog.stop(5)
    answer = desk.client.post("/v1/posts", json={"posts": [make_record(1)]}, headers=headers)
    is_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "30"


# --- anything at all --------------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
record_fields = st.sampled_from(
    ["id", "platform", "text", "lang", "author", "created_at", "in_reply_to", "mentions", "links", "tags"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(record_fields, json_values, max_size=3), other=json_values)
def test_no_record_makes_a_failure_of_ours(
    desk: Desk, make_record: Callable[..., dict[str, Any]], changes: dict[str, Any], other: object
) -> None:
    records = [make_record(1, **changes), other, make_record(2)]
    body = json.dumps({"posts": records}, ensure_ascii=True).encode()
    answer = desk.client.post("/v1/posts", content=body, headers={**desk.bearer(Role.REVIEWER), **JSON})
    if answer.status_code == 200:
        counts = answer.json()["counts"]
        assert counts["posts"] + counts["rejected"] == 3
        assert counts["flags"] >= 1
    else:
        is_problem(answer, 400, "malformed")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_body_makes_a_failure_of_ours(desk: Desk, body: bytes) -> None:
    headers = desk.bearer(Role.REVIEWER)
    for path, kind in (("/v1/posts", JSON), ("/v1/posts", NDJSON), (DECIDE, JSON)):
        assert desk.client.post(path, content=body, headers={**headers, **kind}).status_code < 500
