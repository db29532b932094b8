"""`detector serve` as a process: it says where it is, answers, and stops gracefully with everything stored."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from detector.domain import Consent, Defender, DefenderId, DefenderKind, Handle
from detector.settings import read_settings
from detector.store import open_store
from detector.store.crypto import KeyRing, load_or_make_key
from detector.store.protocols import FlagQuery

DETECTOR = (sys.executable, "-c", "from detector.cli import main; main()")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = open_store(read_settings({}, data=tmp_path).store_url, _keys(tmp_path))
    store.put_defenders(
        [
            Defender(
                id=DefenderId("d1"),
                kind=DefenderKind.PERSON,
                name="Ximena Tarqui",
                handles=(Handle(platform="example", handle="ximena_tarqui"),),
                consent=Consent(scope="all platforms"),
            )
        ]
    )
    store.close()
    return tmp_path


def _keys(folder: Path) -> KeyRing:
    return load_or_make_key("", folder / "key")[0]


@pytest.fixture
def server(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [*DETECTOR, "--data", str(data), "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = ""
        for line in process.stderr:
            found = re.search(r"Serving on (http://\S+)", line)
            if found:
                address = found[1]
                break
        assert address
        try:
            yield process, address
        finally:
            process.kill()


def token(data: Path, role: str) -> str:
    command = [*DETECTOR, "token", "create", "--role", role, "--data", str(data)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_serve_answers_and_stops_gracefully(server: tuple[subprocess.Popen[str], str], data: Path) -> None:
    process, address = server
    with urlopen(f"{address}/readyz", timeout=20) as answer:
        assert answer.status == 200
    post = {
        "id": "p1",
        "platform": "example",
        "text": "@ximena_tarqui I know where you live and I will kill you tonight",
        "lang": "en",
        "author": {"id": "u1"},
        "created_at": "2026-03-01T12:00:00Z",
    }
    body = json.dumps({"posts": [post]}).encode()
    headers = {"Authorization": f"Bearer {token(data, 'ingest')}", "Content-Type": "application/json"}
    with urlopen(Request(f"{address}/v1/posts", body, headers), timeout=20) as answer:
        assert answer.status == 202
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{address}/v1/flags?secret=sentinel", timeout=20)
    refused.value.close()
    assert refused.value.code == 401
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Stopped." in log
    assert "sentinel" not in log
    assert "GET /v1/flags by -: 401" in log
    store = open_store(read_settings({}, data=data).store_url, _keys(data))
    assert store.flags(FlagQuery()).total == 1
    store.close()


def test_a_taken_address_is_said_in_one_line(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [*DETECTOR, "serve", "--port", port, "--data", str(data)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        f"detector: Cannot listen on 127.0.0.1 port {port}: Address already in use"
    ]
