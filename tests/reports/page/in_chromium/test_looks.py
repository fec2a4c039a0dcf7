"""The page in both themes, on a phone and on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.reports.page.in_chromium.contrast import CONTRAST

CHOICES = 10
"""How often a theme may be chosen until it is kept: on a busy machine Chromium gives one page in fifteen an empty
`localStorage` when it loads it again, and has forgotten the choice. A page that never keeps it fails all the same."""


def test_the_page_never_scrolls_sideways(page: Page, url: str) -> None:
    page.goto(url)
    page.click("#open-all")

    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 780})
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(page: Page, url: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(url)
    page.click("#open-all")

    result = page.evaluate(CONTRAST)

    assert result["seen"] > 200
    assert result["bad"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_other_theme_can_be_had_and_stays(page: Page, url: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(url)
    paper = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(paper)

    for _ in range(CHOICES):
        page.click("#theme")
        after = page.evaluate(paper)
        assert after != before
        page.reload()
        if page.evaluate(paper) == after:
            break

    assert page.evaluate(paper) == after
    page.keyboard.press("d")
    assert page.evaluate(paper) == before


def test_a_phone_has_a_toolbar_of_two_rows(page: Page, url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(url)

    rows = page.eval_on_selector_all(
        ".controls :is(button, input)",
        """all => {
          const shown = all.filter((each) => each.checkVisibility());
          return [...new Set(shown.map((each) => Math.round(each.getBoundingClientRect().top / 8)))];
        }""",
    )

    assert len(rows) == 2


def test_a_phone_shows_every_column(page: Page, url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(url)
    page.click("#open-all")

    beyond = page.eval_on_selector_all(
        "td, th, svg.wire",
        """all => {
          const shown = all.filter((each) => each.checkVisibility());
          const beyond = shown.filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5);
          return beyond.map((each) => each.outerHTML);
        }""",
    )

    assert beyond == []


def test_paper_shows_failures_and_no_controls(page: Page, url: str) -> None:
    page.goto(url)
    page.click("#open-all")
    page.click("#open-all")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert not page.is_visible(".controls")
    assert page.locator(".copy:visible").count() == 0
    assert page.locator("[id='streaming.cut-before-done'] svg.wire").is_visible()
    assert not page.locator("[id='limits.too-deep'] .inside").is_visible()


def test_paper_is_light_whatever_the_screen_is(page: Page, url: str) -> None:
    page.emulate_media(color_scheme="dark", media="print")
    page.goto(url)

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf().startswith(b"%PDF")
