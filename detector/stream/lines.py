"""Bytes to lines with bounded memory: opens plain, gzip and zstd files and standard input, and cuts lines.

Compression is told by the first bytes, not by the name. A line over the limit is skipped to its end and reported, so
that a file of one endless line needs no more memory than any other.
"""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from detector.errors import InputError

MAX_LINE = 4 << 20
"""Bytes. A native record with the longest text allowed, all of it escaped, takes under 1.3 MB."""

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_BOM = b"\xef\xbb\xbf"
BROKEN = (EOFError, OSError, zlib.error)


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end; `content` is None where the line was too long or the stream broke (`problem` says)."""

    number: int
    content: bytes | None
    problem: str = ""


@dataclass(slots=True)
class Input:
    """An open input: decompressed bytes, and how far the file beneath has been read (0-1, None where unknown)."""

    name: str
    stream: io.BufferedReader
    _raw: BinaryIO
    _size: int

    def peek(self, count: int) -> bytes:
        """The first bytes, decompressed, without consuming them (b"" where the stream is damaged from the start)."""
        try:
            return self.stream.peek(count)[:count]
        except BROKEN:
            return b""

    def close(self) -> None:
        """Close the file beneath (standard input stays open)."""
        if self.name != "-":
            self.stream.close()
            self._raw.close()

    def progress(self) -> float | None:
        """Share of the (compressed) file that has been read."""
        if not self._size or self._raw.closed:
            return None
        return min(1.0, self._raw.tell() / self._size)


def open_input(path: str) -> Input:
    """Open a file, or standard input for "-".

    Raises:
        InputError: It does not exist or may not be read.
    """
    if path == "-":
        raw = cast("BinaryIO", sys.stdin.buffer)
        return Input("-", _decompressed(io.BufferedReader(cast("io.RawIOBase", raw), _CHUNK)), raw, 0)
    try:
        size = Path(path).stat().st_size
        raw = Path(path).open("rb", buffering=0)  # noqa: SIM115 - `Input.close` closes it
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}") from error
    return Input(path, _decompressed(io.BufferedReader(raw, _CHUNK)), cast("BinaryIO", raw), size)


def _decompressed(stream: io.BufferedReader) -> io.BufferedReader:
    head = stream.peek(4)[:4]
    reader: Any = stream
    if head.startswith(_GZIP):
        reader = io.BufferedReader(gzip.GzipFile(fileobj=stream), _CHUNK)
    elif head.startswith(_ZSTD):
        import pyarrow as pa  # noqa: PLC0415 - costs a tenth of a second; only zstd readers pay

        # pyarrow rather than zstandard: its reader says when the stream ends inside a frame.
        zstd = pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd")
        reader = io.BufferedReader(zstd, _CHUNK)
    return cast("io.BufferedReader", reader)


def read_lines(stream: BinaryIO | io.BufferedReader, *, max_line: int = MAX_LINE) -> Iterator[Line]:
    """Cut a byte stream into lines, numbered from 1. A broken stream ends in one line that says so."""
    number, rest, skipping = 0, b"", False
    chunks = _chunks(stream)
    for chunk in chunks:
        if isinstance(chunk, str):
            yield Line(number + 1, None, chunk)
            return
        *lines, rest = (rest + chunk).split(b"\n")
        for content in lines:
            number += 1
            if skipping or len(content) > max_line:
                skipping = False
                yield Line(number, None, f"line longer than {max_line:,} bytes")
            else:
                yield Line(number, content.removeprefix(_BOM) if number == 1 else content)
        if len(rest) > max_line:
            rest, skipping = b"", True
    if skipping:
        yield Line(number + 1, None, f"line longer than {max_line:,} bytes")
    elif rest:
        yield Line(number + 1, rest.removeprefix(_BOM) if number == 0 else rest)


def _chunks(stream: BinaryIO | io.BufferedReader) -> Iterator[bytes | str]:
    """Chunks of bytes; a last one of type str tells why the stream broke off."""
    while True:
        try:
            chunk = stream.read(_CHUNK)
        except BROKEN:
            yield "the compressed stream is damaged or ends early; nothing after this line could be read"
            return
        if not chunk:
            return
        yield chunk
