"""The page of the league: as text, and in a real browser at a phone's width, light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from reports.league import Entry, own_record, render
from reports.record import Level
from tests.reports.league.test_matrix import case, ran
from tests.reports.page.in_chromium.contrast import CONTRAST
from tests.reports.sample import HOSTILE
from tests.reports.sample import record as sample


def _page() -> str:
    entries = [
        Entry(record=sample()),
        Entry(record=ran(HOSTILE, case("streaming.x", "no-loss"), version=HOSTILE), report="some%20where/index.html"),
        *(
            Entry(record=ran(f"product-{number}", case("json.x", "cadence", level=Level.SHOULD), case("streaming.y")))
            for number in range(8)
        ),
        Entry(record=ran("product-1", case("json.x"), day=2, version="0.9")),
    ]
    return render(entries, own_record())


@pytest.fixture(scope="module")
def page_text() -> str:
    return _page()


def test_a_page_asks_for_nothing_and_runs_nothing(page_text: str) -> None:
    assert "default-src 'none'" in page_text
    assert not re.search(r"<script|<img|<iframe|@import|url\(", page_text)


def test_what_a_target_is_called_is_shown_and_never_run(page_text: str) -> None:
    assert "<script>window.hacked" not in page_text
    assert "&lt;script&gt;window.hacked" in page_text


def test_every_cell_leads_to_what_was_seen(page_text: str) -> None:
    targets = set(re.findall(r'href="#([^"]+)"', page_text))

    assert targets
    assert targets <= set(re.findall(r'id="([^"]+)"', page_text))


def test_a_report_beside_the_record_is_linked_at_its_case(page_text: str) -> None:
    assert 'href="some%20where/index.html#streaming.x"' in page_text


def test_its_own_record_stands_on_the_page(page_text: str) -> None:
    own = own_record()

    assert f"{own.caught} of {own.wrong} proxies, each with one mistake" in page_text
    assert "False alarms" in page_text


def test_nothing_broken_is_said_in_words() -> None:
    text = render([Entry(record=ran("clean", case("json.x")))], own_record())

    assert "Nothing that was judged was broken." in text
    assert "By invariant" not in text


@pytest.fixture(scope="module")
def file(page_text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("league") / "league.html"
    path.write_text(page_text, encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_its_screen_and_can_be_read(width: int, scheme: str, browser: Browser, file: Path) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CONTRAST)["bad"] == []
    assert page.evaluate("window.hacked") is None
    assert said == []
    page.close()


BROKEN = """headings => headings.filter(heading => {
    const text = document.createRange();
    text.selectNodeContents(heading);
    return new Set([...text.getClientRects()].map(line => line.top)).size > 1;
}).map(heading => heading.textContent)"""


@pytest.mark.parametrize("width", [390, 1280])
def test_no_heading_breaks_inside_a_word(width: int, browser: Browser, file: Path) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(file.as_uri())
    words = page.locator("table.matrix th:first-child").filter(has_text=re.compile(r"^[a-z]+$", re.IGNORECASE))

    assert words.evaluate_all(BROKEN) == []
    assert words.count() >= 4
    page.close()


def test_a_count_opens_what_it_counts(browser: Browser, file: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 844})
    page.goto(file.as_uri())
    page.locator("table.matrix td a").first.click()
    anchor = page.url.partition("#")[2]

    assert page.locator(f'[id="{anchor}"] .message').first.is_visible()
    page.close()
