"""Downloads: one file of a public repository at one commit, into a folder, with its checksum beside it.

What was fetched is not fetched again while it agrees with its checksum; what broke off goes on where it stopped. The
checksum is the one of the first download (or of the card, where it says one): it finds damage, not forgery. That a
commit always holds the same bytes is the repository's promise. Nothing is unpacked or read here.
"""

import hashlib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from detector.errors import InputError

GITHUB = "https://raw.githubusercontent.com/{repository}/{commit}/{path}"
"""Where the files of a public repository are, as a template; a mirror is another template."""

MOST_BYTES = 512 << 20
"""No file of a card is near this size: a source that sends more is not what we asked for."""

_CHUNK = 1 << 18
_PATIENCE_S = 60
_POINTER = b"version https://git-lfs"

Progress = Callable[[float | None, int], None]


def fetch_file(url: str, target: Path, *, sha256: str = "", progress: Progress = lambda _share, _count: None) -> Path:
    """The file of a URL, from the folder if it is there and whole, else from the network.

    Args:
        url: https, http or file.
        target: Where it belongs; `target.sha256` is kept beside it, `target.part` while it is under way.
        sha256: What it must be, in hexadecimal; empty where nobody said.
        progress: Told the share that has come (None: unknown) and the bytes.

    Raises:
        InputError: It cannot be reached, is larger than `MOST_BYTES`, stands for a file that is kept elsewhere (Git
            LFS), or differs from `sha256`.
    """
    expected = sha256 or _kept_checksum(target)
    if target.is_file() and expected and _checksum(target) == expected:
        return target
    if not url.startswith(("https://", "http://", "file://")):
        raise InputError(f"{url} is no address of a kind that is fetched (https, http, file)")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        _stream(url, part, progress)
    except urllib.error.HTTPError as error:
        raise InputError(f"{url} cannot be fetched: the server answered {error.code} {error.reason}") from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise InputError(f"{url} cannot be reached ({reason}); is this machine offline? What came is kept.") from error
    _check(part, url, sha256)
    digest = _checksum(part)
    part.replace(target)
    _checksum_path(target).write_text(f"{digest}  {target.name}\n", encoding="utf-8")
    return target


def address(template: str, *, repository: str, commit: str, path: str) -> str:
    """The URL of a file, from a template with {repository}, {commit} and {path}.

    Raises:
        InputError: The template lacks one of the three or has another.
    """
    try:
        url = template.format(repository=repository, commit=commit, path=urllib.parse.quote(path))
    except (KeyError, IndexError, ValueError) as error:
        raise InputError(
            f"A source is an address with {{repository}}, {{commit}} and {{path}}, not {template}"
        ) from error
    if any("{" + name + "}" not in template for name in ("repository", "commit", "path")):
        raise InputError(f"A source is an address with {{repository}}, {{commit}} and {{path}}, not {template}")
    return url


def _stream(url: str, part: Path, progress: Progress) -> None:
    have = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - checked above
    try:
        answer = urllib.request.urlopen(request, timeout=_PATIENCE_S)  # noqa: S310 - the scheme was checked
    except urllib.error.HTTPError as error:
        if error.code != 416 or not have:
            raise
        part.unlink()  # nothing lies beyond what we have: whether it is whole, only a fresh start can tell
        _stream(url, part, progress)
        return
    with answer:
        resumed = getattr(answer, "status", None) == 206
        done = have if resumed else 0
        length = answer.headers.get("Content-Length")
        total = done + int(length) if length else None
        with part.open("ab" if resumed else "wb") as file:
            while chunk := answer.read(_CHUNK):
                done += len(chunk)
                if done > MOST_BYTES:
                    raise InputError(f"{url} sends more than {MOST_BYTES >> 20} MB: not what was asked for")
                file.write(chunk)
                progress(done / total if total else None, done)
    if total is not None and done < total:
        raise InputError(f"{url} broke off after {done:,} of {total:,} bytes; the same command goes on from there")


def _check(part: Path, url: str, sha256: str) -> None:
    with part.open("rb") as file:
        pointer = file.read(len(_POINTER)) == _POINTER
    if pointer:
        part.unlink()
        raise InputError(f"{url} only points at a file that is kept elsewhere (Git LFS): fetch it by hand")
    if sha256 and _checksum(part) != sha256:
        part.unlink()
        raise InputError(f"{url} is not the file that its card describes: the checksum differs")


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksum_path(target: Path) -> Path:
    return target.with_name(target.name + ".sha256")


def _kept_checksum(target: Path) -> str:
    try:
        return _checksum_path(target).read_text(encoding="utf-8").split()[0]
    except (OSError, IndexError):
        return ""
