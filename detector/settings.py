"""Settings: the one place that reads the environment.

Every setting has a `DETECTOR_…` variable and, where a command uses it, a flag; `detector settings` lists them all from
the table below. Rooms are handed values and never look here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from detector.errors import UsageError

PREFIX = "DETECTOR_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One line of `detector settings`."""

    name: str
    default: str
    help: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="data",
        default="./detector-data",
        help="The one folder where the embedded store, the key and local bundles live.",
    ),
    Setting(name="store", default="", help="URL of the store; empty means SQLite in the data folder."),
    Setting(
        name="key",
        default="",
        help="The key that encrypts the roster and makes flag ids, base64 of 32 bytes; empty means the key file.",
    ),
    Setting(
        name="key_file",
        default="",
        help="File that holds the key; empty means `key` in the data folder, made at the first start with mode 600.",
    ),
    Setting(name="bundle", default="", help="Folder of the model bundle; empty means the one that ships."),
    Setting(name="policy", default="", help="Policy file (TOML); empty means the one that ships."),
    Setting(name="host", default="127.0.0.1", help="Address that `detector serve` listens on."),
    Setting(name="port", default="8000", help="Port that `detector serve` listens on."),
    Setting(
        name="secure_cookies",
        default="auto",
        help="Console cookie for HTTPS only: yes, no, or auto (yes unless on a loopback address).",
    ),
    Setting(name="session_hours", default="10", help="Hours after which a console session ends."),
    Setting(name="max_body_mb", default="16", help="Largest request body that the API reads, in MB."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked and typed. Build with `read_settings`."""

    data: Path
    store: str
    key: str
    key_file: Path
    bundle: Path | None
    policy: Path | None
    host: str
    port: int
    secure_cookies: bool
    session_hours: float
    max_body_mb: float

    @property
    def store_url(self) -> str:
        """The store's URL, with the default filled in."""
        return self.store or f"sqlite:///{(self.data / 'store.sqlite').resolve()}"

    def __repr__(self) -> str:
        """Without the key, so that it cannot reach a log."""
        shown = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "key"}
        return f"Settings({shown})"


def read_settings(environ: Mapping[str, str] | None = None, **flags: Any) -> Settings:
    """Settings from flags (None: not given), then the environment, then the defaults.

    Raises:
        UsageError: A value cannot be read, or a `DETECTOR_…` variable is none of ours (a typo would else be silent).
    """
    environ = os.environ if environ is None else environ
    known = {setting.variable for setting in SETTINGS} | {PREFIX + "REQUIRE_ALL"}
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise UsageError(f"Unknown setting {', '.join(unknown)}; `detector settings` lists those that exist.")
    text = {s.name: environ.get(s.variable, s.default) for s in SETTINGS}
    text |= {name: str(value) for name, value in flags.items() if value is not None}
    data = Path(text["data"])
    return Settings(
        data=data,
        store=text["store"],
        key=text["key"],
        key_file=Path(text["key_file"]) if text["key_file"] else data / "key",
        bundle=Path(text["bundle"]) if text["bundle"] else None,
        policy=Path(text["policy"]) if text["policy"] else None,
        host=text["host"],
        port=int(_number("port", text["port"], low=0, high=65_535)),
        secure_cookies=_secure(text["secure_cookies"], text["host"]),
        session_hours=_number("session_hours", text["session_hours"], low=0.01, high=24 * 31),
        max_body_mb=_number("max_body_mb", text["max_body_mb"], low=0.01, high=1024),
    )


def _number(name: str, text: str, *, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise UsageError(f"{PREFIX}{name.upper()} must be a number from {low:g} to {high:g}")
    return value


def _secure(text: str, host: str) -> bool:
    choices = {"yes": True, "no": False, "auto": host not in {"127.0.0.1", "::1", "localhost"}}
    if text not in choices:
        raise UsageError(f"{PREFIX}SECURE_COOKIES must be one of {', '.join(choices)}")
    return choices[text]
