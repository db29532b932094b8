"""A name, a handle and a text that go through every endpoint, and every failure, reach no log and no error body."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any, Protocol

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from detector.domain import Defender, DefenderId, Handle
from serve.access import Role
from serve.guard import GuardedRoute
from serve.parts import Parts

NAME = "Zorobabela Quxington"
HANDLE = "zoro_quxington"
TEXT = "sentinelwordzq"
SENTINELS = ("zorobabela", "quxington", TEXT)


class Desk(Protocol):
    app: FastAPI
    client: TestClient
    parts: Parts

    def token(self, role: Role, **options: Any) -> str: ...

    def bearer(self, role: Role) -> dict[str, str]: ...

    def work_off(self) -> None: ...


def clean(text: str) -> bool:
    return not any(sentinel in text.lower() for sentinel in SENTINELS)


BAD = f"{NAME} @{HANDLE} {TEXT}"


@pytest.fixture
def attack(make_record: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return make_record(1, text=f"@{HANDLE} {NAME} {TEXT} I will kill you")


@pytest.fixture
def flag_id(desk: Desk, defender: Defender, attack: dict[str, Any]) -> Any:
    """A stored flag on a post full of sentinels."""
    handles = (Handle(platform="example", handle=HANDLE),)
    desk.parts.store.put_defenders([replace(defender, id=DefenderId("d-1"), name=NAME, handles=handles)])
    posted = desk.client.post("/v1/posts", json={"posts": [attack]}, headers=desk.bearer(Role.REVIEWER))
    [flag] = posted.json()["flags"]
    assert clean(posted.text)
    return flag["flag_id"]


@pytest.fixture
def bodies(attack: dict[str, Any], make_record: Callable[..., dict[str, Any]]) -> list[bytes]:
    return [
        BAD.encode(),
        json.dumps(
            {"posts": [attack, BAD, {"id": BAD}, make_record(2, created_at=BAD, lang=BAD * 9)]}, ensure_ascii=False
        ).encode(),
        json.dumps({"posts": BAD}).encode(),
        json.dumps({"verdict": BAD, "reason": BAD, "note": BAD, BAD: BAD}).encode(),
        json.dumps({"verdict": "unsure", "reason": BAD, "note": BAD}).encode(),
        json.dumps({"verdict": "unsure", "note": BAD * 500}).encode(),
    ]


def addresses(app: FastAPI, flag_id: str) -> set[tuple[str, str]]:
    """Every route under its own methods and a foreign one, with an id that is stored and one that is a sentinel."""
    return {
        (method, route.path.replace("{flag_id}", id_))
        for route in app.routes
        if isinstance(route, GuardedRoute)
        for method in (*(route.methods or ()), "BREW")
        for id_ in (flag_id, TEXT)
    }


def test_nothing_that_was_sent_is_repeated(
    desk: Desk,
    flag_id: str,
    bodies: list[bytes],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # the client's own log of what it asks for
    caplog.set_level(logging.DEBUG)
    parameters = {"cursor": BAD, "label": BAD, "defender_id": BAD, TEXT: BAD}
    for (method, path), role, body in product(
        addresses(desk.app, flag_id), (Role.INGEST, Role.REVIEWER, Role.LEAD), bodies
    ):
        kind = "application/x-ndjson" if role is Role.LEAD and path == "/v1/posts" else "application/json"
        headers = {**desk.bearer(role), "Content-Type": kind, "X-Name": HANDLE}
        answer = desk.client.request(method, path, params=parameters, content=body, headers=headers)
        assert answer.status_code != 500
        assert clean(answer.text + str(answer.headers)), (method, path)
    desk.work_off()
    assert any(": 201, " in message or ": 202, " in message for message in caplog.messages)
    assert clean(caplog.text)
    assert clean("".join(capfd.readouterr()))
    assert clean(repr(desk.parts.store.rejected(1_000)) + repr(desk.parts.store.counts()))
    metrics = desk.client.get("/metrics", headers=desk.bearer(Role.AUDITOR))
    assert metrics.status_code == 200
    assert clean(metrics.text)


def test_addresses_and_headers_are_not_repeated(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    caplog.set_level(logging.DEBUG)
    for path in (f"/{TEXT}", f"/v1/{HANDLE}", f"/static/{TEXT}", f"/v1/flags/{HANDLE}?{TEXT}={TEXT}"):
        for header in (f"Bearer {TEXT}", f"Basic {HANDLE}", TEXT):
            answer = desk.client.get(path, headers={"Authorization": header, "Accept": f"text/html, text/{TEXT}"})
            assert answer.status_code in {401, 404}
            assert clean(answer.text + str(answer.headers))
    for kind in (f"text/{TEXT}", f"multipart/form-data; boundary={TEXT}"):
        headers = {**desk.bearer(Role.LEAD), "Content-Type": kind, "Content-Encoding": TEXT}
        for path in ("/v1/posts", "/login"):
            answer = desk.client.post(path, content=BAD.encode(), headers=headers)
            assert 400 <= answer.status_code < 500
            assert clean(answer.text + str(answer.headers))
    for token in (BAD, desk.token(Role.INGEST), f"hrd_{TEXT}"):
        answer = desk.client.post("/login", data={"token": token}, headers={"Accept": "text/html"})
        assert clean(answer.text + str(answer.headers))
    assert clean(caplog.text)


def test_a_failure_in_judging_repeats_nothing(
    desk: Desk, make_record: Callable[..., dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def no_id(_: object) -> Any:
        raise ValueError(f"{NAME} {HANDLE} {TEXT}")

    desk.app.state.intake.parts = replace(desk.parts, flag_id=no_id)
    desk.app.state.backlog.pauses = (0.0,)
    body = {"posts": [make_record(1, text=f"@ximena_tarqui {TEXT} I will kill you tonight")]}
    failed = desk.client.post("/v1/posts", json=body, headers=desk.bearer(Role.REVIEWER))
    assert failed.status_code == 500
    assert desk.client.post("/v1/posts", json=body, headers=desk.bearer(Role.INGEST)).status_code == 202
    desk.work_off()
    assert desk.app.state.backlog.lost == 1
    assert clean(failed.text + caplog.text)
    assert "ValueError" in caplog.text
