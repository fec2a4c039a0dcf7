"""Pages of reports are tested in a browser."""

from tests.chromium import browser, page

__all__ = ["browser", "page"]
