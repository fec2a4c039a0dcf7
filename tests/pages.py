"""Pages of this machine, read as text."""

from __future__ import annotations

import time
import urllib.request

PATIENCE_S = 60


def text_of(url: str) -> str:
    """Return what is at an address."""
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own page
        text: str = answer.read().decode()
    return text


def text_with(url: str, words: str) -> str:
    """Return a page that shows these words, as soon as it does: a process of its own draws it from what it is told."""
    until_s = time.monotonic() + PATIENCE_S
    while words not in (text := text_of(url)):
        assert time.monotonic() < until_s, f"{words!r} was never shown"
    return text
