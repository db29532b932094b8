"""Writing JSON answers: msgspec's encoder, so that the API writes exactly what `scan` and `export` write."""

import msgspec
from starlette.responses import Response

_encode = msgspec.json.Encoder().encode


def json_answer(content: object, status: int = 200, *, location: str | None = None) -> Response:
    """An answer with a JSON body."""
    headers = {"Location": location} if location else None
    return Response(_encode(content), status, headers=headers, media_type="application/json")
