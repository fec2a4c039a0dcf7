"""A real browser for the tests of pages: started once a module, with a page of its own for each test.

No longer than for a module, because asynchronous tests cannot run while it does.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
"""The pages are our own and Chromium asks for a namespace that containers do not give: hence no sandbox."""


PATIENCE_MS = 90_000
"""How long a page may take to show what a test waits for: a real run beside many others takes its time."""

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a browser, and end it."""
    binary = os.environ.get("EDGEPROOF_CHROMIUM") or shutil.which("chromium")
    if binary is None or shutil.which(binary) is None:
        pytest.fail(
            f"no Chromium at {binary or 'chromium on PATH'}: install it (Debian: apt-get install chromium) "
            "or set EDGEPROOF_CHROMIUM to the path of a Chromium or Chrome"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS, headless=True)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test when anything is written to the console or thrown."""
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert not complaints, complaints
