"""Default deny: every route declares what it needs, once, through one of the dependencies below.

    needs(Scope.X)         the API: a bearer token with this scope
    signed_in(Scope.X)     a page of the console: a session with this scope
    public()               nothing, on purpose

Routes are made with `GuardedRoute` (see `guarded_router`): one that declares nothing, or a changing page without
`require_csrf`, is refused when it is defined, so that it cannot be served. A bearer token opens no page and a cookie
opens no API route, which keeps forged cross-site requests away from the API altogether.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Form, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from detector.store.protocols import Credential
from serve.access import Kind, Scope, holder
from serve.parts import now_of, parts_of
from serve.problem import forbidden, forged, signed_out, unauthorized
from serve.session import CSRF_HEADER, is_cross_site, is_our_form, session

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(
    auto_error=False, scheme_name="token", description="`detector token create --role ROLE` makes one."
)


@dataclass(frozen=True, slots=True)
class Needs:
    """A bearer token with this scope."""

    scope: Scope

    def __call__(
        self, request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Credential:
        """The caller; raises a 401 or 403 problem."""
        caller = sent and holder(parts_of(request).store, sent.credentials, Kind.TOKEN, now=now_of(request))
        if not caller:
            raise unauthorized()
        return _allowed(request, caller, self.scope)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with this scope."""

    scope: Scope

    def __call__(self, request: Request) -> Credential:
        """Who is signed in; raises a 401 or 403 problem."""
        caller = session(request)
        if caller is None:
            raise signed_out()
        return _allowed(request, caller, self.scope)


@dataclass(frozen=True, slots=True)
class Public:
    """Nothing."""

    def __call__(self) -> None:
        """Everybody may."""


def _allowed(request: Request, caller: Credential, scope: Scope) -> Credential:
    request.state.caller_id = caller.id
    if scope not in caller.scopes:
        raise forbidden(scope)
    return caller


def needs(scope: Scope) -> Any:  # Any: what `Depends` returns is FastAPI's own
    """Declare the scope of an API route; the value is the caller's `Credential`."""
    return Depends(Needs(scope))


def signed_in(scope: Scope) -> Any:  # Any: see `needs`
    """Declare the scope of a page; the value is the `Credential` of who is signed in."""
    return Depends(SignedIn(scope))


def public() -> Any:  # Any: see `needs`
    """Declare that a route is for everybody."""
    return Depends(Public())


def check_csrf(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> None:
    """Refuse a form that does not come from a page of the present session."""
    if session(request) is None:
        raise signed_out()  # whose session has ended is led to sign in, not told of forgery
    sent = request.headers.get(CSRF_HEADER) or csrf
    if is_cross_site(request) or not is_our_form(request, sent):
        raise forged()


require_csrf = Depends(check_csrf)
"""The dependency that every changing page needs besides `signed_in`."""


class UndeclaredRouteError(TypeError):
    """A route does not declare what it needs; see `serve.guard`."""


Access = Needs | SignedIn | Public


def declared(route: APIRoute) -> Access:
    """What a route says it needs.

    Raises:
        UndeclaredRouteError: Nothing, or more than one thing.
    """
    calls = list(_calls(route.dependant))
    found = [call for call in calls if isinstance(call, Needs | SignedIn | Public)]
    if len(found) != 1:
        raise UndeclaredRouteError(f"{route.path} declares {len(found)} times what it needs; once is right")
    changes = not set(route.methods or ()) <= SAFE_METHODS
    if changes and isinstance(found[0], SignedIn) and check_csrf not in calls:
        raise UndeclaredRouteError(f"{route.path} changes something and does not ask for a CSRF token")
    return found[0]


def _calls(dependant: Dependant) -> Iterator[Any]:  # Any: callables of every kind
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


class GuardedRoute(APIRoute):
    """A route that cannot be defined without saying what it needs."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # Any: handed through to FastAPI
        super().__init__(*arguments, **options)
        self.access = declared(self)


def guarded_router() -> APIRouter:
    """A router whose routes must declare what they need."""
    return APIRouter(route_class=GuardedRoute, redirect_slashes=False)


def undeclared(app: FastAPI) -> list[str]:
    """Paths of the application that are neither guarded nor static files. Must be empty."""
    return [
        getattr(route, "path", repr(route))
        for route in app.routes
        if not isinstance(route, GuardedRoute) and not (isinstance(route, Mount) and isinstance(route.app, StaticFiles))
    ]
