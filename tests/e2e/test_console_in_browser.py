"""The console in a real browser: by keyboard, on a phone, without JavaScript, and checked for accessibility."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
QUIET = (
    "--no-sandbox --disable-gpu --no-first-run"
    " --disable-background-networking --disable-component-update --disable-sync"
)

pytestmark = pytest.mark.e2e


@dataclass(frozen=True, slots=True)
class Served:
    """A running console and a reviewer's token."""

    address: str
    token: str


def detector(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from detector.cli import main; main()", *arguments]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = str(tmp_path_factory.mktemp("data"))
    roster, stream = str(SAMPLES / "roster.json"), str(SAMPLES / "stream.jsonl")
    subprocess.run(detector("--data", data, "roster", "import", roster), check=True, capture_output=True)
    subprocess.run(
        detector("--data", data, "scan", stream, "--save", "--quiet", "--top", "0"), check=True, capture_output=True
    )
    made = subprocess.run(
        detector("--data", data, "token", "create", "--role", "reviewer"), check=True, capture_output=True, text=True
    )
    token = re.search(r"hrd_\S+", made.stdout + made.stderr)
    assert token
    with subprocess.Popen(
        detector("--data", data, "serve", "--port", "0"), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        address = next(found[1] for line in process.stderr if (found := re.search(r"Serving on (http://\S+)", line)))
        yield Served(address, token.group())
        process.terminate()


@pytest.fixture(scope="module")
def browser(require: Any) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    require("Chromium", there=path is not None)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=QUIET.split())
        yield launched
        launched.close()


def sign_in(context: BrowserContext, served: Served) -> Page:
    page = context.new_page()
    page.goto(served.address)
    page.get_by_label("Your token").fill(served.token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/queue*")
    return page


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield sign_in(context, served)
    context.close()


def open_count(page: Page) -> int:
    return int((page.locator(".count strong").inner_text()).replace(",", ""))


def test_a_reviewer_clears_three_flags_by_keyboard_only(page: Page) -> None:
    before = open_count(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    for key in ("1", "2", "3"):
        expect(page.get_by_role("heading", level=1)).to_contain_text("Does this post attack")
        expect(page.locator("blockquote.text")).to_be_hidden()
        page.keyboard.press("Space")
        expect(page.locator("blockquote.text")).to_be_visible()
        page.keyboard.press("r")
        page.keyboard.press("Space")
        here = page.url.split("?")[0]
        page.keyboard.press(key)
        page.wait_for_url(re.compile(f"^(?!{re.escape(here)})"))
    page.keyboard.press("b")
    page.wait_for_url("**/queue*")
    assert open_count(page) == before - 3


def test_undo_leads_back_to_the_flag_just_decided(page: Page) -> None:
    page.locator("[data-item]").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Does this post attack")
    flag = page.url.split("?")[0]
    page.keyboard.press("4")
    page.wait_for_url(re.compile(f"^(?!{re.escape(flag)})"))
    page.keyboard.press("u")
    page.wait_for_url(f"{flag}*")
    expect(page.get_by_role("heading", name="Decide anew")).to_be_visible()
    expect(page.get_by_role("heading", name="Decisions so far")).to_be_visible()


def test_keys_are_off_inside_fields(page: Page) -> None:
    page.locator("[data-item]").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Does this post attack")
    here = page.url
    page.get_by_label("Note").fill("")
    page.get_by_label("Note").press_sequentially("12 j b u ? 4")
    assert page.url == here
    assert page.get_by_label("Note").input_value() == "12 j b u ? 4"


def test_filters_work_with_htmx_and_keep_the_address(page: Page) -> None:
    page.get_by_label("Language").select_option(index=1)
    page.wait_for_url("**lang=**")
    expect(page.locator(".count strong")).to_be_visible()
    shown = open_count(page)
    page.reload()
    assert open_count(page) == shown


def test_without_javascript_everything_still_works(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = sign_in(context, served)
    before = open_count(page)
    page.get_by_label("Risk").select_option(index=1)
    page.get_by_role("button", name="Show").click()
    page.locator("[data-item]").first.click()
    page.locator(".veil summary").click()
    expect(page.locator("blockquote.text")).to_be_visible()
    page.get_by_role("button", name="No", exact=False).first.click()
    page.goto(f"{served.address}/queue")
    assert open_count(page) == before - 1
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{served.address}/queue")
    expect(page.get_by_label("Your token")).to_be_visible()
    context.close()


def test_a_wrong_token_is_told_in_words(browser: Browser, served: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(served.address)
    page.get_by_label("Your token").fill("hrd_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    context.close()


def test_the_browser_talks_to_nobody_else(browser: Browser, served: Served) -> None:
    context = browser.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = sign_in(context, served)
    page.locator("[data-item]").first.click()
    page.keyboard.press("Space")
    page.goto(f"{served.address}/labels")
    assert asked
    assert all(url.startswith((served.address, "data:")) for url in asked)
    context.close()


VIEWS = {
    "phone, light": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
    "desk, dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_pages_are_accessible_and_fit(view: dict[str, Any], browser: Browser, served: Served) -> None:
    context = browser.new_context(**view)
    page = context.new_page()
    page.goto(f"{served.address}/login")
    found = {"login": violations(page)}
    context.close()
    context = browser.new_context(**view)
    page = sign_in(context, served)
    flag = page.locator("[data-item]").first.get_attribute("href")
    for name, path in {
        "queue": "/queue",
        "empty queue": "/queue?lang=xx",
        "flag": flag,
        "labels": "/labels",
        "keys": "/keys",
        "style": "/style",
        "not found": "/flags/nobody",
    }.items():
        page.goto(f"{served.address}{path}")
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true }")
        for direction in ("ltr", "rtl"):
            page.evaluate("direction => { document.documentElement.dir = direction }", direction)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, direction)
            found[f"{name}, {direction}"] = violations(page)
    context.close()
    assert not {name: found_ for name, found_ in found.items() if found_}


def violations(page: Page) -> list[str]:
    """What axe finds, as "rule: element"."""
    page.evaluate(AXE)
    result = page.evaluate("async () => await axe.run()")
    return [f"{v['id']}: {n['html'][:120]}" for v in result["violations"] for n in v["nodes"]]
