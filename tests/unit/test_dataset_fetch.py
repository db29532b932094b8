"""Fetching sets: from a server on this machine that stands in for the publisher's, with invented texts."""

import functools
import hashlib
import http.server
import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from detector.cli import cli, main
from detector.errors import CardError, InputError
from training.cards import Card, find_card, read_card, shipped_cards
from training.download import address, fetch_file
from training.examples import read_file
from training.loaders import fetch, fold, join_duplicates, load, part_of
from training.upstream import Reading

COMMIT = "0123456789012345678901234567890123456789"
POSTS = "post,rude\nWhat a windbag!,yes\n@ana see you at the harvest,no\n@eva see you AT the harvest,no\n" + "".join(
    f"meeting number {n} by the river,no\n" for n in range(60)
)
CARD = f"""
name = "invented"
tier = "research"
licence = "not published"
citation = "Invented for a test"
[[sources]]
repository = "someone/posts"
commit = "{COMMIT}"
[fetch]
how = "files"
basis = "files"
[[fetch.adapters]]
files = [{{ path = "data/my posts.csv", split = "train" }}]
text = "post"
lang = "en"
raw = ["rude"]
[[fetch.adapters.rules]]
when = [{{ column = "rude", one_of = ["yes"] }}]
give = {{ offensive = 1 }}
[[fetch.adapters.rules]]
give = {{ offensive = 0 }}
"""


class Shelf(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, with byte ranges, and notes what it was asked for; `broken` files break off half-way."""

    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Range", "")))
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        if start and start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        broken = path.name.startswith("broken") and not start
        self.wfile.write(content[start : start + 10] if broken else content[start:])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        del format, args


class Publisher:
    """A publisher on this machine: a folder, and the address under which its files are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, str]] = []
        handler = type("Noting", (Shelf,), {"asked": self.asked})
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(handler, directory=str(folder))
        )
        self.root = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.template = self.root + "/{repository}/{commit}/{path}"

    def put(self, path: str, content: bytes) -> Path:
        file = self.folder / "someone/posts" / COMMIT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Publisher]:
    (tmp_path / "published").mkdir()
    made = Publisher(tmp_path / "published")
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def card(tmp_path: Path) -> Card:
    path = tmp_path / "invented.toml"
    path.write_text(CARD, encoding="utf-8")
    return read_card(path)


def test_a_set_is_fetched_and_read(publisher: Publisher, card: Card, tmp_path: Path) -> None:
    publisher.put("data/my posts.csv", POSTS.encode())
    told: list[float | None] = []
    fetched = fetch(card, tmp_path / "out", source=publisher.template, progress=lambda share, _: told.append(share))
    assert (fetched.read, fetched.written) == (63, 62)
    assert told[-1] == 1
    found = read_file(fetched.path)
    assert found.texts[:2] == ["What a windbag!", "@user see you at the harvest"]
    assert found.marks("offensive").tolist()[:2] == [1, 0]
    assert set(found.marks("hate").tolist()) == {-1}
    assert set(found.parts) == {"train", "dev", "test"}
    assert set(found.langs) == {"en"}


def test_what_was_fetched_is_not_fetched_again(publisher: Publisher, card: Card, tmp_path: Path) -> None:
    publisher.put("data/my posts.csv", POSTS.encode())
    first = fetch(card, tmp_path / "out", source=publisher.template).path.read_bytes()
    assert fetch(card, tmp_path / "out", source=publisher.template).path.read_bytes() == first
    assert len(publisher.asked) == 1
    (kept,) = (tmp_path / "out" / "sources").rglob("*.csv")
    checksum = kept.with_name(kept.name + ".sha256").read_text(encoding="utf-8")
    assert checksum == f"{hashlib.sha256(POSTS.encode()).hexdigest()}  my posts.csv\n"
    kept.write_bytes(b"damaged")
    fetch(card, tmp_path / "out", source=publisher.template)
    assert kept.read_bytes() == POSTS.encode()


def test_a_download_that_broke_off_goes_on(publisher: Publisher, tmp_path: Path) -> None:
    publisher.put("broken.txt", POSTS.encode())
    url = address(publisher.template, repository="someone/posts", commit=COMMIT, path="broken.txt")
    with pytest.raises(InputError, match="broke off after 10 of"):
        fetch_file(url, tmp_path / "x.txt")
    assert fetch_file(url, tmp_path / "x.txt").read_bytes() == POSTS.encode()
    assert publisher.asked[-1][1] == "bytes=10-"
    assert not (tmp_path / "x.txt.part").exists()


def test_a_part_that_is_longer_than_the_file_is_begun_anew(publisher: Publisher, tmp_path: Path) -> None:
    publisher.put("a.txt", b"short")
    (tmp_path / "a.txt.part").write_bytes(b"longer than the file")
    url = address(publisher.template, repository="someone/posts", commit=COMMIT, path="a.txt")
    assert fetch_file(url, tmp_path / "a.txt").read_bytes() == b"short"


def test_what_cannot_be_fetched_says_why(publisher: Publisher, tmp_path: Path) -> None:
    publisher.put("pointer.csv", b"version https://git-lfs.github.com/spec/v1\n")
    publisher.put("other.csv", b"other")
    base = address(publisher.template, repository="someone/posts", commit=COMMIT, path="")
    for path, sha256, hint in (
        ("none.csv", "", "404"),
        ("pointer.csv", "", "Git LFS"),
        ("other.csv", "0" * 64, "checksum"),
    ):
        with pytest.raises(InputError, match=hint):
            fetch_file(base + path, tmp_path / path, sha256=sha256)
        assert not (tmp_path / path).exists()
    with pytest.raises(InputError, match="no address"):
        fetch_file("ftp://example.org/x", tmp_path / "x")


def test_without_a_network_the_error_says_so(card: Card, tmp_path: Path) -> None:
    publisher = Publisher(tmp_path)
    publisher.server.server_close()  # nobody listens there now
    with pytest.raises(InputError, match="offline"):
        fetch(card, tmp_path / "out", source=publisher.template)
    assert not (tmp_path / "out" / "invented.parquet").exists()


def test_files_of_a_local_copy_and_of_an_archive(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("posts/mine.csv", POSTS)
    place = tmp_path / "copy" / "someone/posts" / COMMIT
    place.mkdir(parents=True)
    (place / "all.zip").write_bytes(archive.getvalue())
    template = f"file://{tmp_path}/copy/{{repository}}/{{commit}}/{{path}}"
    for member, hint in (("posts/mine.csv", None), ("posts/none.csv", "no ZIP archive with posts/none.csv")):
        path = tmp_path / "invented.toml"
        path.write_text(
            CARD.replace('path = "data/my posts.csv"', f'path = "all.zip", member = "{member}"'), encoding="utf-8"
        )
        if hint is None:
            assert fetch(read_card(path), tmp_path / "out", source=template).written == 62
        else:
            with pytest.raises(InputError, match=hint):
                fetch(read_card(path), tmp_path / "other", source=template)


def test_a_set_to_be_had_by_hand_says_how(tmp_path: Path) -> None:
    card = next(one for one in shipped_cards().values() if one.fetch.how == "by hand")
    with pytest.raises(InputError, match="by hand"):
        fetch(card, tmp_path)


@pytest.mark.parametrize("template", ["https://example.org/{path}", "https://example.org/{repository}/{commit}/{pith}"])
def test_a_source_needs_its_three_places(template: str) -> None:
    with pytest.raises(InputError, match=r"\{repository\}"):
        address(template, repository="a/b", commit=COMMIT, path="c")


def test_loading_gives_a_dataset(publisher: Publisher, card: Card, tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    publisher.put("data/my posts.csv", POSTS.encode())
    fetch(card, tmp_path, source=publisher.template)  # beside its card
    found = load("invented", tmp_path)
    assert found.num_rows == 62
    assert found[0]["offensive"] == 1
    assert found[0]["hate"] is None


def test_a_table_of_ones_own_gets_the_labels_that_it_lacks(card: Card, tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    pq.write_table(pa.table({"text": ["a river"], "hate": pa.array([0], pa.int8())}), tmp_path / f"{card.name}.parquet")
    found = load("invented", tmp_path)
    assert {"text", "doxxing", "offensive"} <= set(found.column_names)
    assert (found[0]["hate"], found[0]["doxxing"]) == (0, None)


def test_loading_fetches_what_is_missing(publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("datasets")
    monkeypatch.setenv("DETECTOR_DATA", str(tmp_path / "mine"))
    source = find_card("surge_toxicity_en").sources[0]
    place = publisher.folder / source.repository / source.commit
    place.mkdir(parents=True)
    (place / "toxicity_en.csv").write_text("text,is_toxic\nwhat a windbag,Toxic\na calm river,Not Toxic\n")
    assert load("surge_toxicity_en", source=publisher.template)["offensive"] == [1, 0]
    assert load("surge_toxicity_en", source="nowhere")["text"] == ["what a windbag", "a calm river"]
    with pytest.raises(InputError, match="lacks surge_toxicity_en"):
        load("surge_toxicity_en", tmp_path)
    with pytest.raises(CardError):
        load("nowhere")


def reading(text: str, **labels: int) -> Reading:
    return Reading(text=text, lang="en", split="", raw="", labels=labels)


def test_annotations_of_the_same_text_are_joined_and_disputed_ones_dropped() -> None:
    rows = join_duplicates(
        [
            reading("What a windbag!", offensive=1, hate=1),
            reading("what a windbag @user http", insult=1, hate=0),
            reading("WHAT A WINDBAG", hate=1),
            reading("@user http !!"),
            reading("a river", offensive=0),
        ]
    )
    assert [row["text"] for row in rows] == ["What a windbag!", "a river"]
    assert (rows[0]["offensive"], rows[0]["insult"], rows[0]["hate"], rows[0]["threat"]) == (1, 1, None, None)


def test_the_same_folded_text_falls_into_the_same_part() -> None:
    assert fold("Ça  VA, @user? http") == "ça va" == fold("ça va")
    assert fold("नमस्ते!") == "नमस्ते"
    assert part_of(fold("ça va")) == part_of(fold("Ça va …"))


def test_the_command_fetches_and_reports(publisher: Publisher, tmp_path: Path) -> None:
    source = find_card("surge_toxicity_en").sources[0]
    place = publisher.folder / source.repository / source.commit
    place.mkdir(parents=True)
    (place / "toxicity_en.csv").write_text("text,is_toxic\nwhat a windbag,Toxic\na calm river,Not Toxic\n")
    out = tmp_path / "out"
    options = ["--output", str(out), "--source", publisher.template]
    done = CliRunner().invoke(cli, ["datasets", "fetch", "surge_toxicity_en", *options])
    assert done.exit_code == 0, done.output
    assert (out / "surge_toxicity_en.parquet").is_file()
    with pytest.raises(SystemExit) as failed:
        main(["datasets", "fetch", "surge_toxicity_en", "gahd_de", *options, "--quiet"])
    assert failed.value.code == 1
    with pytest.raises(SystemExit) as misused:
        main(["datasets", "fetch", "nowhere", *options])
    assert misused.value.code == 2


def test_lists_and_cards_are_shown() -> None:
    listed = CliRunner().invoke(cli, ["datasets", "list", "--language", "ro", "--tier", "open", "--fetchable"]).output
    assert {line.split()[0] for line in listed.splitlines()} == {
        "news_ro_offense_ro", "ro_fb_offense_ro", "ro_offense_ro",
    }  # fmt: skip
    shown = CliRunner().invoke(cli, ["datasets", "show", "hatexplain_en"]).output
    assert "MIT" in shown
    assert "by hand" in shown
    assert "threat" not in shown.split("mapping")[0]
