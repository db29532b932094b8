"""The native record: what one JSON object, CSV row or Parquet row must hold to become a Post.

`docs/formats.md` shows the format. Unknown fields are skipped while parsing and never enter memory; a missing or
ill-typed field of ours makes a `Rejected` with the reason. Reasons name fields, never their content.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from detector.domain import Account, AccountId, Post, PostId, PostRef

MAX_TEXT = 100_000
"""Code points. The longest post of any platform we know is under 70,000; more is a file, not a post."""

Text = Annotated[str, msgspec.Meta(min_length=1)]
# Stores keep these in plain columns and indexes: PostgreSQL takes no NUL in a text and no endless key in an index.
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
Language = Annotated[str, msgspec.Meta(max_length=100)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]

_HANDLE = re.compile(r"(?<![\w@/.])@([\w][\w.\-]{0,63}(?:@[\w\-]+(?:\.[\w\-]+)+)?)")
_LINK = re.compile(r"https?://[^\s<>\"'“”»]+", re.IGNORECASE)
_TAG = re.compile(r"(?<![\w&/])[#＃](\w+)")
_LIST_CELL = re.compile(r"[|\s]+")


class BadRecordError(ValueError):
    """A record cannot be read; the message is the reason and names fields only."""


class RawAccount(msgspec.Struct):
    """`author` of the record: `id` is required, the rest may be null."""

    id: Key
    handle: str | None = None
    created_at: Time | None = None


class RawOther(msgspec.Struct):
    """The author of a post that is pointed at: anything known of them helps, nothing is required."""

    id: str | None = None
    handle: str | None = None


class RawRef(msgspec.Struct):
    """`in_reply_to`, `repost_of`, `quote_of`."""

    id: str | None = None
    author: RawOther | None = None


class RawMention(msgspec.Struct):
    """An entry of `mentions`."""

    handle: str


class RawPost(msgspec.Struct):
    """One native record as it stands in a file."""

    id: Key
    platform: Key
    text: Text
    author: RawAccount
    created_at: Time
    lang: Language | None = None
    in_reply_to: RawRef | None = None
    repost_of: RawRef | None = None
    quote_of: RawRef | None = None
    mentions: list[RawMention] | None = None
    links: list[str] | None = None
    tags: list[str] | None = None


Raw = TypeVar("Raw")
_posts = msgspec.json.Decoder(RawPost)


def post_from_json(line: bytes) -> Post:
    """Read one JSON object.

    Raises:
        BadRecordError: With the reason, fit to be shown.
    """
    return _post(decoded(_posts, line))


def post_from_row(row: Mapping[str, Any]) -> Post:
    """Read one flattened row (`author_id`, `in_reply_to_author_handle`, …) of a CSV or Parquet file.

    Empty cells count as absent. List cells (`mentions`, `links`, `tags`) hold lists, or text parted by space or `|`.

    Raises:
        BadRecordError: With the reason, fit to be shown.
    """
    return _post(converted(_unflatten(row), RawPost))


def decoded(decoder: msgspec.json.Decoder[Raw], line: bytes) -> Raw:
    """Decode one JSON line; whatever is wrong with it becomes a `BadRecordError` with a reason."""
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        raise BadRecordError(_plain(str(error))) from None
    except msgspec.DecodeError as error:
        raise BadRecordError(f"not JSON: {_plain(str(error))}") from None
    except UnicodeDecodeError:
        raise BadRecordError("invalid UTF-8") from None
    except RecursionError:
        raise BadRecordError("nested too deeply") from None


def converted(row: Mapping[str, Any], kind: type[Raw]) -> Raw:
    """Check a row against a record type; what is wrong becomes a `BadRecordError` with a reason."""
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        raise BadRecordError(_plain(str(error))) from None


def _plain(message: str) -> str:
    """Turn the parser's path (`$.author.id`) into the field's name."""
    return message.replace("`$.", "`").replace(" - at `$`", "")


def _post(raw: RawPost) -> Post:
    text = checked_text(raw.text)
    if "\0" in raw.id or "\0" in raw.platform or "\0" in raw.author.id or (raw.lang and "\0" in raw.lang):
        raise BadRecordError("`id`, `platform`, `lang` or `author.id` contains NUL")
    return Post(
        id=PostId(raw.id),
        platform=raw.platform,
        text=text,
        lang=raw.lang or None,
        author=Account(
            id=AccountId(raw.author.id), handle=_handle(raw.author.handle), created_at=raw.author.created_at
        ),
        created_at=raw.created_at,
        in_reply_to=_ref(raw.in_reply_to),
        repost_of=_ref(raw.repost_of),
        quote_of=_ref(raw.quote_of),
        mentions=_mentions(raw.mentions, text),
        links=_found(_LINK, "http", text) if raw.links is None else tuple(raw.links),
        tags=_tags(text) if raw.tags is None else tuple(tag.lstrip("#") for tag in raw.tags),
    )


def checked_text(text: str) -> str:
    """The text, if it can be handled.

    Raises:
        BadRecordError: It is too long, or holds NUL or half of a surrogate pair.
    """
    if len(text) > MAX_TEXT:
        raise BadRecordError(f"text longer than {MAX_TEXT:,} code points")
    if "\0" in text:
        raise BadRecordError("text contains NUL")
    if not text.isascii() and not _is_unicode(text):
        raise BadRecordError("text contains a lone surrogate")
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _handle(handle: str | None) -> str | None:
    """Handles carry no leading @; one is tolerated."""
    return (handle.removeprefix("@") or None) if handle else None


def _ref(raw: RawRef | None) -> PostRef | None:
    if raw is None:
        return None
    author = None
    if raw.author is not None:
        author = Account(id=AccountId(raw.author.id) if raw.author.id else None, handle=_handle(raw.author.handle))
    return PostRef(id=PostId(raw.id) if raw.id else None, author=author)


def _mentions(raw: Sequence[RawMention] | None, text: str) -> tuple[str, ...]:
    if raw is None:
        return handles_in(text)
    return tuple(mention.handle.removeprefix("@") for mention in raw)


def handles_in(text: str) -> tuple[str, ...]:
    """The @handles of a text, without @ and without closing punctuation, in order."""
    if "@" not in text:
        return ()
    return tuple(found.rstrip(".-") for found in _HANDLE.findall(text))


def _found(pattern: re.Pattern[str], hint: str, text: str) -> tuple[str, ...]:
    return tuple(pattern.findall(text)) if hint in text else ()


def _tags(text: str) -> tuple[str, ...]:
    return tuple(_TAG.findall(text)) if "#" in text or "＃" in text else ()


# --- flattened rows ---------------------------------------------------------------------------------------------------

_LISTS = ("mentions", "links", "tags")
_REFS = ("in_reply_to", "repost_of", "quote_of")
COLUMNS: tuple[str, ...] = (
    *("id", "platform", "text", "lang", "created_at", "author_id", "author_handle", "author_created_at"),
    *(f"{ref}_{part}" for ref in _REFS for part in ("id", "author_id", "author_handle")),
    *_LISTS,
)
"""Every column that is read; others are left unread."""


def _unflatten(row: Mapping[str, Any]) -> dict[str, Any]:
    cells = {name: value for name, value in row.items() if value is not None and value != ""}
    record: dict[str, Any] = {
        name: cells[name] for name in ("id", "platform", "text", "lang", "created_at") if name in cells
    }
    if author := _part(cells, "author", ("id", "handle", "created_at")):
        record["author"] = author
    for ref in _REFS:
        pointer: dict[str, Any] = _part(cells, ref, ("id",))
        if author := _part(cells, f"{ref}_author", ("id", "handle")):
            pointer["author"] = author
        if pointer:
            record[ref] = pointer
    for name in _LISTS:
        if name in cells:
            record[name] = _list_cell(name, cells[name])
    return record


def _part(cells: Mapping[str, Any], prefix: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: cells[f"{prefix}_{name}"] for name in names if f"{prefix}_{name}" in cells}


def _list_cell(name: str, cell: Any) -> list[Any]:
    items = [item for item in _LIST_CELL.split(cell) if item] if isinstance(cell, str) else list(cell)
    if name == "mentions":
        return [{"handle": item} if isinstance(item, str) else item for item in items]
    return items
