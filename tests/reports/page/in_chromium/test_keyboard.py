"""The page without a mouse: keys, focus and names."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.reports.page.in_chromium.cases import visible_cases


def test_it_works_from_the_keyboard(page: Page, url: str) -> None:
    page.goto(url)

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"

    page.focus("[data-filter=pass]")
    page.keyboard.press("Space")
    assert len(visible_cases(page)) == 11

    page.focus("[id='limits.too-deep'] summary")
    page.keyboard.press("Enter")
    assert page.locator("[id='limits.too-deep'] .inside").is_visible()


def test_everything_that_is_operated_has_a_name(page: Page, url: str) -> None:
    page.goto(url)

    nameless = page.eval_on_selector_all(
        "button, input, a, [tabindex='0'], svg[role]",
        "all => all.filter(x => !(x.getAttribute('aria-label') || x.textContent.trim())).map(x => x.outerHTML)",
    )

    assert nameless == []


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.closest('.body')?.querySelector('.id').textContent ?? ''")
    return found


def test_keys_go_from_problem_to_case_and_back(page: Page, url: str) -> None:
    page.goto(url)

    page.keyboard.press("j")
    first = focused(page)
    page.keyboard.press("ArrowDown")
    second = focused(page)
    page.keyboard.press("k")

    assert first == focused(page)
    assert first
    assert second not in ("", first) or page.locator(".problem").count() > 1
    page.keyboard.press("Enter")
    assert not page.locator(".problem").first.locator(".inside").is_visible()


def test_keys_are_told_and_escape_leaves_one_thing_at_a_time(page: Page, url: str) -> None:
    page.goto(url)
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    assert not page.is_visible("#keys")

    page.keyboard.press("/")
    page.keyboard.type("caching?jk")
    assert page.input_value("#find") == "caching?jk"  # in the search a key is a letter
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") != "find"
    page.keyboard.press("Escape")
    assert page.input_value("#find") == ""
    assert len(visible_cases(page)) == 20
