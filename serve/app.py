"""The application factory: routes, the order of the layers around them, and one shape for all errors.

Parts are handed in open and are closed by whoever opened them. Nothing is read from the environment, and nothing is
served that does not say what it needs (`serve.guard`).
"""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from detector.errors import StoreError
from serve import flags, posts, probes, sign_in
from serve.attempts import Attempts
from serve.backlog import Backlog
from serve.bodies import field_errors
from serve.body_limit import BodyLimit
from serve.guard import UndeclaredRouteError, undeclared
from serve.intake import Intake
from serve.pages import Pages, show_problem
from serve.parts import Clock, Parts
from serve.problem import Problem, from_status, invalid, unavailable
from serve.request_log import LastResort, RequestLog
from serve.security_headers import SecurityHeaders

BACKLOG_BODIES = 4
"""How many bodies of the largest size may wait to be judged."""

STOP_SECONDS = 5.0
"""How long a graceful stop works at the backlog."""


def wall_clock() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def _request_id() -> str:
    return secrets.token_hex(8)


def create_app(
    parts: Parts,
    *,
    clock: Clock = wall_clock,
    pages: Pages | None = None,
    new_id: Callable[[], str] = _request_id,
) -> FastAPI:
    """The API, with the console where `pages` are given.

    Raises:
        UndeclaredRouteError: A route does not say what it needs.
    """
    app = FastAPI(
        openapi_url=None,  # its route is one of ours, declared public like any other
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        middleware=[
            Middleware(RequestLog, new_id=new_id),
            Middleware(SecurityHeaders, secure=parts.secure_cookies),
            Middleware(LastResort),
            Middleware(BodyLimit, limit=parts.max_body),
        ],
    )
    intake = Intake(parts, clock)
    app.state.parts = parts
    app.state.clock = clock
    app.state.intake = intake
    app.state.backlog = Backlog(intake.take, capacity=BACKLOG_BODIES * parts.max_body)
    app.state.attempts = Attempts()
    _add_routes(app, pages)
    _add_problems(app, pages)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    await run_in_threadpool(app.state.intake.prepare)
    yield
    await run_in_threadpool(app.state.backlog.stop, STOP_SECONDS)


def _add_routes(app: FastAPI, pages: Pages | None) -> None:
    routers = [posts.router, flags.router, probes.router]
    if pages is not None:
        routers += [sign_in.router, pages.router]
        app.mount("/static", StaticFiles(packages=[("serve", "static")]), name="static")
    for router in routers:
        # The very routes, not copies: what was checked when they were defined is what is served.
        app.router.routes.extend(router.routes)
    open_doors = undeclared(app)
    if open_doors:
        raise UndeclaredRouteError(f"{len(open_doors)} routes do not say what they need: {', '.join(open_doors)}")


def _add_problems(app: FastAPI, pages: Pages | None) -> None:
    def answering(translate: Callable[[Any], Problem]) -> Callable[[Request, Exception], Response]:
        def answer(request: Request, error: Exception) -> Response:
            return show_problem(request, translate(error), pages)

        return answer

    app.add_exception_handler(Problem, answering(lambda problem: problem))
    app.add_exception_handler(HTTPException, answering(lambda error: from_status(error.status_code, error.headers)))
    app.add_exception_handler(RequestValidationError, answering(lambda error: invalid(*field_errors(error.errors()))))
    app.add_exception_handler(StoreError, answering(lambda _: unavailable("The store does not answer.")))
