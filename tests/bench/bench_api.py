"""The API over a real socket: posts a second for a reader, and whether the time of an answer tells a feed anything."""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from detector.domain import Consent, Defender, DefenderId, DefenderKind, Handle
from detector.settings import read_settings
from detector.store import open_store
from detector.store.crypto import load_or_make_key

pytestmark = pytest.mark.bench
DETECTOR = (sys.executable, "-c", "from detector.cli import main; main()")
DEFENDERS = 1_000
ROUNDS = 60

Send = Callable[[str, list[dict[str, Any]]], float]


@pytest.fixture
def send(tmp_path: Path) -> Iterator[Send]:
    """Sends posts under a role's token; the seconds until the answer is there."""
    store = open_store(read_settings({}, data=tmp_path).store_url, load_or_make_key("", tmp_path / "key")[0])
    store.put_defenders(
        Defender(
            id=DefenderId(f"d{number}"),
            kind=DefenderKind.PERSON,
            name=f"Ximena Tarqui {number}",
            handles=(Handle(platform="example", handle=f"ximena{number}"),),
            consent=Consent(),
        )
        for number in range(DEFENDERS)
    )
    store.close()
    tokens: dict[str, str] = {}
    for role in ("ingest", "reviewer"):
        command = [*DETECTOR, "token", "create", "--role", role, "--data", str(tmp_path)]
        tokens[role] = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    command = [*DETECTOR, "--data", str(tmp_path), "serve", "--port", "0", "--quiet"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ) as server:
        assert server.stderr is not None
        address = next(found[1] for line in server.stderr if (found := re.search(r"on (http\S+)", line)))

        def sent(role: str, posts: list[dict[str, Any]]) -> float:
            headers = {"Authorization": f"Bearer {tokens[role]}", "Content-Type": "application/json"}
            request = Request(f"{address}/v1/posts", json.dumps({"posts": posts}).encode(), headers)
            began = time.perf_counter()
            with urlopen(request) as answer:
                answer.read()
            return time.perf_counter() - began

        yield sent
        server.terminate()


def records(count: int, *, about_defenders: bool, batch: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "id": f"p{batch}-{number}",
            "platform": "example",
            "text": f"@{'ximena' if about_defenders else 'nobody'}{number % DEFENDERS} I will kill you tonight",
            "lang": "en",
            "author": {"id": "u1"},
            "created_at": "2026-03-01T12:00:00Z",
        }
        for number in range(count)
    ]


def test_posts_a_second_for_a_reader(send: Send) -> None:
    send("reviewer", records(1, about_defenders=True))
    for about_defenders in (False, True):
        seconds = send("reviewer", records(5_000, about_defenders=about_defenders, batch=1))
        print(f"reader, about defenders: {about_defenders}: {5_000 / seconds:,.0f} posts/s")


def test_the_time_of_an_answer_tells_a_feed_nothing(send: Send) -> None:
    send("ingest", records(1, about_defenders=True))
    times: dict[bool, list[float]] = {False: [], True: []}
    for batch in range(ROUNDS):
        for about_defenders, seen in times.items():
            seen.append(send("ingest", records(20, about_defenders=about_defenders, batch=batch)))
            time.sleep(0.05)
    for about_defenders, seen in times.items():
        print(f"ingest, about defenders: {about_defenders}: median {statistics.median(seen) * 1000:.2f} ms")
