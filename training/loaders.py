"""Loaders: a data set as a table of our columns, from a folder or from its publisher.

`load` gives a `datasets.Dataset`, for those who train; `fetch` writes NAME.parquet, which `training.examples` and every
recipe read. The layout is one for all: text, lang, part, upstream_split, raw, target and a nullable column a label,
null where nobody annotated. The part is drawn from a hash of the folded text, so that the same text falls into the same
part whatever set it comes from. Near-duplicates that differ in words are not looked for here.
"""

import hashlib
import io
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.errors import InputError, MissingExtraError
from detector.settings import read_settings
from training.cards import Card, find_card
from training.download import GITHUB, MOST_BYTES, Progress, address, fetch_file
from training.examples import COLUMNS
from training.upstream import Adapter, File, Reading, read_upstream

if TYPE_CHECKING:
    import datasets

PARTS = ("train", "dev", "test")
_TRAIN_SHARE, _DEV_SHARE = 0.85, 0.05
"""Of the folded texts; the rest is the test part."""

SOURCES = "sources"
"""Below the folder of the tables: the publishers' files as they came, with their checksums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of fetching a set: rows read from the publisher's files; rows written, duplicates joined."""

    path: Path
    read: int
    written: int


def load(name: str, folder: Path | None = None, *, source: str = GITHUB) -> "datasets.Dataset":
    """A data set, from NAME.parquet in a folder, or without one from its publisher; it has a column for every label.

    Args:
        name: As in its card.
        folder: Where NAME.parquet lies. None: `datasets` in the data folder (DETECTOR_DATA), fetched where missing.
        source: Template of the addresses to fetch from, see `training.download`.

    Raises:
        CardError: There is no such set, or its card is not valid.
        InputError: NAME.parquet is not in the folder; or it cannot be fetched, or only by hand.
        MissingExtraError: `datasets` is not installed.
    """
    try:
        import datasets  # noqa: PLC0415 - seconds to import, and only those who train have it
    except ImportError as error:
        raise MissingExtraError("train") from error
    import pyarrow as pa  # noqa: PLC0415 - see above
    import pyarrow.parquet as pq  # noqa: PLC0415

    card = find_card(name, folder)
    path = (folder or read_settings().data / "datasets") / f"{name}.parquet"
    if not path.is_file() and folder is not None:
        raise InputError(f"{folder} lacks {name}.parquet; `detector datasets fetch {name}` gets it")
    if not path.is_file():
        fetch(card, path.parent, source=source)
    with pq.ParquetFile(path) as file:
        table = file.read()
    for label in COLUMNS:
        if label not in table.column_names:  # an older table, or one of one's own: nobody annotated it
            table = table.append_column(label, pa.nulls(table.num_rows, pa.int8()))
    return datasets.Dataset(table)


def fetch(
    card: Card, folder: Path, *, source: str = GITHUB, progress: Progress = lambda _share, _count: None
) -> Fetched:
    """Fetch a set from its publisher and write NAME.parquet.

    Args:
        card: Its card, with adapters.
        folder: Where the table goes; the publisher's files are kept in `sources` below it.
        source: Template of the addresses.
        progress: Told the share of the current file and its bytes.

    Raises:
        InputError: It can only be had by hand (the message says how); or a file cannot be fetched or read.
    """
    if card.fetch.how == "by hand":
        raise InputError(f"{card.name} has to be fetched by hand: {card.fetch.instructions}")
    readings = [
        reading
        for adapter in card.fetch.adapters
        for file in adapter.files
        for reading in read_upstream(adapter, file, _content(card, adapter, file, folder, source, progress))
    ]
    rows = join_duplicates(readings)
    if not rows:
        raise InputError(f"{card.name}: its files hold no row that the card's rules keep")
    path = folder / f"{card.name}.parquet"
    _write(path, rows)
    return Fetched(path=path, read=len(readings), written=len(rows))


def join_duplicates(readings: Iterable[Reading]) -> list[dict[str, Any]]:
    """One row a folded text, in order of first appearance: annotations are joined, and dropped where they disagree."""
    rows: dict[str, dict[str, Any]] = {}
    disputed: set[tuple[str, str]] = set()
    for reading in readings:
        key = fold(reading.text)
        if not key:
            continue
        row = rows.setdefault(key, _row(reading, key))
        for label, mark in reading.labels.items():
            if (row[label] if row[label] is not None else mark) != mark:
                disputed.add((key, label))
            row[label] = mark
    for key, label in disputed:
        rows[key][label] = None
    return list(rows.values())


def fold(text: str) -> str:
    """What two texts have in common that differ in case, punctuation, mentions and links only; may be empty."""
    words = (word for word in text.split() if not word.startswith("@user") and word != "http")
    folded = unicodedata.normalize("NFKC", " ".join(words)).casefold()
    kept = "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in folded)
    return " ".join(kept.split())


def part_of(folded: str) -> str:
    """The part of a folded text: train, dev or test."""
    digest = hashlib.sha256(folded.encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return PARTS[(place >= _TRAIN_SHARE) + (place >= _TRAIN_SHARE + _DEV_SHARE)]


def _row(reading: Reading, folded: str) -> dict[str, Any]:
    return {
        "text": reading.text,
        "lang": reading.lang,
        "part": part_of(folded),
        "upstream_split": reading.split,
        "raw": reading.raw,
        "target": "",
        **dict.fromkeys(COLUMNS),
    }


def _content(
    card: Card, adapter: Adapter, file: File, folder: Path, source: str, progress: Callable[[float | None, int], None]
) -> bytes:
    wanted = adapter.repository or card.sources[0].repository
    origin = next(one for one in card.sources if one.repository == wanted)
    url = address(source, repository=origin.repository, commit=origin.commit, path=file.path)
    kept = folder / SOURCES / f"{origin.repository.replace('/', '__')}@{origin.commit[:12]}" / file.path
    path = fetch_file(url, kept, sha256=file.sha256, progress=progress)
    return path.read_bytes() if not file.member else _member(path, file.member)


def _member(path: Path, member: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(member).file_size > MOST_BYTES:
                raise InputError(f"{path.name} holds a file of more than {MOST_BYTES >> 20} MB")
            return archive.read(member)
    except (zipfile.BadZipFile, KeyError) as error:
        raise InputError(f"{path.name} is no ZIP archive with {member} in it") from error


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow as pa  # noqa: PLC0415 - a third of a second that listing cards need not wait
    import pyarrow.parquet as pq  # noqa: PLC0415

    words = ("text", "lang", "part", "upstream_split", "raw", "target")
    schema = pa.schema([(name, pa.string()) for name in words] + [(name, pa.int8()) for name in COLUMNS])
    content = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), content)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content.getvalue())
    part.replace(path)
