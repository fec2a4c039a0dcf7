"""The wire log of a failure: drawn, in rows, in full and in hexadecimal."""

from __future__ import annotations

from playwright.sync_api import Page


def test_a_failure_shows_its_wire_log(page: Page, url: str) -> None:
    page.goto(url)
    failure = page.locator("[id='streaming.cut-before-done']")

    assert failure.locator("svg.wire").is_visible()
    assert failure.locator("svg .fault").count() == 1
    assert failure.locator("td.fault").is_visible()
    assert not page.locator("[id='caching.hit-equals-original'] svg.wire").is_visible()


def test_bytes_can_be_seen_in_hexadecimal(page: Page, url: str) -> None:
    page.goto(url)
    failure = page.locator("[id='streaming.cut-before-done']")

    failure.locator("[data-view=hex]").click()
    dumps = failure.locator(".hex").all_inner_texts()

    done = "0000  64 61 74 61 3a 20 5b 44  data: [D\n0008  4f 4e 45 5d 0d 0a 0d 0a  ONE]...."
    assert any(text.startswith(done) for text in dumps)
    assert any("e2 9c 93" in text.replace("\n", " ") for text in dumps)
    failure.locator("[data-view=hex]").click()
    assert failure.locator(".hex").count() == 0


def test_the_struck_byte_is_marked_in_both_forms(page: Page, url: str) -> None:
    page.goto(url)
    failure = page.locator("[id='streaming.cut-before-done']")

    assert failure.locator("td.sent mark").inner_text() == "n"
    failure.locator("[data-view=hex]").click()

    assert failure.locator("pre.hex mark").inner_text() == "6e"
    assert "at byte 1" in failure.locator("td.fault small").inner_text()


def test_the_whole_of_a_preview_can_be_seen(page: Page, url: str) -> None:
    page.goto(url)
    failure = page.locator("[id='streaming.cut-before-done']")
    folded = failure.locator("td s").first

    assert not folded.is_visible()
    failure.locator("[data-view=whole]").click()
    assert folded.is_visible()
