"""Signing in to the console and out of it. The pages around it are the console's; the session is made here.

Signing in always makes a new session and ends the one the browser brought, so that a planted cookie gains nothing.
"""

from typing import Annotated, cast

from fastapi import Form, Request
from starlette.responses import RedirectResponse

from detector.store.protocols import Credential
from serve.access import Kind, Scope, holder, new_session, sweep
from serve.attempts import Attempts
from serve.guard import guarded_router, public
from serve.parts import now_of, parts_of
from serve.problem import forged, sign_in_failed, too_many_attempts
from serve.session import clear_cookie, is_cross_site, is_our_form, session, set_cookie

AFTER_SIGN_IN = "/queue"
AFTER_SIGN_OUT = "/login"

router = guarded_router()


@router.post("/login", dependencies=[public()], include_in_schema=False)
def sign_in(request: Request, token: Annotated[str, Form(max_length=500)] = "") -> RedirectResponse:
    """Exchange a token for a session."""
    if is_cross_site(request):
        raise forged()
    parts, now = parts_of(request), now_of(request)
    sweep(parts.store, now=now)
    made = new_session(_token_holder(request, token.strip()), now=now, lifetime=parts.session_length)
    _end_session(request)
    parts.store.add_credential(made.credential)
    request.state.caller_id = made.credential.id
    answer = RedirectResponse(AFTER_SIGN_IN, status_code=303)
    set_cookie(answer, parts, made.secret)
    return answer


def _token_holder(request: Request, token: str) -> Credential:
    attempts, now = cast("Attempts", request.app.state.attempts), now_of(request)
    address = request.client.host if request.client else ""
    seconds = attempts.wait(address, now=now)
    if seconds:
        raise too_many_attempts(seconds)
    found = holder(parts_of(request).store, token, Kind.TOKEN, now=now)
    if found is None or Scope.FLAGS_READ not in found.scopes:
        attempts.fail(address, now=now)
        raise sign_in_failed()
    return found


@router.post("/logout", dependencies=[public()], include_in_schema=False)
def sign_out(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> RedirectResponse:
    """End the session. Without one there is nothing to forge, and the answer is the same."""
    if session(request) is not None:
        if is_cross_site(request) or not is_our_form(request, csrf):
            raise forged()
        _end_session(request)
    answer = RedirectResponse(AFTER_SIGN_OUT, status_code=303)
    clear_cookie(answer, parts_of(request))
    return answer


def _end_session(request: Request) -> None:
    present = session(request)
    if present is not None:
        parts_of(request).store.remove_credential(present.id)
