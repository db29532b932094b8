"""Reading request bodies after the caller is known, and saying what is wrong with them without repeating them.

FastAPI would read and check a body before it asks who sends it; here the guard comes first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from serve.batch import JSON, media_type
from serve.problem import FieldError, Problem, invalid, malformed, unsupported

Model = TypeVar("Model", bound=BaseModel)

_REASONS: Mapping[str, str] = {
    "missing": "is required",
    "enum": "is none of the values that are known here",
    "literal_error": "is none of the values that are known here",
    "string_type": "must be text",
    "string_unicode": "must be valid Unicode",
    "string_too_long": "is too long",
    "string_too_short": "is too short",
    "string_pattern_mismatch": "has characters that are not allowed here",
    "int_parsing": "must be a whole number",
    "less_than_equal": "is too large",
    "greater_than_equal": "is too small",
    "value_error": "contains NUL",  # the one check of our own, see `serve.schema`
}


async def raw_body(request: Request) -> bytes:
    """The body as it came; larger ones than allowed never arrive here (`serve.body_limit`)."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise unsupported((JSON,))
    return await request.body()


RawBody = Annotated[bytes, Depends(raw_body)]


def json_body(model: type[Model]) -> Callable[[Request, bytes], Model]:
    """A dependency that reads a JSON body as a model."""

    def read(request: Request, body: RawBody) -> Model:
        if media_type(request.headers.get("Content-Type")) != JSON:
            raise unsupported((JSON,))
        try:
            return model.model_validate_json(body)
        except ValidationError as error:
            raise _problem(error.errors(include_url=False, include_context=False, include_input=False)) from None

    return read


def _problem(errors: Sequence[Any]) -> Problem:
    if any(error["type"] == "json_invalid" for error in errors):
        return malformed("The body is not JSON, or is nested too deeply.")
    return invalid(*field_errors(errors))


def field_errors(errors: Sequence[Any]) -> tuple[FieldError, ...]:
    """Pydantic's errors by field, each with a reason of our own: its messages may repeat what was sent."""
    return tuple(
        FieldError(
            # The place begins with "body" or "query" where FastAPI read it; only names of our own fields follow.
            field=".".join(str(part) for part in error["loc"] if part not in {"body", "query", "path"}) or "body",
            reason=_REASONS.get(error["type"], "is not valid"),
        )
        for error in errors
    )
