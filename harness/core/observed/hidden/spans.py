"""Stretches of a text, and the text with a mark in place of each.

The one rule: what touches is one stretch, so that no mark says how many secrets there were.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
"""Where it begins and where it ends."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the stretches in order, those that overlap or touch as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def marked(data: bytes, spans: Iterable[Span], mark: bytes) -> bytes:
    """Return the bytes with a mark in place of each of these stretches, which `merged` gave."""
    shown, at = [], 0
    for start, end in spans:
        shown += [data[at:start], mark]
        at = end
    return b"".join([*shown, data[at:]])
