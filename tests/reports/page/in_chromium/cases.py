"""The cases that a page shows."""

from __future__ import annotations

from playwright.sync_api import Page


def visible_cases(page: Page) -> list[str]:
    """Return the ids of the cases that are shown, in their order."""
    found: list[str] = page.eval_on_selector_all(
        "section.case", "all => all.filter(x => x.checkVisibility()).map(x => x.id)"
    )
    return found
