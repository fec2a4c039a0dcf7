"""Generated text inside a file that people write: it stands between two marks, which belong to it."""

from __future__ import annotations


def renewed(text: str, generated: str) -> str:
    """Return a text with what stands between the marks made anew; the marks are the first and last line of it.

    Raises:
        ValueError: the text lacks a mark.
    """
    lines = generated.splitlines()
    start, end = lines[0], lines[-1]
    for mark in (start, end):
        if mark not in text:
            message = f"the README lacks the mark {mark!r}"
            raise ValueError(message)
    return text[: text.index(start)] + generated + text[text.index(end) + len(end) :]
