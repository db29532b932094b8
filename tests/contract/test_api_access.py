"""Default deny: every route of the application against every role, and what makes a token or a session hold."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Annotated, Any, Protocol

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from detector.store.protocols import Credential
from serve.access import ROLE_SCOPES, Role, Scope, revoke
from serve.guard import (
    GuardedRoute,
    Needs,
    Public,
    SignedIn,
    UndeclaredRouteError,
    guarded_router,
    needs,
    public,
    signed_in,
    undeclared,
)
from serve.parts import Parts

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Clock(Protocol):
    def move(self, **length: float) -> None: ...


class Desk(Protocol):
    app: FastAPI
    client: TestClient
    parts: Parts
    clock: Clock

    def token(self, role: Role, **options: Any) -> str: ...

    def bearer(self, role: Role) -> dict[str, str]: ...


def nothing() -> dict[str, str]:
    return {}


def sign_in(desk: Desk, role: Role) -> tuple[str, str]:
    """Sign the client in; the session's secret and its CSRF token."""
    answer = desk.client.post("/login", data={"token": desk.token(role)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    return answer.cookies["hrd"], desk.client.get("/queue").text.split()[1]


# --- the matrix -------------------------------------------------------------------------------------------------------

EXPECTED: dict[str, Scope | None] = {
    "POST /v1/posts": Scope.POSTS_WRITE,
    "GET /v1/flags": Scope.FLAGS_READ,
    "GET /v1/flags/{flag_id}": Scope.FLAGS_READ,
    "POST /v1/flags/{flag_id}/decisions": Scope.FLAGS_DECIDE,
    "GET /metrics": Scope.METRICS_READ,
    "GET /healthz": None,
    "GET /readyz": None,
    "GET /openapi.json": None,
    "POST /login": None,
    "POST /logout": None,
}
"""What each route of the API needs; None: it is for everybody."""

MAY: dict[Role, set[Scope]] = {
    Role.INGEST: {Scope.POSTS_WRITE},
    Role.REVIEWER: {Scope.POSTS_WRITE, Scope.FLAGS_READ, Scope.TEXTS_READ, Scope.FLAGS_DECIDE},
    Role.LEAD: {Scope.POSTS_WRITE, Scope.FLAGS_READ, Scope.TEXTS_READ, Scope.FLAGS_DECIDE, Scope.METRICS_READ},
    Role.ADMIN: {Scope.POSTS_WRITE, Scope.FLAGS_READ, Scope.METRICS_READ},
    Role.AUDITOR: {Scope.FLAGS_READ, Scope.METRICS_READ},
    Role.REPORTER: {Scope.REPORTS_WRITE},
}


def routes(app: FastAPI) -> Iterator[tuple[str, str, GuardedRoute]]:
    for route in app.routes:
        if isinstance(route, GuardedRoute):
            for method in sorted(route.methods or ()):
                yield method, route.path, route


def test_the_roles_may_what_the_table_says() -> None:
    assert {role: set(scopes) for role, scopes in ROLE_SCOPES.items()} == MAY


def test_every_route_declares_what_it_needs(desk: Desk) -> None:
    assert undeclared(desk.app) == []
    api = {
        f"{method} {path}": route.access.scope if isinstance(route.access, Needs) else None
        for method, path, route in routes(desk.app)
        if isinstance(route.access, Needs) or f"{method} {path}" in EXPECTED
    }
    assert api == EXPECTED
    for method, path, route in routes(desk.app):
        assert isinstance(route.access, Public) <= (f"{method} {path}" in {*EXPECTED, "GET /login"})


@pytest.mark.parametrize("role", [*Role, None])
def test_every_route_as_every_role(desk: Desk, role: Role | None) -> None:
    for method, path, route in routes(desk.app):
        if not isinstance(route.access, Needs):
            continue
        answer = desk.client.request(
            method, path.replace("{flag_id}", "0" * 32), headers=desk.bearer(role) if role else {}
        )
        if role is None:
            assert answer.status_code == 401
        elif route.access.scope not in MAY[role]:
            assert answer.status_code == 403, (method, path)
            assert f'scope="{route.access.scope}"' in answer.headers["www-authenticate"]
        else:
            assert answer.status_code not in {401, 403, 500}, (method, path)


@pytest.mark.parametrize("role", [*Role, None])
def test_every_page_as_every_role(desk: Desk, role: Role | None) -> None:
    csrf = ""
    if role is not None:
        answer = desk.client.post("/login", data={"token": desk.token(role)})
        assert answer.status_code == (303 if Scope.FLAGS_READ in MAY[role] else 401)
        csrf = desk.client.get("/queue").text.partition(" ")[2]
    for method, path, route in routes(desk.app):
        if not isinstance(route.access, SignedIn):
            continue
        answer = desk.client.request(method, path, data={"csrf": csrf} if method == "POST" else None)
        if role is None or Scope.FLAGS_READ not in MAY[role]:
            assert answer.status_code == 401
        else:
            assert answer.status_code == (200 if route.access.scope in MAY[role] else 403)


def test_a_route_that_declares_nothing_cannot_be_defined() -> None:
    router = guarded_router()
    with pytest.raises(UndeclaredRouteError, match="/open declares 0 times"):
        router.get("/open")(nothing)
    with pytest.raises(UndeclaredRouteError, match="/both declares 2 times"):
        router.get("/both", dependencies=[public(), needs(Scope.FLAGS_READ)])(nothing)


def test_a_changing_page_without_csrf_cannot_be_defined() -> None:
    def change(me: Annotated[Credential, signed_in(Scope.FLAGS_DECIDE)]) -> None:
        del me

    with pytest.raises(UndeclaredRouteError, match="CSRF"):
        guarded_router().post("/change")(change)


def test_a_route_of_any_other_kind_is_noticed(desk: Desk) -> None:
    stray = APIRouter()
    stray.get("/stray")(nothing)
    desk.app.router.routes.extend(stray.routes)
    assert undeclared(desk.app) == ["/stray"]


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_tokens_that_do_not_hold_all_look_the_same(desk: Desk) -> None:
    expired = desk.token(Role.REVIEWER, lifetime=timedelta(hours=1))
    revoked = desk.token(Role.REVIEWER)
    for one in desk.parts.store.credentials():
        if one.expires_at is None:
            revoke(desk.parts.store, one.id)
    session, _ = sign_in(desk, Role.REVIEWER)
    desk.client.cookies.clear()
    desk.clock.move(hours=1)
    headers = [
        None,
        f"Bearer {expired}",
        f"Bearer {revoked}",
        f"Bearer {session}",
        "Bearer hrd_nobody",
        "Bearer ",
        "Bearer \xff",
        "Basic aGVyb246eA==",
        desk.token(Role.REVIEWER),
    ]
    seen = set()
    for header in headers:
        answer = desk.client.get("/v1/flags", headers={b"Authorization": header.encode("latin-1")} if header else {})
        document = answer.json()
        del document["instance"]
        seen.add((answer.status_code, answer.headers["www-authenticate"], str(document)))
    assert len(seen) == 1
    assert next(iter(seen))[:2] == (401, 'Bearer realm="hrd-detector"')


def test_a_token_holds_until_it_expires(desk: Desk) -> None:
    headers = {"Authorization": f"bearer {desk.token(Role.REVIEWER, lifetime=timedelta(hours=1))}"}
    desk.clock.move(minutes=59)
    assert desk.client.get("/v1/flags", headers=headers).status_code == 200
    desk.clock.move(minutes=1)
    assert desk.client.get("/v1/flags", headers=headers).status_code == 401


def test_secrets_are_not_stored(desk: Desk) -> None:
    token = desk.token(Role.REVIEWER)
    session, _ = sign_in(desk, Role.REVIEWER)
    kept = repr(desk.parts.store.credentials())
    assert token not in kept
    assert session not in kept


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_signing_in_opens_pages_and_nothing_of_the_api(desk: Desk) -> None:
    sign_in(desk, Role.LEAD)
    assert desk.client.get("/queue").status_code == 200
    assert desk.client.get("/v1/flags").status_code == 401
    desk.client.cookies.clear()
    assert desk.client.get("/queue", headers=desk.bearer(Role.LEAD)).status_code == 401


def test_a_person_is_led_to_the_sign_in_page(desk: Desk) -> None:
    answer = desk.client.get("/queue", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert desk.client.get("/login").status_code == 200


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_is_as_narrow_as_it_can_be(open_desk: Callable[..., Desk], *, secure: bool) -> None:
    desk = open_desk(secure_cookies=secure)
    answer = desk.client.post("/login", data={"token": desk.token(Role.REVIEWER)})
    name, _, rest = answer.headers["set-cookie"].partition("=")
    attributes = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == ("__Host-hrd" if secure else "hrd")
    assert {"httponly", "samesite=strict", "path=/"} <= attributes
    assert ("secure" in attributes) == secure
    assert not any(part.startswith("domain") for part in attributes)
    assert ("strict-transport-security" in answer.headers) == secure


def test_a_planted_cookie_gains_nothing(desk: Desk) -> None:
    desk.client.cookies.set("hrd", "planted")
    answer = desk.client.post("/login", data={"token": desk.token(Role.REVIEWER)})
    assert answer.cookies["hrd"] != "planted"
    desk.client.cookies.clear()
    desk.client.cookies.set("hrd", "planted")
    assert desk.client.get("/queue").status_code == 401


def test_signing_in_again_ends_the_session_before(desk: Desk) -> None:
    first, _ = sign_in(desk, Role.REVIEWER)
    second, _ = sign_in(desk, Role.REVIEWER)
    assert first != second
    desk.client.cookies.clear()
    desk.client.cookies.set("hrd", first)
    assert desk.client.get("/queue").status_code == 401


def test_a_session_ends_in_time_and_is_swept_away(desk: Desk) -> None:
    sign_in(desk, Role.REVIEWER)
    secret = desk.client.cookies["hrd"]
    desk.clock.move(hours=11)
    desk.client.cookies.clear()
    desk.client.cookies.set("hrd", secret)
    assert desk.client.get("/queue").status_code == 401
    desk.client.cookies.clear()
    sign_in(desk, Role.REVIEWER)
    assert sum(one.kind == "session" for one in desk.parts.store.credentials()) == 1


def test_a_session_does_not_outlive_its_token(desk: Desk) -> None:
    token = desk.token(Role.REVIEWER, lifetime=timedelta(hours=1))
    desk.client.post("/login", data={"token": token})
    [session, *_] = [one for one in desk.parts.store.credentials() if one.kind == "session"]
    [parent] = [one for one in desk.parts.store.credentials() if one.kind == "token"]
    assert session.expires_at == parent.expires_at
    assert desk.client.get("/queue").status_code == 200
    assert revoke(desk.parts.store, parent.id)
    assert desk.client.get("/queue").status_code == 401


def test_signing_out_ends_the_session_itself(desk: Desk) -> None:
    secret, csrf = sign_in(desk, Role.REVIEWER)
    answer = desk.client.post("/logout", data={"csrf": csrf})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "hrd" not in desk.client.cookies
    desk.client.cookies.set("hrd", secret)
    assert desk.client.get("/queue").status_code == 401
    desk.client.cookies.clear()
    assert desk.client.post("/logout").status_code == 303


# --- forged forms -----------------------------------------------------------------------------------------------------


def test_only_our_own_form_changes_anything(desk: Desk) -> None:
    _, other = sign_in(desk, Role.REVIEWER)
    _, csrf = sign_in(desk, Role.REVIEWER)
    assert other != csrf
    for sent in ({}, {"csrf": ""}, {"csrf": other}, {"csrf": csrf[:-1]}, {"csrf": "ü"}):
        assert desk.client.post("/act", data=sent, headers=FORM).status_code == 403
    assert desk.client.post("/logout", data={"csrf": other}).status_code == 403
    assert desk.client.post("/act", data={"csrf": csrf}).status_code == 200
    assert desk.client.post("/act", headers={"X-CSRF-Token": csrf}).status_code == 200


def test_a_form_from_another_site_is_refused(desk: Desk) -> None:
    _, csrf = sign_in(desk, Role.REVIEWER)
    for site in ("cross-site", "same-site"):
        foreign = {"Sec-Fetch-Site": site}
        assert desk.client.post("/act", data={"csrf": csrf}, headers=foreign).status_code == 403
        assert desk.client.post("/logout", data={"csrf": csrf}, headers=foreign).status_code == 403
        answer = desk.client.post("/login", data={"token": desk.token(Role.REVIEWER)}, headers=foreign)
        assert answer.status_code == 403
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    assert desk.client.post("/act", data={"csrf": csrf}, headers=own).status_code == 200


# --- guessing ---------------------------------------------------------------------------------------------------------


def test_guessing_is_slowed_down_for_one_address_only(desk: Desk) -> None:
    token = desk.token(Role.REVIEWER)
    codes = [desk.client.post("/login", data={"token": f"hrd_{number}"}).status_code for number in range(11)]
    assert codes == [401] * 10 + [429]
    waiting = desk.client.post("/login", data={"token": token})
    assert waiting.status_code == 429
    assert 0 < int(waiting.headers["retry-after"]) <= 301
    elsewhere = TestClient(desk.app, base_url="http://desk.example", client=("203.0.113.9", 1), follow_redirects=False)
    assert elsewhere.post("/login", data={"token": token}).status_code == 303
    desk.clock.move(minutes=6)
    assert desk.client.post("/login", data={"token": token}).status_code == 303


def test_a_failed_sign_in_is_shown_to_the_person(desk: Desk) -> None:
    answer = desk.client.post("/login", data={"token": "hrd_x"}, headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert "was not accepted" in answer.text
    assert "hrd_x" not in answer.text


def test_a_role_without_pages_cannot_sign_in(desk: Desk) -> None:
    assert desk.client.post("/login", data={"token": desk.token(Role.INGEST)}).status_code == 401


def test_the_lifespan_of_the_application_ends_the_backlog(desk: Desk) -> None:
    async def run() -> None:
        async with desk.app.router.lifespan_context(desk.app):
            pass

    asyncio.run(run())
    assert not desk.app.state.backlog.put((b"{}",))
