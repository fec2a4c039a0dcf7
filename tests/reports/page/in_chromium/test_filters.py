"""Filters and the search show what was asked for, and the address remembers it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.reports.page.in_chromium.cases import visible_cases


def test_chips_filter_and_the_address_remembers(page: Page, url: str) -> None:
    page.goto(url)
    page.click("[data-filter=fail]")
    page.click("[data-filter=info]")

    assert visible_cases(page) == ["streaming.cut-before-done", "errors.hostile-body", "streaming.comment-lines"]
    assert page.get_attribute("[data-filter=fail]", "aria-pressed") == "true"
    assert page.inner_text("#shown") == "3 of 20 cases"

    page.reload()
    assert len(visible_cases(page)) == 3

    page.click("[data-filter=fail]")
    page.click("[data-filter=info]")
    assert len(visible_cases(page)) == 20
    assert page.url == url


def test_search_finds_ids_faults_and_invariants(page: Page, url: str) -> None:
    page.goto(url)
    page.keyboard.press("/")
    page.keyboard.type("Retry_After=3 errors")

    assert page.input_value("#find") == "Retry_After=3 errors"
    assert visible_cases(page) == ["errors.retry-after-kept"]

    page.fill("#find", "no such thing")
    assert page.is_visible("#no-match")

    page.click("#clear")
    assert len(visible_cases(page)) == 20


@pytest.mark.parametrize("mark", ["?", "#"])
def test_an_address_with_a_filter_is_obeyed(page: Page, url: str, mark: str) -> None:
    page.goto(f"{url}{mark}show=pass,nonsense&find=caching")

    assert visible_cases(page) == ["caching.hit-equals-original", "caching.key-covers-temperature"]


@pytest.mark.parametrize("fragment", ["%", "find=%", "no.such", "find", "="])
def test_an_odd_address_does_no_harm(page: Page, url: str, fragment: str) -> None:
    page.goto(f"{url}#{fragment}")

    assert page.locator("html.js").count() == 1


def test_a_filter_and_a_case_stand_in_one_address(page: Page, url: str) -> None:
    page.goto(url)
    page.click("[data-filter=pass]")
    page.click("[data-cell='limits.too-deep']")
    page.locator("[id='limits.too-deep'] .inside").wait_for(state="visible")

    page.reload()

    assert page.url.endswith("?show=pass#limits.too-deep")
    assert len(visible_cases(page)) == 11
    assert page.locator("[id='limits.too-deep'] .inside").is_visible()
