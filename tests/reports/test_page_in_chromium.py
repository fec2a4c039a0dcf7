"""The page in a real browser: it works, stays within a phone, asks for nothing and lets nothing hostile run."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from reports import html
from tests.reports.sample import record

CONTRAST = """() => {
  const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (css) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = css;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] + under[i] * (1 - top[3]));
  const behind = (node) => {
    if (!node) return [255, 255, 255];
    const colour = rgba(getComputedStyle(node).backgroundColor);
    return colour[3] === 1 ? colour.slice(0, 3) : over(colour, behind(node.parentElement));
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const bad = [];
  let seen = 0;
  for (const node of document.body.querySelectorAll("*")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility() || node.closest("script, :disabled, svg, .skip")) continue;
    const style = getComputedStyle(node);
    const back = behind(node);
    const [high, low] = [light(over(rgba(style.color), back)), light(back)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (high + 0.05) / (low + 0.05);
    seen += 1;
    if (ratio < (large ? 3 : 4.5)) bad.push(`${node.className || node.tagName}: ${ratio.toFixed(2)}`);
  }
  return {seen, bad: [...new Set(bad)]};
}"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html.render(record()), encoding="utf-8")
    return path.as_uri()


def visible_cases(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        "section.case", "all => all.filter(x => x.checkVisibility()).map(x => x.id)"
    )
    return found


def test_the_page_asks_the_network_for_nothing(page: Page, url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(url, wait_until="networkidle")

    assert [each for each in asked if not each.startswith("data:")] == [url]


def test_nothing_a_target_sent_runs(page: Page, url: str) -> None:
    page.goto(url)

    assert page.evaluate("window.hacked") is None
    assert page.locator("section.case img").count() == 0


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_never_scrolls_sideways(page: Page, url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 780})
    page.goto(url)
    page.click("#open-all")

    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(page: Page, url: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(url)
    page.click("#open-all")

    result = page.evaluate(CONTRAST)

    assert result["seen"] > 200
    assert result["bad"] == []


def test_a_failure_shows_its_wire_log(page: Page, url: str) -> None:
    page.goto(url)
    failure = page.locator("[id='streaming.cut-before-done']")

    assert failure.locator("svg.wire").is_visible()
    assert failure.locator("svg .fault").count() == 1
    assert failure.locator("td.fault").is_visible()
    assert not page.locator("[id='caching.hit-equals-original'] svg.wire").is_visible()


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

    assert page.locator(".case:target .inside:visible").count() == 1


def test_everything_can_be_opened_and_closed(page: Page, url: str) -> None:
    page.goto(url)

    page.click("#open-all")
    assert page.locator(".case .inside:visible").count() == 20

    page.click("#open-all")
    assert page.locator(".case .inside:visible").count() == 0


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


def test_without_scripts_everything_is_there(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)

    assert page.locator("section.case:visible").count() == 20
    assert not page.is_visible("#find")
    page.locator("[id='limits.too-deep'] summary").first.click()
    assert page.locator("[id='limits.too-deep'] .inside").is_visible()
    context.close()


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_other_theme_can_be_had_and_stays(page: Page, url: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(url)
    paper = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(paper)

    page.click("#theme")
    after = page.evaluate(paper)
    page.reload()

    assert after != before
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


def test_paper_is_light_whatever_the_screen_is(page: Page, url: str) -> None:
    page.emulate_media(color_scheme="dark", media="print")
    page.goto(url)

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf().startswith(b"%PDF")
