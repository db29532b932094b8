"""/openapi.json: the routes with an example for every body and answer, and every problem that a route can answer with.

Problems are said once, by status, so that all routes word them alike. Bodies are described here because they are read
by hand (`serve.bodies`, `serve.batch`).
"""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from detector import __version__
from serve import problem as problems
from serve.problem import MEDIA_TYPE, FieldError, Problem, document
from serve.schema import NewDecision, ProblemDocument

Described = dict[str, Any]
_EXAMPLE_REQUEST = "9f2c1a7be0d34c55"

_PROBLEMS: dict[int, Callable[[], Problem]] = {
    400: lambda: problems.malformed("The body is not JSON."),
    401: problems.unauthorized,
    403: lambda: problems.forbidden("flags:read"),
    404: problems.not_found,
    413: lambda: problems.too_large("The body is larger than 16 MB."),
    415: lambda: problems.unsupported(("application/json",)),
    422: lambda: problems.invalid(FieldError(field="verdict", reason="is required")),
    500: problems.failed,
    503: lambda: problems.unavailable("The store does not answer. Please try again."),
}

_SUMMARY = "Finds online attacks on human rights defenders and puts them, with reasons, before people."
_DESCRIPTION = """\
The machine asks; people decide. A flag is a request that a person look, never a sanction, and no flags is not safety.

Every call but the health checks needs a bearer token, which `detector token create --role ROLE` makes. Errors are
RFC 9457 problem documents of one shape. Fields that are not described here are ignored.
"""


def answers(*statuses: int) -> dict[int | str, Described]:
    """The problems that a route can answer with besides 500, for its `responses`."""
    return {status: _described(status) for status in sorted({*statuses, 500})}


def _described(status: int) -> Described:
    example = _PROBLEMS[status]()
    return {
        "description": example.title,
        "content": {
            MEDIA_TYPE: {"schema": _reference(ProblemDocument), "example": document(example, _EXAMPLE_REQUEST)}
        },
    }


def answer(model: type[BaseModel], description: str, example: object) -> Described:
    """What a route answers with when all is well."""
    return {"model": model, "description": description, "content": {"application/json": {"example": example}}}


def body(**media_types: Described) -> Described:
    """A route's body, for its `openapi_extra`; `__` stands for "/" and `_` for "-" in a media type."""
    content = {name.replace("__", "/").replace("_", "-"): shape for name, shape in media_types.items()}
    return {"requestBody": {"required": True, "content": content}}


def model_body(model: type[BaseModel]) -> Described:
    """A JSON body that is read as a model, with the model's own example."""
    example = model.model_config.get("json_schema_extra")
    assert isinstance(example, dict)
    return body(application__json={"schema": _reference(model), "example": example["example"]})


def _reference(model: type[BaseModel]) -> Described:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def describe(app: FastAPI) -> Described:
    """The whole description (OpenAPI 3.1)."""
    made = get_openapi(
        title="hrd-detector",
        version=__version__,
        summary=_SUMMARY,
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        routes=app.routes,
    )
    _, extra = models_json_schema(
        [(ProblemDocument, "validation"), (NewDecision, "validation")],
        ref_template="#/components/schemas/{model}",
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in extra["$defs"].items():
        schemas.setdefault(name, schema)
    _forget_framework_errors(made)
    return made


def _forget_framework_errors(made: Described) -> None:
    """Take out the errors that FastAPI documents by itself: ours have another shape, and are documented above."""
    for operation in (operation for item in made["paths"].values() for operation in item.values()):
        for status, response in list(operation["responses"].items()):
            if int(status) >= 400 and MEDIA_TYPE not in response["content"]:
                del operation["responses"][status]
    for name in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(name, None)
