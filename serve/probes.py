"""What machines ask of the service: is it there, is it ready, how much has it done, and what can it do.

Figures are counts; no metric carries the name or id of a defender, an account or a post.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, cast

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from detector.store.protocols import Credential, FlagQuery
from serve.access import Scope
from serve.answer import json_answer
from serve.backlog import Backlog
from serve.guard import guarded_router, needs, public
from serve.openapi import answer, answers, describe
from serve.parts import parts_of
from serve.problem import unavailable
from serve.schema import Health

router = guarded_router()

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_NOT_A_NAME = re.compile(r"[^a-z0-9]+")
_EXAMPLE = '# TYPE detector_posts_total counter\ndetector_posts_total 1500\ndetector_flags{status="open"} 112\n'


@router.get(
    "/healthz",
    dependencies=[public()],
    responses={200: answer(Health, "The service is there.", {"status": "ok"}), **answers()},
)
async def health() -> Response:
    """Say that the process answers. Asks nothing else: a restart would not mend a store.

    On the event loop itself, so that a busy thread pool does not make the process look dead.
    """
    return json_answer({"status": "ok"})


@router.get(
    "/readyz",
    dependencies=[public()],
    responses={200: answer(Health, "The service is ready.", {"status": "ready"}), **answers(503)},
)
def ready(request: Request) -> Response:
    """Say whether the store answers and its schema is current."""
    if not parts_of(request).store.is_ready():
        raise unavailable("The store is not ready.")
    return json_answer({"status": "ready"})


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={
        200: {"description": "Figures in Prometheus' text format.", "content": {"text/plain": {"example": _EXAMPLE}}},
        **answers(401, 403, 503),
    },
)
def metrics(request: Request, caller: Annotated[Credential, needs(Scope.METRICS_READ)]) -> Response:
    """Figures in Prometheus' text format (scope metrics:read: how many attacks there are is nobody's business)."""
    del caller
    store, backlog = parts_of(request).store, cast("Backlog", request.app.state.backlog)
    facets = store.facets(FlagQuery())
    lines = [
        *_totals(store.counts()),
        *_gauge("flags", "Stored flags, by where they stand.", "status", facets.status),
        *_gauge("flags_by_risk", "Stored flags, by risk.", "risk", facets.risk),
        *_gauge("flags_by_label", "Stored flags, by label.", "label", facets.label),
        "# HELP detector_backlog_batches Batches that wait to be judged.",
        "# TYPE detector_backlog_batches gauge",
        f"detector_backlog_batches {len(backlog)}",
        "# HELP detector_posts_lost_total Posts that were queued and could not be stored, since the start.",
        "# TYPE detector_posts_lost_total counter",
        f"detector_posts_lost_total {backlog.lost}",
    ]
    return Response("\n".join(lines) + "\n", media_type=_PROMETHEUS)


def _totals(counts: Mapping[str, int]) -> Iterator[str]:
    for name, value in sorted(counts.items()):
        metric = f"detector_{_NOT_A_NAME.sub('_', name.lower())}_total"
        yield f"# HELP {metric} Total of {name} since the store was made."
        yield f"# TYPE {metric} counter"
        yield f"{metric} {value}"


def _gauge(name: str, meaning: str, by: str, values: Mapping[str, int]) -> Iterator[str]:
    yield f"# HELP detector_{name} {meaning}"
    yield f"# TYPE detector_{name} gauge"
    for value, count in sorted(values.items()):
        yield f'detector_{name}{{{by}="{value}"}} {count}'


@router.get("/openapi.json", dependencies=[public()], include_in_schema=False)
def openapi(request: Request) -> Response:
    """Describe the API."""
    return json_answer(describe(request.app))
