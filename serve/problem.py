"""Errors as RFC 9457 problem documents: one shape for everything that goes wrong.

A problem says what happened and what to do, and never repeats what was sent: `detail` is written here, `errors` names
fields of ours and rules, never values. `type` is a stable name to program against; `instance` ties an answer to its
line in the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
URN = "urn:hrd-detector:problem:"
_ASK_FOR_TOKEN = {"WWW-Authenticate": 'Bearer realm="hrd-detector"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one field of ours: its name and the rule it breaks."""

    field: str
    reason: str


@dataclass(slots=True, kw_only=True, eq=False)
class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """Something to tell the caller. Raise it anywhere below a route."""

    status: int
    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase

    def __str__(self) -> str:
        return f"{self.status} {self.code}"


def document(problem: Problem, request_id: str) -> dict[str, object]:
    """The problem as a JSON-able object."""
    made: dict[str, object] = {
        "type": URN + problem.code,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": f"urn:hrd-detector:request:{request_id}",
    }
    if problem.errors:
        made["errors"] = [{"field": error.field, "reason": error.reason} for error in problem.errors]
    return made


def problem_response(problem: Problem, request_id: str) -> Response:
    """The problem as an answer."""
    body = msgspec.json.encode(document(problem, request_id))
    return Response(body, problem.status, headers=dict(problem.headers), media_type=MEDIA_TYPE)


# --- the problems there are -------------------------------------------------------------------------------------------


def unauthorized() -> Problem:
    """No token, or none that holds: unknown, expired, revoked and misspelt all look the same."""
    return Problem(
        status=401,
        code="unauthorized",
        detail="A valid token is needed: send it as 'Authorization: Bearer hrd_…'.",
        headers=_ASK_FOR_TOKEN,
    )


def signed_out() -> Problem:
    """No session, or one that has ended."""
    return Problem(status=401, code="signed-out", detail="Please sign in.", headers=_ASK_FOR_TOKEN)


def sign_in_failed() -> Problem:
    """The token in the form does not hold, or opens no page."""
    return Problem(
        status=401,
        code="sign-in-failed",
        detail="This token was not accepted. It may be mistyped, expired or revoked, or made for another use.",
        headers=_ASK_FOR_TOKEN,
    )


def too_many_attempts(seconds: int) -> Problem:
    """Too many failed sign-ins from one address."""
    return Problem(
        status=429,
        code="too-many-attempts",
        detail="Too many failed sign-ins from this address. Please wait before trying again.",
        headers={"Retry-After": str(seconds)},
    )


def forbidden(scope: str) -> Problem:
    """The token holds but does not reach this far."""
    return Problem(
        status=403,
        code="forbidden",
        detail=f"This token lacks the scope {scope}.",
        headers={"WWW-Authenticate": f'Bearer realm="hrd-detector", error="insufficient_scope", scope="{scope}"'},
    )


def forged() -> Problem:
    """A form that did not come from our own page, or from an older session."""
    return Problem(
        status=403,
        code="form-not-ours",
        detail="This form did not come from the page of your present session. Nothing was changed: open the page anew.",
    )


def not_found() -> Problem:
    """No such thing, or none for this caller."""
    return Problem(status=404, code="not-found", detail="There is nothing here.")


def too_large(detail: str) -> Problem:
    """The body is more than we read. The rest of it is not waited for."""
    return Problem(status=413, code="too-large", detail=detail, headers={"Connection": "close"})


def unsupported(accepted: tuple[str, ...]) -> Problem:
    """The body is of a kind that is not read here."""
    return Problem(
        status=415,
        code="unsupported-media-type",
        detail=f"Send the body as {' or '.join(accepted)}, without a content encoding.",
        headers={"Accept-Post": ", ".join(accepted)},
    )


def malformed(detail: str) -> Problem:
    """The body cannot be read at all."""
    return Problem(status=400, code="malformed", detail=detail)


def invalid(*errors: FieldError) -> Problem:
    """The body or the address can be read, but breaks a rule."""
    return Problem(status=422, code="invalid", detail="Some fields break a rule; `errors` says which.", errors=errors)


def unavailable(detail: str, *, seconds: int = 5) -> Problem:
    """Not now."""
    return Problem(status=503, code="unavailable", detail=detail, headers={"Retry-After": str(seconds)})


def failed() -> Problem:
    """Our own fault."""
    return Problem(
        status=500,
        code="internal",
        detail="Something went wrong on our side. The log of the service tells more, under this instance.",
    )


def from_status(status: int, headers: Mapping[str, str] | None) -> Problem:
    """A problem for a bare HTTP status that the framework raised."""
    known = {
        400: malformed("The request could not be read."),
        404: not_found(),
        405: Problem(status=405, code="method-not-allowed", detail="This address does not answer to this method."),
        413: too_large("The request is larger than what is read here."),
    }
    problem = known.get(status) or Problem(
        status=status, code=HTTPStatus(status).phrase.lower().replace(" ", "-"), detail=HTTPStatus(status).phrase + "."
    )
    problem.headers = {**problem.headers, **(headers or {})}
    return problem
