"""The application as tests see it: real parts, a moving clock, and a small console to sign in to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from detector.assess.policy import Policy, read_policy
from detector.domain import Consent, Defender, DefenderId, DefenderKind, Handle
from detector.store import Store, open_store
from detector.store.crypto import KeyRing
from detector.store.protocols import Credential
from detector.stream.pipeline import Pipeline
from detector.targets.roster import compile_roster
from detector.text.bundle import floor_bundle, load_model
from detector.text.model import TextModel
from serve.access import Role, Scope, new_token
from serve.app import create_app
from serve.guard import guarded_router, public, require_csrf, signed_in
from serve.pages import Pages
from serve.parts import Parts
from serve.problem import Problem
from serve.session import csrf_token

NAME = "Ximena Tarqui"
HANDLE = "ximena_tarqui"


@dataclass(slots=True)
class MovingClock:
    """Stands still until it is moved."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **length: float) -> None:
        self.moment += timedelta(**length)


@dataclass(slots=True)
class Desk:
    """An application with its store, its clock, and tokens for whoever is asked for."""

    app: FastAPI
    client: TestClient
    parts: Parts
    clock: MovingClock
    _tokens: dict[Role, str] = field(default_factory=dict)

    def token(self, role: Role, **options: Any) -> str:
        """A fresh token's secret."""
        made = new_token(role, now=self.clock(), **{"lifetime": None, **options})
        self.parts.store.add_credential(made.credential)
        return made.secret

    def bearer(self, role: Role) -> dict[str, str]:
        """The header of one and the same token for a role."""
        if role not in self._tokens:
            self._tokens[role] = self.token(role, name=f"the-{role}")
        return {"Authorization": f"Bearer {self._tokens[role]}"}

    def work_off(self) -> None:
        """Wait until everything that was put by is judged and stored."""
        assert self.app.state.backlog.wait(20)


def console() -> Pages:
    """The smallest console there can be."""
    router = guarded_router()

    @router.get("/login", dependencies=[public()], include_in_schema=False)
    def sign_in_page() -> Response:
        return HTMLResponse("<h1>Sign in</h1>")

    @router.get("/queue", include_in_schema=False)
    def queue(request: Request, me: Annotated[Credential, signed_in(Scope.FLAGS_READ)]) -> Response:
        return PlainTextResponse(f"{me.name} {csrf_token(request)}")

    @router.post("/act", dependencies=[require_csrf], include_in_schema=False)
    def act(me: Annotated[Credential, signed_in(Scope.FLAGS_DECIDE)]) -> Response:
        return PlainTextResponse(me.name)

    def problem_page(request: Request, problem: Problem) -> Response:
        del request
        return HTMLResponse(f"<h1>{problem.title}</h1><p>{problem.detail}</p>", problem.status)

    return Pages(router=router, problem=problem_page)


@pytest.fixture(scope="session")
def model() -> TextModel:
    return load_model(floor_bundle())


@pytest.fixture(scope="session")
def policy() -> Policy:
    return read_policy(None)


@pytest.fixture
def defender(now: datetime) -> Defender:
    return Defender(
        id=DefenderId("d-77"),
        kind=DefenderKind.PERSON,
        name=NAME,
        handles=(Handle(platform="example", handle=HANDLE),),
        languages=("en",),
        consent=Consent(given_at=now - timedelta(days=1), scope="all platforms"),
    )


@pytest.fixture(params=["memory", "sqlite"])
def desk_store(request: pytest.FixtureRequest, tmp_path: Path, keys: KeyRing) -> Iterator[Store]:
    opened = open_store("memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'store.sqlite'}", keys)
    yield opened
    opened.close()


@pytest.fixture
def open_desk(
    desk_store: Store, keys: KeyRing, model: TextModel, policy: Policy, defender: Defender, now: datetime
) -> Iterator[Callable[..., Desk]]:
    """Makes desks; options go into `Parts`."""
    clients: list[TestClient] = []

    def make(**options: Any) -> Desk:
        desk_store.put_defenders([defender])
        clock = MovingClock(now)
        values: dict[str, Any] = {
            "store": desk_store,
            "pipeline": Pipeline(roster=compile_roster((), now=now), model=model, policy=policy),
            "flag_id": keys.flag_id,
            "secure_cookies": False,
            "max_body": 4_000_000,
        }
        parts = Parts(**{**values, **options})
        app = create_app(parts, clock=clock, pages=console())
        app.state.backlog.rest = float  # no rest: tests wait for the work
        scheme = "https" if parts.secure_cookies else "http"
        client = TestClient(app, base_url=f"{scheme}://desk.example", follow_redirects=False)
        clients.append(client)
        client.__enter__()
        return Desk(app=app, client=client, parts=parts, clock=clock)

    yield make
    for client in clients:
        client.__exit__()


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()


@pytest.fixture
def make_record() -> Callable[..., dict[str, Any]]:
    """Native records; the default one threatens the defender."""

    def make(number: int = 1, **changes: Any) -> dict[str, Any]:
        record = {
            "id": f"p{number}",
            "platform": "example",
            "text": f"@{HANDLE} I know where you live and I will kill you tonight",
            "lang": "en",
            "author": {"id": "u1", "handle": "somebody"},
            "created_at": "2026-03-03T11:00:00Z",
        }
        return {**record, **changes}

    return make
