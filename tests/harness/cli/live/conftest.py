"""The live page is tested in a browser."""

from tests.chromium import browser, page

__all__ = ["browser", "page"]
