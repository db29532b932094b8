"""What tests share: values of the domain with invented people, and parts that need something installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine
from sqlalchemy import text as sql

from detector.domain import (
    Account,
    AccountId,
    Assessment,
    Consent,
    Defender,
    DefenderId,
    DefenderKind,
    Flag,
    Handle,
    How,
    Label,
    LabelScore,
    Mention,
    Post,
    PostId,
    Risk,
    Scored,
    Signal,
    Span,
    Unscored,
)
from detector.store.crypto import KeyRing

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


def _require(part: str, *, there: bool) -> None:
    """Skip where a part is missing, unless this run was told that nothing may be skipped."""
    if there:
        return
    if os.environ.get("DETECTOR_REQUIRE_ALL") == "1":
        pytest.fail(f"{part} is missing and DETECTOR_REQUIRE_ALL=1")
    pytest.skip(f"{part} is not installed")


@pytest.fixture(scope="session")
def require() -> Callable[..., None]:
    """`require(part, there=…)`: skip where a part is missing; fail where DETECTOR_REQUIRE_ALL=1 says so."""
    return _require


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing(bytes(range(32)))


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def make_defender() -> Callable[..., Defender]:
    def make(number: int = 1, **changes: Any) -> Defender:
        values: dict[str, Any] = {
            "id": DefenderId(f"d{number}"),
            "kind": DefenderKind.PERSON,
            "name": f"Ana Quispe {number}",
            "aliases": ("Anita",),
            "handles": (Handle(platform="example", handle=f"ana_q{number}"),),
            "languages": ("es",),
            "consent": Consent(given_at=NOW, scope="all platforms"),
        }
        return Defender(**{**values, **changes})

    return make


@pytest.fixture
def make_flag(keys: KeyRing) -> Callable[..., Flag]:
    """Flags that differ by `number`; `labels` are those raised."""

    def make(
        number: int = 1,
        *,
        priority: float = 0.5,
        risk: Risk = Risk.MEDIUM,
        lang: str | None = "es",
        defender: str = "d1",
        labels: tuple[Label, ...] = (Label.INSULT,),
        text: str = "Ana Quispe, vendida",
    ) -> Flag:
        assessment = Assessment(
            post_id=PostId(f"p{number}"),
            platform="example",
            mention=Mention(
                defender_id=DefenderId(defender),
                how=How.NAME,
                confidence=0.9,
                spans=(Span(start=0, end=10),),
                doubts=("the name is also an ordinary word",),
            ),
            flagged=True,
            labels={
                label: LabelScore(score=Scored(probability=0.8), flagged=label in labels)
                if label is not Label.DOXXING
                else LabelScore(score=Unscored(reason="no training data"), flagged=label in labels)
                for label in Label
            },
            risk=risk,
            priority=priority,
            signals=(
                Signal(
                    name="model.insult",
                    value=0.8,
                    weight=1.0,
                    sentence="This post may insult the defender (about 8 in 10).",
                    innocent="Sharp words about the work are criticism.",
                    evidence=Span(start=12, end=19),
                ),
            ),
            lang=lang,
            model="test@1",
            policy="test@1",
        )
        post = Post(
            id=PostId(f"p{number}"),
            platform="example",
            text=text,
            lang=lang,
            author=Account(id=AccountId("u9"), handle="somebody"),
            created_at=NOW,
        )
        return Flag(id=keys.flag_id(assessment), assessment=assessment, post=post, created_at=NOW)

    return make


_POSTGRES = Path("/usr/lib/postgresql")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A private PostgreSQL on a socket of its own, for the length of the run."""
    binaries = sorted(_POSTGRES.glob("*/bin/initdb"))
    _require("PostgreSQL", there=bool(binaries))
    bin_ = binaries[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    # PostgreSQL refuses to run as root; as root, run it as the user that its package made.
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres", "postgres")
    data, options = folder / "data", f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, capture_output=True, cwd=folder)

    run(str(bin_ / "initdb"), "-D", str(data), "-A", "trust", "-U", "detector", "-E", "UTF8", "--locale=C")
    run(str(bin_ / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://detector@/postgres?host={folder}"
    finally:
        run(str(bin_ / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address where nothing is stored yet, for every kind of database."""
    return _fresh(request, tmp_path)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same for every kind of store."""
    return "memory:" if request.param == "memory" else _fresh(request, tmp_path)


def _fresh(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    return new_database(request.getfixturevalue("postgres_url"))


def new_database(server: str) -> str:
    """A fresh database on a server; its address."""
    name = f"t{uuid4().hex}"
    admin = create_engine(server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sql(f"CREATE DATABASE {name}"))
    admin.dispose()
    return server.replace("/postgres?", f"/{name}?")
