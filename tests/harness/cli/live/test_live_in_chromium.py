"""The live page of a real run in a real browser: problems come up as they are found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.shell.live.page_process import PageProcess
from reports.live.events import EndEvent, LoadEvent
from reports.record import Verdict
from tests.harness.cli.live.test_ui import interrupted, url_in
from tests.harness.cli.process import edgeproof, wait_for_line
from tests.reports.live.runs import CUT, GOOD, NEXT, judged, started
from tests.reports.sample import case, laundered

pytestmark = pytest.mark.usefixtures("untraced")

TARGET = """
[target]
name = "always-done"
command = ["{python}", "-m", "tests.targets", "parser", "--port", "{port}", "--upstream", "{upstream}",
    "--defect", "always-done"]
url = "http://127.0.0.1:{port}"
ready_path = "/healthz"
[target.env]
PYTHONPATH = "%s"
CLOUDFLARE_API_TOKEN = "{api_token}"
CLOUDFLARE_ACCOUNT_ID = "{account_id}"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
[capabilities]
streaming = true
"""
CASES = "endings.cut-between-events-by-reset,streaming.plain,json.gzip"


@pytest.fixture
def told(tmp_path: Path) -> Iterator[PageProcess]:
    """A page whose run is told by the test. Name it before the browser's page, which complains if it ends first."""
    process = PageProcess.start(port=0, report=tmp_path / "index.html")
    (tmp_path / "index.html").write_text("<title>the report</title>", encoding="utf-8")
    process.tell(started())
    yield process
    process.close()


def test_a_real_run_shows_its_problem_and_then_its_verdict(page: Page, tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(TARGET % Path(__file__).parents[4], encoding="utf-8")

    with edgeproof("ui", "my.toml", "--case", CASES, "--seed", "7", "--jobs", "1", cwd=tmp_path) as child:
        page.goto(url_in(wait_for_line(child, "live page")))
        problem = page.locator(".problem", has_text="no-laundering").first
        problem.wait_for()
        page.locator("body.v-fail").wait_for()

        expect(page.locator("#word")).to_have_text("FAIL")
        expect(page.locator("#done")).to_have_text("3")
        assert problem.locator("svg.wire").is_visible()
        problem.locator(".rows > summary").first.click()
        assert problem.locator("td.fault").first.is_visible()
        page.click("#over a")
        expect(page.locator(".causes")).to_be_visible()
        assert interrupted(child) == 1


def test_problems_come_up_and_leave_alone_what_a_reader_has_done(told: PageProcess, page: Page) -> None:
    page.goto(told.url)
    expect(page.locator("#problems")).to_contain_text("none so far")

    told.tell(judged(laundered()))
    first = page.locator(".problem").first
    first.wait_for()
    first.locator("summary").first.click()
    assert first.get_attribute("open") is None
    page.focus(".problem summary >> nth=0")
    again = laundered().model_copy(update={"id": "streaming.cut-elsewhere"})
    told.tell(judged(again, 2.0))
    expect(page.locator(".problem .many").first).to_have_text("2 cases")

    assert first.get_attribute("open") is None
    assert page.evaluate("document.activeElement.closest('.problem') !== null")
    expect(page.locator("[data-filter=fail] b")).to_have_text("2")
    expect(page.locator("[data-cell='streaming.cut-elsewhere']")).to_have_class("cell v-fail")


def test_a_page_opened_late_and_one_opened_early_show_the_same(told: PageProcess, page: Page) -> None:
    page.goto(told.url)
    for event in (judged(case(GOOD)), judged(laundered(), 2.0), judged(case(NEXT, Verdict.NOT_APPLICABLE), 3.0)):
        told.tell(event)
    told.tell(EndEvent(at_s=4.0, shown_as=Verdict.FAIL, word="FAIL", says="FAIL · 1 passed, 1 failed"))
    page.locator("body.v-fail").wait_for()
    parts = ".problem > summary, [data-cell], .share, section.case summary, #headline, #done, .chip b"
    early = page.locator(parts).all_inner_texts()

    page.reload()

    assert page.locator(parts).all_inner_texts() == early


def test_a_case_is_opened_by_its_address_and_a_filter_survives(told: PageProcess, page: Page) -> None:
    told.tell(judged(laundered()))
    told.tell(judged(case(GOOD)))
    page.goto(f"{told.url}?show=fail#{CUT}")
    section = page.locator(f"[id='{CUT}']")

    expect(section.locator("svg.wire")).to_be_visible()
    expect(page.locator(f"[id='{GOOD}']")).to_be_hidden()
    section.locator("[data-view=hex]").click()
    assert section.locator(".hex").count() > 5


def test_a_connection_that_is_lost_is_told_and_what_was_known_stays(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page()  # the browser itself complains of what it cannot reach
    process = PageProcess.start(port=0, report=tmp_path / "index.html")
    process.tell(started())
    process.tell(judged(laundered()))
    page.goto(process.url)
    page.locator(".problem").first.wait_for()
    process.close()

    page.locator("#lost").wait_for()
    assert page.locator(".problem").first.is_visible()
    page.close()


def test_a_load_is_drawn_and_nothing_scrolls_sideways(told: PageProcess, page: Page) -> None:
    page.goto(told.url)
    told.tell(judged(laundered()))
    for number in range(8):
        told.tell(LoadEvent(at_s=2.0 + number, answers=number * 9, failed=0, waiting=3, ttft_p50_s=0.1, ttft_p95_s=0.2))

    expect(page.locator("#load figcaption")).to_have_count(5)
    page.locator(".problem").first.wait_for()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
