"""The console's routes: sign-in page, queue, flag, decision, and two pages to look things up.

A person with `flags:read` sees flags and reasons; names and texts need `texts:read` besides. Nothing here judges.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from detector.assess.reasons import reasons
from detector.domain import Decision, DefenderId, FlagId, Verdict
from detector.errors import UsageError
from detector.labels import taxonomy
from detector.store.protocols import Credential, FlagPage, FlagQuery, StoredFlag
from serve.access import Scope
from serve.console import flag_page, queue, wording
from serve.console.marking import pieces
from serve.console.pages import page
from serve.guard import guarded_router, public, require_csrf, signed_in
from serve.pages import Pages
from serve.parts import now_of, parts_of
from serve.problem import FieldError, Problem, invalid, not_found
from serve.session import csrf_token, session

NAMES_SHOWN = 200
"""Defenders offered in the filter: those with most flags. The others are found by their flags."""

_SIGN_IN_CODES = frozenset({"sign-in-failed", "too-many-attempts"})

router = guarded_router()

Reader = Annotated[Credential, signed_in(Scope.FLAGS_READ)]
Decider = Annotated[Credential, signed_in(Scope.FLAGS_DECIDE)]


@router.get("/", dependencies=[public()], include_in_schema=False)
def home() -> Response:
    """The queue is where work begins."""
    return RedirectResponse("/queue", status_code=303)


@router.get("/login", dependencies=[public()], include_in_schema=False)
def sign_in_page(request: Request) -> Response:
    """The form that asks for a token; whoever is signed in already is led on."""
    if session(request) is not None:
        return RedirectResponse("/queue", status_code=303)
    return page("login.html", problem="")


@router.get("/queue", include_in_schema=False)
def show_queue(request: Request, me: Reader) -> Response:
    """Flags, most urgent first."""
    query = queue.read_query(request.query_params)
    listed = _listed(request, query)
    facets = parts_of(request).store.facets(query)
    often = sorted(facets.defender, key=lambda id_: -facets.defender[id_])[:NAMES_SHOWN]
    ids = {stored.flag.assessment.mention.defender_id for stored in listed.flags}
    names = _names(request, me, {*often, *ids})
    return page(
        "queue.html",
        **_frame(request, me, "queue"),
        **_just_decided(request),
        page=listed,
        names=names,
        filters=queue.filters(query, facets, names),
        filtered=queue.is_filtered(query),
        query=queue.address(query),
        next_query=queue.address(queue.onward(query, listed.next_cursor)),
    )


@router.get("/flags/{flag_id}", include_in_schema=False)
def show_flag(request: Request, me: Reader, flag_id: FlagId) -> Response:
    """One flag: one post, one question."""
    store = parts_of(request).store
    stored = _stored(request, flag_id)
    query = queue.read_query(request.query_params)
    assessment = stored.flag.assessment
    may_read = Scope.TEXTS_READ in me.scopes
    defender = assessment.mention.defender_id
    return page(
        "flag.html",
        **_frame(request, me, "flag"),
        **_just_decided(request),
        stored=stored,
        name=_names(request, me, {defender})[defender],
        may_read=may_read,
        pieces=pieces(stored.flag) if may_read else (),
        context=flag_page.context(stored.flag) if may_read else (),
        warning=wording.label_warning(assessment.flagged_labels),
        reasons=reasons(),
        decisions=store.decisions(flag_id),
        may_decide=Scope.FLAGS_DECIDE in me.scopes,
        query=queue.address(query),
        next_id=flag_page.next_flag(store, query, flag_id),
    )


@router.post("/flags/{flag_id}/decide", dependencies=[require_csrf], include_in_schema=False)
def decide(
    request: Request,
    me: Decider,
    flag_id: FlagId,
    verdict: Annotated[Verdict, Form()],
    reason: Annotated[str, Form(max_length=100)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
    query: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Keep a decision and go on to the next flag of the same list."""
    if reason and reason not in {one.code for one in reasons()}:
        raise invalid(FieldError(field="reason", reason="is none of the codes that are known here"))
    store = parts_of(request).store
    asked = queue.read_query(queue.parsed(query))
    following = flag_page.next_flag(store, asked, flag_id)
    decision = Decision(
        flag_id=flag_id, verdict=verdict, reason=reason, note=note.strip(), reviewer=me.name, decided_at=now_of(request)
    )
    if not store.decide(decision):
        raise not_found()
    target = f"/flags/{following}" if following else "/queue"
    said = queue.joined(queue.address(asked), f"decided={verdict}", f"on={flag_id}")
    return RedirectResponse(f"{target}?{said}", status_code=303)


@router.get("/labels", include_in_schema=False)
def show_labels(request: Request, me: Reader) -> Response:
    """What counts as an attack: the taxonomy, as training and API use it."""
    return page("labels.html", **_frame(request, me, "labels"), taxonomy=taxonomy())


@router.get("/keys", include_in_schema=False)
def show_keys(request: Request, me: Reader) -> Response:
    """What the keyboard does."""
    return page("keys.html", **_frame(request, me, "keys"))


@router.get("/style", include_in_schema=False)
def show_style(request: Request, me: Reader) -> Response:
    """Every component in every state: the living style guide."""
    return page("style.html", **_frame(request, me, "style"))


def problem_page(request: Request, problem: Problem) -> Response:
    """A problem, said to a person; a failed sign-in shows the form again."""
    if problem.code in _SIGN_IN_CODES:
        return page("login.html", status=problem.status, problem=problem.detail)
    me = session(request)
    frame = _frame(request, me, "") if me else {}
    return page("problem.html", status=problem.status, title=problem.title, detail=problem.detail, **frame)


def console() -> Pages:
    """What the application adds when it serves the console."""
    return Pages(router=router, problem=problem_page)


# --- what pages have in common ---------------------------------------------------------------------------------------


def _frame(request: Request, me: Credential, here: str) -> Mapping[str, Any]:
    return {"me": me.name, "csrf": csrf_token(request), "here": here, "now": now_of(request)}


def _just_decided(request: Request) -> Mapping[str, Any]:
    verdict, flag_id = request.query_params.get("decided", ""), request.query_params.get("on", "")
    known = verdict in set(Verdict) and flag_id.isalnum()
    return {"decided": verdict if known else None, "decided_on": flag_id if known else ""}


def _names(request: Request, me: Credential, ids: Iterable[str]) -> dict[str, str]:
    """Names for people who may read them; ids for all others, and for whoever is no longer on the roster."""
    if Scope.TEXTS_READ not in me.scopes:
        return {id_: id_ for id_ in ids}
    store = parts_of(request).store
    found = {id_: store.defender(DefenderId(id_)) for id_ in ids}
    return {id_: defender.name if defender else id_ for id_, defender in found.items()}


def _listed(request: Request, query: FlagQuery) -> FlagPage:
    try:
        return parts_of(request).store.flags(query)
    except UsageError:
        raise invalid(FieldError(field="cursor", reason="is not one that was given out here")) from None


def _stored(request: Request, flag_id: FlagId) -> StoredFlag:
    stored = parts_of(request).store.flag(flag_id) if flag_id.isalnum() else None
    if stored is None:
        raise not_found()
    return stored
