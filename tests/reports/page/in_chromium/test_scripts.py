"""What runs in the page: our own script alone, and nothing that it needs."""

from __future__ import annotations

from playwright.sync_api import Browser, Page


def test_the_page_asks_the_network_for_nothing(page: Page, url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(url, wait_until="networkidle")

    assert [each for each in asked if not each.startswith("data:")] == [url]


def test_nothing_a_target_sent_runs(page: Page, url: str) -> None:
    page.goto(url)

    assert page.evaluate("window.hacked") is None
    assert page.locator("section.case img").count() == 0


def test_without_scripts_everything_is_there(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)

    assert page.locator("section.case:visible").count() == 20
    assert not page.is_visible("#find")
    page.locator("[id='limits.too-deep'] summary").first.click()
    assert page.locator("[id='limits.too-deep'] .inside").is_visible()
    context.close()


def test_a_command_is_copied_exactly(browser: Browser, url: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(url)

    page.click("[id='streaming.cut-before-done'] [aria-label='Copy the replay command']")
    page.wait_for_selector("text=Copied")

    expected = "edgeproof replay streaming.cut-before-done --seed 7 --target my-proxy.toml"
    assert page.evaluate("navigator.clipboard.readText()") == expected
    context.close()


def test_a_command_is_copied_where_the_clipboard_is_closed(page: Page, url: str) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(url)

    page.click("[id='streaming.cut-before-done'] [aria-label='Copy the replay command']")
    page.wait_for_selector("text=Copied")

    assert str(page.evaluate("String(getSelection())")).startswith("edgeproof replay streaming.cut-before-done")
