"""What the console adds to the application: its routes, and how it shows a problem to a person."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serve.problem import Problem, problem_response

SIGN_IN = "/login"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The console's part. `router` comes from `serve.guard.guarded_router`; `GET /login` is among its routes.

    `problem` renders a problem as a page, with the problem's status. A failed sign-in arrives there too (codes
    `sign-in-failed` and `too-many-attempts`): show the form again, with the problem's detail.
    """

    router: APIRouter
    problem: Callable[[Request, Problem], Response]


def show_problem(request: Request, problem: Problem, pages: Pages | None) -> Response:
    """A problem as a page for a person with a browser, as a document for everybody else."""
    if pages is None or not _is_for_a_person(request):
        return problem_response(problem, request.state.request_id)
    if problem.code == "signed-out":
        return RedirectResponse(SIGN_IN, status_code=303)
    shown = pages.problem(request, problem)
    shown.headers.update(problem.headers)
    return shown


def _is_for_a_person(request: Request) -> bool:
    wants_html = "text/html" in request.headers.get("Accept", "") or "HX-Request" in request.headers
    return wants_html and not request.url.path.startswith("/v1/")
