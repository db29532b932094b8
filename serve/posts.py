"""POST /v1/posts: a batch of native posts comes in.

A caller who may read flags is told what was found. Any other caller is told one constant thing before anything is
judged, so that a feed cannot ask who is on the roster.
"""

from typing import Annotated, Any, cast

from fastapi import Query, Request
from starlette.responses import Response

from detector.store.protocols import Credential
from detector.stream.flag_record import flag_record
from serve.access import Scope
from serve.answer import json_answer
from serve.backlog import Backlog
from serve.batch import MAX_POSTS, cut
from serve.bodies import RawBody
from serve.guard import guarded_router, needs
from serve.intake import Intake, Receipt
from serve.openapi import answer, answers, body
from serve.parts import parts_of
from serve.problem import unavailable
from serve.schema import FLAG_EXAMPLE, BatchAnswer, BatchQueued

router = guarded_router()

_POST: dict[str, Any] = {
    "id": "p1",
    "platform": "example",
    "text": "@someone …",
    "lang": "es",
    "author": {"id": "u1", "handle": "somebody", "created_at": None},
    "created_at": "2026-03-01T12:00:00Z",
    "in_reply_to": {"id": "p0", "author": {"id": "u2", "handle": "other"}},
}
_BODY = body(
    application__json={
        "schema": {
            "type": "object",
            "required": ["posts"],
            "properties": {
                "posts": {
                    "type": "array",
                    "maxItems": MAX_POSTS,
                    "items": {"type": "object"},
                    "description": "Native posts, see docs/formats.md. One that cannot be read is rejected alone.",
                }
            },
        },
        "example": {"posts": [_POST]},
    },
    application__x_ndjson={
        "schema": {"type": "string", "description": "One native post a line."},
        "example": '{"id": "p1", "platform": "example", "text": "…", "author": {"id": "u1"}, '
        '"created_at": "2026-03-01T12:00:00Z"}\n',
    },
)
_ANSWER = {
    "counts": {"posts": 1, "mentions": 1, "flags": 1, "new": 1, "rejected": 1},
    "rejected": [{"index": 1, "reason": "Object missing required field `created_at`"}],
    "flags": [FLAG_EXAMPLE],
}
_QUEUED = b'{"status":"queued"}'


@router.post(
    "/v1/posts",
    openapi_extra=_BODY,
    responses={
        200: answer(BatchAnswer, "What was found (scope flags:read).", _ANSWER),
        202: answer(BatchQueued, "Queued (any other token). Always the same.", {"status": "queued"}),
        **answers(400, 401, 403, 413, 415, 422, 503),
    },
)
def take_posts(
    request: Request,
    caller: Annotated[Credential, needs(Scope.POSTS_WRITE)],
    content: RawBody,
    *,
    every: Annotated[
        bool, Query(alias="all", description="Answer with every mention, also those that are not flagged.")
    ] = False,
) -> Response:
    """Take in a batch of posts.

    With the scope flags:read the answer says what was found; flags are stored, and the same post twice makes no second
    flag. Without it the answer is a constant 202, sent before anything is judged.
    """
    records = cut(content, request.headers.get("Content-Type"))
    if Scope.FLAGS_READ in caller.scopes:
        receipt = cast("Intake", request.app.state.intake).take(records)
        return json_answer(_found(request, receipt, every=every))
    if not cast("Backlog", request.app.state.backlog).put(records):
        raise unavailable("Too much is waiting to be judged. Please send this batch again later.", seconds=30)
    return Response(_QUEUED, 202, media_type="application/json")


def _found(request: Request, receipt: Receipt, *, every: bool) -> dict[str, Any]:
    flag_id = parts_of(request).flag_id
    assessments = [one.assessment for one in receipt.judged]
    shown = [one for one in assessments if every or one.flagged]
    return {
        "counts": {
            "posts": receipt.posts,
            "mentions": len(assessments),
            "flags": sum(one.flagged for one in assessments),
            "new": receipt.new,
            "rejected": len(receipt.rejected),
        },
        "rejected": [{"index": one.line - 1, "reason": one.reason} for one in receipt.rejected],
        "flags": [flag_record(flag_id(one), one) for one in shown],
    }
