"""What the application is made of, put together elsewhere (`serve.compose`) and handed in.

Values and open parts only; nothing here is read from the environment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from starlette.requests import Request

from detector.domain import Assessment, FlagId
from detector.store.protocols import Store
from detector.stream.pipeline import Pipeline

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that the application needs.

    `pipeline` starts with any roster, an empty one too: the store's is compiled in when it is first needed.
    `max_body` is in bytes; `secure_cookies` also says whether browsers are told to come by HTTPS only.
    """

    store: Store
    pipeline: Pipeline
    flag_id: Callable[[Assessment], FlagId]
    secure_cookies: bool = True
    session_length: timedelta = timedelta(hours=10)
    max_body: int = 16_000_000


def parts_of(request: Request) -> Parts:
    """The parts of the application that answers this request."""
    return cast("Parts", request.app.state.parts)


def now_of(request: Request) -> datetime:
    """The present moment by the application's clock."""
    return cast("Clock", request.app.state.clock)()
