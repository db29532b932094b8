"""The report, made by the command and opened in a real browser: whole, accessible, and free of text."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SENTINEL = "zanzibarquux"

pytestmark = pytest.mark.e2e


def lines(path: Path, records: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def corpus() -> list[dict[str, Any]]:
    return [post(number, attack=number % 2 == 0) for number in range(60)]


def post(number: int, *, attack: bool) -> dict[str, Any]:
    words = f"is a filthy liar {SENTINEL} {number}" if attack else f"wrote about a liar {SENTINEL} {number}"
    return {
        "id": f"en-{number}",
        "text": f"{{T}} {words}, says {{O}}",
        "lang": "en",
        "who": "woman",
        "register": "tweet",
        "kind": "contempt" if attack else "news",
        "certainty": 3,
        "writer": "a",
        "labels": {"T": ["insult"], "O": []} if attack else {"T": []},
        "part": "test",
        "twin": f"en-{number + 1 if attack else number - 1}",
    }


def texts() -> list[dict[str, Any]]:
    words = ("you filthy idiot", "a calm river")
    return [{"text": f"{words[n % 2]} {SENTINEL} {n}", "lang": "en", "offensive": 1 - n % 2} for n in range(60)]


def native() -> list[dict[str, Any]]:
    common = {"platform": "example", "author": {"id": "u"}, "created_at": "2026-03-01T12:00:00Z"}
    return [{"id": f"n{n}", "text": f"@{SENTINEL}_air my bag is late {n}", **common} for n in range(20)]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    lines(folder / "corpus" / "en.jsonl", corpus())
    given = [folder / "corpus", lines(folder / "texts.jsonl", texts()), SAMPLES]
    also = ["--ordinary", str(lines(folder / "native.jsonl", native())), "--against", str(ROOT / "models" / "ngram")]
    command = [
        sys.executable,
        "-c",
        "from detector.cli import main; main()",
        "evaluate",
        str(ROOT / "models" / "ngram"),
    ]
    made = subprocess.run(
        [*command, *map(str, given), *also, "--output", str(folder / "out")], check=True, capture_output=True, text=True
    )
    assert "corpus: balanced accuracy" in made.stdout
    assert SENTINEL not in made.stdout + made.stderr
    return folder / "out"


@pytest.fixture(scope="module")
def browser(require: Any) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    require("Chromium", there=path is not None)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


def test_no_file_of_a_report_holds_a_text(report: Path) -> None:
    names = {path.name for path in report.iterdir()}
    assert {
        "report.html",
        "headlines.csv",
        "corpus-language.csv",
        "texts-all.csv",
        "ordinary.csv",
        "names.csv",
    } <= names
    assert {"identity-words.csv", "dialects.csv", "disguises.csv", "stream.csv", "against-corpus.csv"} <= names
    for path in report.iterdir():
        content = path.read_text(encoding="utf-8")
        assert SENTINEL not in content, path.name
        assert "filthy" not in content, path.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_in_light_and_dark(browser: Browser, report: Path, scheme: Any) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto((report / "report.html").as_uri())
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true })")
    page.evaluate(AXE)
    result = page.evaluate("async () => await axe.run()")
    found = [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in result["violations"]]
    assert not found
    page.close()


def test_the_page_fetches_nothing_and_fits_a_phone(browser: Browser, report: Path) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800}, java_script_enabled=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((report / "report.html").as_uri())
    assert len(asked) == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("svg").count() > 10
    assert page.locator("figure").count() == page.locator("figure details table").count()
    page.close()
