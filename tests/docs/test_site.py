"""The site as it is built: whole, without dead links, and working where there is no network."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import launched

pytestmark = [
    pytest.mark.acceptance,  # it is built once, which takes ten seconds
    pytest.mark.timeout(480),  # and many times that where everything else is at work, too
]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs-site` does; any dead link, and any id without a place, is an error there."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    built = subprocess.run(
        [sys.executable, "docs/build_site.py", folder], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (built.returncode, built.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def page(site: Path) -> Iterator[Page]:
    """A page in a browser, which opens the site from the disk; whatever it asks for elsewhere is an error."""
    with launched() as browser:
        opened = browser.new_page(viewport={"width": 1280, "height": 800})
        asked: list[str] = []
        complaints: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
    assert asked
    assert [url for url in asked if not url.startswith((site.as_uri(), "data:"))] == []
    assert complaints == []


def test_it_has_all_four_kinds(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())

    captions = page.locator(".sidebar-tree .caption").all_inner_texts()

    assert [each.lower() for each in captions] == ["tutorial", "how-to guides", "reference", "explanation", "project"]


def test_it_finds_a_flag_and_leads_to_its_page_without_a_network(site: Path, page: Page) -> None:
    page.goto((site / "search.html").as_uri() + "?q=resilience-fail-under")

    found = page.locator(".search a", has_text="Command line").first
    expect(found).to_be_visible()
    found.click()

    expect(page.locator('[id="run--resilience-fail-under"]')).to_be_attached()


def test_an_id_leads_from_a_case_to_the_rule_that_it_is_about(site: Path, page: Page) -> None:
    page.goto((site / "reference/cases/endings.html").as_uri() + "#endings.done-twice")

    page.locator('[id="endings.done-twice"] ~ p a', has_text="one-terminal").first.click()

    expect(page).to_have_url(f"{(site / 'invariants/endings.html').as_uri()}#one-terminal")


@pytest.mark.parametrize("address", ["index.html", "reference/cli.html", "reference/target-file.html", "tutorial.html"])
def test_no_page_is_wider_than_a_phone(address: str, site: Path, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto((site / address).as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
