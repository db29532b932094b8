"""Reading posts: formats, bad records, and the promise that nothing is lost silently."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.domain import Post, Rejected
from detector.errors import InputError
from detector.stream.files import open_posts
from detector.stream.lines import read_lines
from detector.stream.native import BadRecordError, post_from_json

GOOD: dict[str, Any] = {
    "id": "p1",
    "platform": "example",
    "text": "Hola @otra, mira https://a.example/x #agua",
    "lang": "es",
    "author": {"id": "u1", "handle": "@alguien", "created_at": None},
    "created_at": "2026-03-01T12:00:00+01:00",
    "in_reply_to": {"id": "p0", "author": {"id": "u2", "handle": "otra"}},
    "something_new": {"deep": [1, 2, 3]},
}


def line(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def read(path: Path) -> tuple[list[Post], list[Rejected]]:
    posts: list[Post] = []
    rejected: list[Rejected] = []
    for batch in open_posts(str(path)).batches():
        posts += batch.posts
        rejected += batch.rejected
    return posts, rejected


def test_fields_and_what_is_found_in_the_text() -> None:
    post = post_from_json(line())
    assert post.author.handle == "alguien"
    assert post.mentions == ("otra",)
    assert post.links == ("https://a.example/x",)
    assert post.tags == ("agua",)
    assert post.in_reply_to is not None
    assert post.in_reply_to.author is not None
    assert post.in_reply_to.author.handle == "otra"


def test_given_lists_win_over_the_text() -> None:
    post = post_from_json(line(mentions=[{"handle": "@ana"}], links=[], tags=["x"]))
    assert (post.mentions, post.links, post.tags) == (("ana",), (), ("x",))


BAD = {
    "not JSON": b'{"id": "p1", ',
    "not an object": b"[1]",
    "no text": line(text=None),
    "empty text": line(text=""),
    "text of the wrong type": line(text=7),
    "no author": line(author=None),
    "naive time": line(created_at="2026-03-01T12:00:00"),
    "no time at all": line(created_at="yesterday"),
    "text of 10 MB": line(text="x" * 10_000_000),
    "invalid UTF-8": line(text="PLACE").replace(b"PLACE", b"\xff\xfe"),
    "NUL": line(text="a\0b"),
    "lone surrogate": line(text="PLACE").replace(b"PLACE", b"\\udc80"),
    "nesting bomb": line(text="x", bomb="PLACE").replace(b'"PLACE"', b"[" * 500_000 + b"]" * 500_000),
    "nesting bomb in our own field": line(author="PLACE").replace(b'"PLACE"', b"[" * 90_000 + b"]" * 90_000),
    "handle is an object": line(mentions=[{"handle": {}}]),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_record_is_rejected_with_its_line_and_its_neighbours_land(bad: bytes, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"\n".join([line(id="a"), b"", bad, line(id="b")]))
    posts, rejected = read(path)
    assert [post.id for post in posts] == ["a", "b"]
    assert [entry.line for entry in rejected] == [3]
    assert rejected[0].reason


@pytest.mark.parametrize("secret", ["Sentinelle", "💧Sentinelle"])
def test_reasons_never_repeat_content(secret: str, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    changes: list[dict[str, Any]] = [
        {"text": [secret]},
        {"created_at": secret},
        {"author": secret},
        {"author": {secret: secret}},
        {"text": secret + "\0"},
        {"lang": {secret: 1}},
    ]
    path.write_bytes(b"\n".join(line(**change) for change in changes) + b"\n{" + secret.encode())
    posts, rejected = read(path)
    assert not posts
    assert len(rejected) == len(changes) + 1
    assert not any("Sentinelle" in entry.reason for entry in rejected)


def zstd(content: bytes) -> bytes:
    compressed: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return compressed


COMPRESSIONS = {
    "posts.jsonl": bytes,
    "posts.jsonl.gz": gzip.compress,
    "posts.jsonl.zst": zstd,
    "two_frames.zst": lambda b: zstd(b[:50]) + zstd(b[50:]),
}


@pytest.mark.parametrize(("name", "compress"), COMPRESSIONS.items())
def test_compression_is_told_by_content(name: str, compress: Any, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(compress(b"\n".join(line(id=str(n)) for n in range(5000))))
    posts, rejected = read(path)
    assert len(posts) == 5000
    assert not rejected


@pytest.mark.parametrize("compress", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_a_truncated_stream_is_said_and_what_came_before_is_kept(compress: Any, tmp_path: Path) -> None:
    whole = compress(b"\n".join(line(id=str(n), text=f"{n * 7919 % 100_003} text") for n in range(60_000)))
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    posts, rejected = read(path)
    assert 0 < len(posts) < 60_000
    assert "ends early" in rejected[-1].reason


def test_lines_are_the_same_however_the_stream_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"a\n" + b"x" * 3_000_000 + b"\nb\n\nc")
    with path.open("rb") as stream:
        lines = [(entry.number, entry.content) for entry in read_lines(stream, max_line=1_500_000)]
    assert lines == [(1, b"a"), (2, None), (3, b"b"), (4, b""), (5, b"c")]


CSV = """id,platform,text,author_id,author_handle,created_at,in_reply_to_id,in_reply_to_author_handle,tags,extra
p1,example,"two
lines, one record",u1,@ana,2026-03-01T12:00:00Z,p0,otra,agua|minas,ignored
p2,example,,u1,,2026-03-01T12:00:00Z,,,,
p3,example,short row
p4,example,naive,u1,,2026-03-01T12:00:00,,,,
p5,example,fine,u1,,2026-03-01T12:00:00Z,,,,
"""


def test_csv_rows_become_posts_or_rejected_records(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(CSV.encode() + b"p6,example,\xff\xfe,u1,,2026-03-01T12:00:00Z,,,,\n")
    posts, rejected = read(path)
    assert [post.id for post in posts] == ["p1", "p5"]
    assert posts[0].text == "two\nlines, one record"
    assert posts[0].tags == ("agua", "minas")
    assert posts[0].in_reply_to is not None
    assert {entry.line for entry in rejected} == {4, 5, 6, 8}
    assert {entry.line: entry.reason for entry in rejected}[8] == "invalid UTF-8"


def test_csv_with_an_open_quote_loses_nothing_silently(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    rows = "".join(f"p{n},example,text,u1,,2026-03-01T12:00:00Z,,,,\n" for n in range(60_000))
    path.write_text(CSV.splitlines()[0] + '\np,example,"never closed,u1,,x,,,,\n' + rows)
    posts, rejected = read(path)
    assert rejected
    assert posts


def test_parquet_takes_lists_text_and_timestamps(tmp_path: Path) -> None:
    path = tmp_path / "posts.parquet"
    table = pa.table(
        {
            "id": ["a", "b", "c"],
            "platform": ["example"] * 3,
            "text": ["one", None, "three"],
            "author_id": ["u1"] * 3,
            "created_at": pa.array([0, 1, 2], pa.timestamp("s", tz="UTC")),
            "mentions": [["ana"], [], None],
            "huge_and_unknown": ["x" * 1000] * 3,
        }
    )
    pq.write_table(table, path)
    posts, rejected = read(path)
    assert [post.id for post in posts] == ["a", "c"]
    assert posts[0].mentions == ("ana",)
    assert posts[0].created_at is not None
    assert posts[0].created_at.utcoffset() is not None
    assert [entry.line for entry in rejected] == [2]


def test_parquet_with_naive_timestamps_is_rejected_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "posts.parquet"
    row = {"id": "a", "platform": "example", "text": "one", "author_id": "u1"}
    pq.write_table(pa.table({**{k: [v] for k, v in row.items()}, "created_at": pa.array([0], pa.timestamp("s"))}), path)
    posts, rejected = read(path)
    assert not posts
    assert "timezone" in rejected[0].reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.jsonl", None),
        ("picture.png", b"\x89PNG"),
        ("posts.csv", b"id,platform\n1,x\n"),
        ("posts.parquet", b"PAR1 and no more"),
    ],
)
def test_input_that_is_no_posts_file_is_an_error_with_its_name(
    name: str, content: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError):
        read(path)


def test_empty_file_is_an_empty_stream(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.touch()
    assert read(path) == ([], [])


def test_reason_of_a_missing_field_names_it() -> None:
    with pytest.raises(BadRecordError, match="text"):
        post_from_json(b'{"id": "p1", "platform": "example"}')
