"""Take the picture of a report that README.md shows: `python docs/screenshot.py index.html docs/report.png`.

The picture in the README is of a run over `endings.*,streaming.*,json.*,errors.*` with seed 7, against a proxy that
writes `[DONE]` whatever has happened: `tests/targets/right-parser.toml` with `--defect always-done` behind its command,
under the name `my-proxy`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

WIDTH, HEIGHT = 1180, 1230


def main(page: Path, picture: Path) -> None:
    """Take a picture of the top of a page as a desktop shows it."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]  # the page is our own
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        view = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        view.goto(page.absolute().as_uri())
        view.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
