"""A model on disk: a folder with a manifest, checksummed files and a card. No pickle, no code.

`manifest.json` says what the model is, what each of its heads means (calibration, threshold, languages), what it was
learnt from, and the SHA-256 of every other file. Checksums find damage, not forgery: load bundles from where you trust.
Which class runs a bundle is looked up by its kind in one plain table; that class is imported only then.
"""

import hashlib
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from detector.domain import Label
from detector.errors import BundleError
from detector.shelf import MODELS
from detector.text.model import TextModel

FORMAT = 1
MANIFEST = "manifest.json"
CARD = "card.md"
NOTICE = "NOTICE"
DEFAULT = "encoder"
FLOOR = "ngram"

HOSTILITY = "offensive"
"""The head beside the labels: offensive to anybody at all."""

ATTACK = "attack"
"""The head beside the labels of the marked defender: attacked in any way."""

KINDS: Mapping[str, str] = {
    "ngram": "detector.text.ngram:NgramModel",
    "encoder": "detector.text.encoder:EncoderModel",
}
"""Kind of bundle -> the class that runs it, as "module:Class"; the class has
`load(bundle, explain=...)`."""

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the manifest: an unknown key is refused, because it may be one that matters."""


class Head(Strict, frozen=True):
    """One output of the model.

    `column` is its place in the weights; a raw score becomes sigmoid(slope * raw + intercept), which is flagged from
    `threshold` (0-1) on. `languages` are those in which it was measured. Where `only` is not empty, it answers for
    these languages and no other: it was learnt from too few to be believed elsewhere. `shifts` are added to the
    intercept in languages with enough data to calibrate for themselves; `beside` is the weight of what the floor says
    beside this model (`detector.text.beside`).
    """

    column: int
    slope: float
    intercept: float
    threshold: float
    languages: tuple[str, ...]
    only: tuple[str, ...] = ()
    shifts: dict[str, float] = {}
    beside: float = 0.0


class FileEntry(Strict, frozen=True):
    """A file of the bundle: its size in bytes and SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


class Origin(Strict, frozen=True):
    """A data set that the model learnt from: rows are those used for fitting."""

    name: str
    licence: str
    citation: str
    repository: str
    rows: int


class Manifest(Strict, frozen=True):
    """What `manifest.json` holds.

    `heads` answer whether a text attacks anybody; `target`, where the model has them, whether it attacks the marked
    defender. `settings` are the kind's own; `recipe` and `figures` are for the record.
    """

    format: int
    kind: str
    name: str
    version: str
    heads: dict[str, Head]
    unscored: dict[str, str]
    languages: tuple[str, ...]
    settings: dict[str, int | float | bool | str | list[float]]
    origins: tuple[Origin, ...]
    recipe: dict[str, Any]
    figures: dict[str, Any]
    files: dict[str, FileEntry]
    target: dict[str, Head] = {}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose manifest and checksums were found good."""

    path: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        """`name@version`."""
        return f"{self.manifest.name}@{self.manifest.version}"

    def told(self, manifest: Manifest) -> "Bundle":
        """The same files under another manifest, such as one that was calibrated since; nothing is written."""
        return Bundle(self.path, msgspec.structs.replace(manifest, files=self.manifest.files))

    @property
    def notice(self) -> dict[str, bytes]:
        """What the licences of its weights want said with every copy, as a file to save; none where nothing is."""
        return {NOTICE: (self.path / NOTICE).read_bytes()} if NOTICE in self.manifest.files else {}

    def file(self, name: str) -> Path:
        """The path of a file that the manifest lists.

        Raises:
            BundleError: It lists no such file.
        """
        if name not in self.manifest.files:
            raise BundleError(f"The bundle {self.path} has no {name}")
        return self.path / name


def default_bundle() -> Path:
    """Where the bundle lies that is used where none is named: the encoder, or the floor in a slim install."""
    return MODELS / DEFAULT if (MODELS / DEFAULT / MANIFEST).is_file() else floor_bundle()


def floor_bundle() -> Path:
    """Where the n-gram bundle lies: the fallback, and the baseline that every other model must beat."""
    return MODELS / FLOOR


def load_model(path: Path, *, explain: bool = True) -> TextModel:
    """The text model of a bundle, ready to judge.

    Args:
        path: The bundle's folder.
        explain: Whether judgements say which words moved their scores; an encoder has to read a flagged text some two
            dozen times more for that, which measuring and bulk scoring can do without.

    Raises:
        BundleError: The bundle is damaged, incomplete, or of an unknown format or kind.
    """
    return opened(read_bundle(path), explain=explain)


def opened(bundle: Bundle, *, explain: bool = True) -> TextModel:
    """The text model of a bundle that was read already; see `load_model`.

    Raises:
        BundleError: Its kind is unknown, or its class cannot use its files.
    """
    where = KINDS.get(bundle.manifest.kind)
    if where is None:
        raise BundleError(
            f"The bundle {bundle.path} is of the unknown kind {bundle.manifest.kind!r}; known: {', '.join(KINDS)}"
        )
    module, _, name = where.partition(":")
    model: TextModel = getattr(importlib.import_module(module), name).load(bundle, explain=explain)
    return model


def read_bundle(path: Path) -> Bundle:
    """Read a bundle's manifest and check every file against it.

    Raises:
        BundleError: Something is missing, damaged or not as the format wants it.
    """
    try:
        raw = (path / MANIFEST).read_bytes()
    except OSError as error:
        raise BundleError(f"There is no model bundle in {path}: {MANIFEST} cannot be read") from error
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except msgspec.DecodeError as error:
        raise BundleError(f"{path / MANIFEST} is not a manifest of format {FORMAT}: {error}") from error
    _check(manifest, path)
    for name, entry in manifest.files.items():
        _check_file(path / name, entry)
    return Bundle(path, manifest)


def save_bundle(path: Path, manifest: Manifest, files: Mapping[str, bytes]) -> Bundle:
    """Write a bundle into a folder (made if absent); `files` hold the card, too. Same contents, same bytes.

    Args:
        path: The folder. The manifest is written last, so that a bundle broken off half-way cannot be loaded.
        manifest: The manifest; its `files` are computed here.
        files: Plain names and contents.
    """
    path.mkdir(parents=True, exist_ok=True)
    (path / MANIFEST).unlink(missing_ok=True)
    entries = {}
    for name, content in files.items():
        (path / name).write_bytes(content)
        entries[name] = FileEntry(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    complete = msgspec.structs.replace(manifest, files=entries)
    text = msgspec.json.format(msgspec.json.encode(complete), indent=1)
    (path / MANIFEST).write_bytes(text + b"\n")
    return read_bundle(path)


def _check(manifest: Manifest, path: Path) -> None:
    problems = []
    if manifest.format != FORMAT:
        problems.append(f"format {manifest.format} (this version reads {FORMAT})")
    known = {label.value for label in Label} | {HOSTILITY}
    problems += [f"head {name!r} is no label" for name in manifest.heads if name not in known]
    problems += [
        f"label {label.value} is neither scored nor said to be unscored"
        for label in Label
        if (label.value in manifest.heads) == (label.value in manifest.unscored)
    ]
    problems += [f"target head {name!r} is no label" for name in manifest.target if name not in known | {ATTACK}]
    for name, head in (*manifest.heads.items(), *manifest.target.items()):
        finite = abs(head.slope) < 1e9 and abs(head.intercept) < 1e9 and 0 <= head.beside < 1e3
        if not (finite and head.slope > 0 and 0 <= head.threshold <= 1 and head.column >= 0):
            problems.append(f"head {name!r} has a calibration or threshold out of range")
    problems += [f"file name {name!r} is not plain" for name in manifest.files if not _FILE_NAME.fullmatch(name)]
    if CARD not in manifest.files:
        problems.append("there is no card")
    if problems:
        raise BundleError(f"{path / MANIFEST} cannot be used: {'; '.join(problems)}")


def _check_file(path: Path, entry: FileEntry) -> None:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(f"The bundle is incomplete: {path} cannot be read") from error
    if len(content) != entry.bytes or hashlib.sha256(content).hexdigest() != entry.sha256:
        raise BundleError(f"The bundle is damaged: {path} differs from its checksum")
