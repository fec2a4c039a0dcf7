"""Every link opens what it leads to."""

from __future__ import annotations

from playwright.sync_api import Page


def test_an_anchor_opens_its_case(page: Page, url: str) -> None:
    page.goto(f"{url}#limits.too-deep")

    assert page.locator("[id='limits.too-deep'] .inside").is_visible()


def test_a_square_leads_to_its_case_even_through_a_filter(page: Page, url: str) -> None:
    page.goto(url)
    page.click("[data-filter=fail]")
    page.click("[data-cell='caching.hit-equals-original']")
    section = page.locator("[id='caching.hit-equals-original']")

    section.locator(".inside").wait_for(state="visible")  # the page opens it when it hears of its new address
    assert page.url.endswith("#caching.hit-equals-original")
    section.locator("summary").first.click()
    page.click("[data-cell='caching.hit-equals-original']")
    section.locator(".inside").wait_for(state="visible")


def test_an_invariant_leads_to_its_text(page: Page, url: str) -> None:
    page.goto(url)

    page.click("[id='streaming.cut-before-done'] a[href='#invariant-no-laundering']")

    assert page.locator("[id='invariant-no-laundering']").evaluate(
        "each => { const box = each.getBoundingClientRect(); return box.top >= 0 && box.top < innerHeight; }"
    )


def test_a_problem_leads_to_the_case_that_shows_it_best(page: Page, url: str) -> None:
    page.goto(f"{url}#show=pass")

    page.click(".problem[open] a[href^='#']:not(.promise) >> nth=0")

    opened = page.locator(".case:target .inside:visible")
    opened.wait_for()  # the page opens it when it hears of its new address
    assert opened.count() == 1


def test_everything_can_be_opened_and_closed(page: Page, url: str) -> None:
    page.goto(url)

    page.click("#open-all")
    assert page.locator(".case .inside:visible").count() == 20

    page.click("#open-all")
    assert page.locator(".case .inside:visible").count() == 0
