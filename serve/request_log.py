"""One line of log a request: ids and counts, and nothing that a caller chose. Pure ASGI, outermost.

The path is that of the route as it was declared (`/v1/flags/{flag_id}`), never the one that was sent; no query string,
no address, no name. Whatever escapes the application ends here as a 500, with the places in the code that it passed but
without its message, which may hold what was sent.
"""

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.problem import failed, problem_response

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FRAMES = 8

_log = logging.getLogger("serve.requests")


@dataclass(slots=True)
class _Line:
    """What is known of one answer so far."""

    request_id: str
    send: Send
    status: int = 0
    size: int = 0

    async def noted(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["X-Request-Id"] = self.request_id
        else:
            self.size += len(message.get("body", b""))
        await self.send(message)


@dataclass(slots=True)
class RequestLog:
    """Logs requests, gives each an id, and answers for what fails."""

    app: ASGIApp
    new_id: Callable[[], str]
    timer: Callable[[], float] = time.perf_counter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Log one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        line, began = _Line(self.new_id(), send), self.timer()
        scope.setdefault("state", {})["request_id"] = line.request_id
        try:
            await self.app(scope, receive, line.noted)
        except ClientDisconnect:
            pass  # nobody is left to answer
        finally:
            _log.info(
                "%s %s %s by %s: %d, %d bytes, %.0f ms",
                line.request_id,
                scope["method"] if scope["method"] in METHODS else "other",
                getattr(scope.get("route"), "path", "-"),
                scope["state"].get("caller_id", "-"),
                line.status,
                line.size,
                (self.timer() - began) * 1000,
            )


@dataclass(slots=True)
class LastResort:
    """The service's last handler: whatever escapes becomes a 500, and a line in the log without its message."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guard one request."""
        answering = False

        async def noted(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except ClientDisconnect:
            raise
        except Exception as error:
            if scope["type"] != "http":
                raise
            request_id = scope["state"]["request_id"]
            _log.error("%s failed (%s) at %s", request_id, type(error).__name__, _places(error))
            if not answering:
                await problem_response(failed(), request_id)(scope, receive, send)


def _places(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
