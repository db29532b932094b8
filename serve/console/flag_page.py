"""The flag page: one post, one question. What it shows, and which flag comes next."""

from dataclasses import dataclass, replace

from detector.domain import Flag, FlagId, PostRef
from detector.store.protocols import FlagQuery, FlagReader


@dataclass(frozen=True, slots=True)
class ContextLine:
    """One line of where a post stands: "In reply to @someone"."""

    words: str
    whom: str


def context(flag: Flag) -> tuple[ContextLine, ...]:
    """What the post replies to, quotes or reposts."""
    post = flag.post
    if post is None:
        return ()
    pointers = (("In reply to", post.in_reply_to), ("Quotes", post.quote_of), ("Reposts", post.repost_of))
    return tuple(ContextLine(words, _whom(ref)) for words, ref in pointers if ref is not None)


def _whom(ref: PostRef) -> str:
    author = ref.author
    if author and author.handle:
        return f"@{author.handle}"
    return f"post {ref.id}" if ref.id else "an unknown post"


def next_flag(store: FlagReader, query: FlagQuery, after: FlagId) -> FlagId | None:
    """The flag to look at after this one: the next of the same list, or its first where this one has left it."""
    page = store.flags(query)
    ids = [stored.flag.id for stored in page.flags]
    if after in ids[:-1]:
        return ids[ids.index(after) + 1]
    if after in ids and page.next_cursor:
        following = store.flags(replace(query, cursor=page.next_cursor, limit=1)).flags
        return following[0].flag.id if following else None
    first = store.flags(replace(query, cursor=None, limit=2)).flags
    return next((stored.flag.id for stored in first if stored.flag.id != after), None)
