"""/v1/flags: what was found, most urgent first, and what people decide about it. Post texts are not shown here."""

import re
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.responses import Response

from detector.assess.reasons import reasons
from detector.domain import Decision, DefenderId, FlagId, Label, Risk, Status
from detector.errors import UsageError
from detector.store.protocols import Credential, FlagQuery, StoredFlag
from detector.stream.flag_record import flag_record
from serve.access import Scope
from serve.answer import json_answer
from serve.bodies import json_body
from serve.guard import guarded_router, needs
from serve.openapi import answer, answers, model_body
from serve.parts import now_of, parts_of
from serve.problem import FieldError, invalid, not_found
from serve.schema import FLAG_EXAMPLE, DecisionMade, FlagDetail, FlagList, NewDecision

router = guarded_router()

_TIME = "2026-03-01T12:00:05Z"
_DECISION = {
    "verdict": "confirmed",
    "reason": "threat",
    "note": "Same wording as last week.",
    "reviewer": "heron",
    "decided_at": _TIME,
}
_LISTED = {**FLAG_EXAMPLE, "status": "open", "created_at": _TIME}
_FLAG_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")

Reader = Annotated[Credential, needs(Scope.FLAGS_READ)]


def _query(
    status: Annotated[Status | None, Query(description="Where the flag stands.")] = None,
    label: Annotated[Label | None, Query(description="A label whose threshold was passed.")] = None,
    risk: Annotated[Risk | None, Query()] = None,
    lang: Annotated[
        str | None, Query(pattern=r"^[A-Za-z0-9-]{1,35}$", description="BCP 47 code.", examples=["es"])
    ] = None,
    defender_id: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]+$", examples=["d1"])] = None,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> FlagQuery:
    return FlagQuery(
        status=status,
        label=label,
        risk=risk,
        lang=lang,
        defender_id=DefenderId(defender_id) if defender_id else None,
        cursor=cursor,
        limit=limit,
    )


@router.get(
    "/v1/flags",
    responses={
        200: answer(FlagList, "A page of flags.", {"flags": [_LISTED], "total": 1, "next_cursor": "ODEwMDAwOjNmOWE"}),
        **answers(401, 403, 422, 503),
    },
)
def list_flags(request: Request, caller: Reader, query: Annotated[FlagQuery, Depends(_query)]) -> Response:
    """List flags, most urgent first."""
    del caller
    try:
        page = parts_of(request).store.flags(query)
    except UsageError:
        raise invalid(FieldError(field="cursor", reason="is not one that was given out here")) from None
    return json_answer(
        {"flags": [_listed(stored) for stored in page.flags], "total": page.total, "next_cursor": page.next_cursor}
    )


def _listed(stored: StoredFlag) -> dict[str, Any]:
    standing = {"status": stored.status, "created_at": stored.flag.created_at}
    return flag_record(stored.flag.id, stored.flag.assessment) | standing


@router.get(
    "/v1/flags/{flag_id}",
    responses={
        200: answer(
            FlagDetail,
            "The flag and all decisions on it.",
            {"flag": FLAG_EXAMPLE, "status": "confirmed", "created_at": _TIME, "decisions": [_DECISION]},
        ),
        **answers(401, 403, 404, 503),
    },
)
def show_flag(request: Request, caller: Reader, flag_id: str) -> Response:
    """Show one flag, where it stands, and every decision on it, oldest first."""
    del caller
    store = parts_of(request).store
    stored = store.flag(_known(flag_id))
    if stored is None:
        raise not_found()
    return json_answer(
        {
            "flag": flag_record(stored.flag.id, stored.flag.assessment),
            "status": stored.status,
            "created_at": stored.flag.created_at,
            "decisions": [_decision(one) for one in store.decisions(stored.flag.id)],
        }
    )


@router.post(
    "/v1/flags/{flag_id}/decisions",
    status_code=201,
    openapi_extra=model_body(NewDecision),
    responses={
        201: answer(
            DecisionMade,
            "The decision was kept.",
            {"flag_id": FLAG_EXAMPLE["flag_id"], "status": "confirmed", "decision": _DECISION},
        ),
        **answers(400, 401, 403, 404, 413, 415, 422, 503),
    },
)
def decide(
    request: Request,
    caller: Annotated[Credential, needs(Scope.FLAGS_DECIDE)],
    flag_id: str,
    sent: Annotated[NewDecision, Depends(json_body(NewDecision))],
) -> Response:
    """Append a decision. The reviewer is the pseudonym of the token; a change of mind is a new decision."""
    if sent.reason and sent.reason not in {reason.code for reason in reasons()}:
        raise invalid(FieldError(field="reason", reason="is none of the codes that are known here"))
    decision = Decision(
        flag_id=_known(flag_id),
        verdict=sent.verdict,
        reason=sent.reason,
        note=sent.note,
        reviewer=caller.name,
        decided_at=now_of(request),
    )
    if not parts_of(request).store.decide(decision):
        raise not_found()
    made = {"flag_id": decision.flag_id, "status": decision.verdict, "decision": _decision(decision)}
    return json_answer(made, 201, location=f"/v1/flags/{decision.flag_id}")


def _known(flag_id: str) -> FlagId:
    """The id, if it can be one: what cannot is not looked up (and "not found" says no more than that)."""
    if not _FLAG_ID.fullmatch(flag_id):
        raise not_found()
    return FlagId(flag_id)


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "verdict": decision.verdict,
        "reason": decision.reason,
        "note": decision.note,
        "reviewer": decision.reviewer,
        "decided_at": decision.decided_at,
    }
