"""Cutting a request body into raw records, without reading them: JSON with a list of posts, or NDJSON.

A body that is no such thing is a problem for the whole request; what is wrong inside one record is that record's own
business (`serve.intake`).
"""

import codecs
import re

import msgspec

from serve.problem import FieldError, invalid, malformed, too_large, unsupported

JSON = "application/json"
NDJSON = "application/x-ndjson"
MAX_POSTS = 10_000

_MAX_COMMAS = 500_000
# Matches at every quote, closed or not, and never gives back: linear on any body.
_STRING = re.compile(rb'"(?:[^"\\]|\\.?)*+"?', re.DOTALL)
_TOO_MANY = f"At most {MAX_POSTS:,} posts a request; send several."


class _Envelope(msgspec.Struct):
    posts: list[msgspec.Raw]


_envelope = msgspec.json.Decoder(_Envelope)


def media_type(header: str | None) -> str:
    """The media type of a Content-Type header, without parameters; "" where there is none."""
    return (header or "").partition(";")[0].strip().lower()


def cut(body: bytes, content_type: str | None) -> tuple[bytes, ...]:
    """The raw records of a body.

    Raises:
        Problem: 400 not readable, 413 too many, 415 another media type, 422 no list of posts.
    """
    readers = {JSON: _from_json, NDJSON: _from_ndjson}
    reader = readers.get(media_type(content_type))
    if reader is None:
        raise unsupported((JSON, NDJSON))
    records = reader(body.removeprefix(codecs.BOM_UTF8))
    if len(records) > MAX_POSTS:
        raise too_large(_TOO_MANY)
    return records


def _from_json(body: bytes) -> tuple[bytes, ...]:
    _check_density(body)
    try:
        return tuple(bytes(raw) for raw in _envelope.decode(body).posts)
    except msgspec.ValidationError:
        raise invalid(FieldError(field="posts", reason="must be a list of posts")) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise malformed("The body is not JSON.") from None
    except RecursionError:
        raise malformed("The body is nested too deeply.") from None


def _check_density(body: bytes) -> None:
    """Refuse a body made of millions of tiny elements before anything is built from it (80 bytes for each).

    Commas outside of strings bound the number of elements; the strings are cut out only where all commas are many.
    """
    if body.count(b",") > _MAX_COMMAS and _STRING.sub(b"", body).count(b",") > _MAX_COMMAS:
        raise too_large(_TOO_MANY)


def _from_ndjson(body: bytes) -> tuple[bytes, ...]:
    if body.count(b"\n") > 2 * MAX_POSTS:
        raise too_large(_TOO_MANY)
    return tuple(line for line in body.split(b"\n") if line.strip())
