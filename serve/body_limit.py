"""A limit on the size of request bodies, for those that say their size and for those that do not. Pure ASGI.

Nothing is buffered here: bytes are counted as the application reads them, so a body that nobody reads costs nothing.
"""

from contextlib import suppress
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.problem import problem_response, too_large


class _TooLargeError(Exception):
    """Unwinds the application; what it answers meanwhile is dropped."""


@dataclass(slots=True)
class _Count:
    """What has been read of one body, and whether an answer has begun."""

    receive: Receive
    send: Send
    limit: int
    read: int = 0
    answering: bool = False

    @property
    def is_over(self) -> bool:
        return self.read > self.limit

    async def counted(self) -> Message:
        message = await self.receive()
        self.read += len(message.get("body", b""))
        if self.is_over:
            raise _TooLargeError
        return message

    async def guarded(self, message: Message) -> None:
        # The framework takes any failure to read a body for a malformed one, and would answer so.
        if self.is_over and not self.answering:
            return
        self.answering = True
        await self.send(message)


@dataclass(slots=True)
class BodyLimit:
    """Answers 413 to bodies of more than `limit` bytes."""

    app: ASGIApp
    limit: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count one request's body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        count = _Count(receive, send, self.limit, read=_declared(scope))
        if not count.is_over:
            count.read = 0
            with suppress(_TooLargeError):
                await self.app(scope, count.counted, count.guarded)
        if count.is_over and not count.answering:
            problem = too_large(f"The body is larger than {self.limit / 1e6:g} MB.")
            await problem_response(problem, scope["state"]["request_id"])(scope, receive, send)


def _declared(scope: Scope) -> int:
    """The size that the request declares (bytes), or 0."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0
