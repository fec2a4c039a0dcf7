"""Stretches of a text, and the text with a mark in place of each.

The one rule: what touches is one stretch, so that no mark says how many secrets there were.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
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


def unmarked(spans: Iterable[Span], gone: Sequence[Span], mark_bytes: int) -> list[Span]:
    """Return stretches of a marked text as stretches of the text that `marked` made it of.

    `gone` are those that have a mark of so many bytes now; none at all is a mark, too. What begins or ends within a
    mark holds all that the mark stands for.
    """
    opens, lost = [], 0
    for start, end in gone:
        opens.append(start - lost)
        lost += end - start - mark_bytes

    def at(place: int, *, is_start: bool) -> int:
        number = bisect_right(opens, place if is_start else place - 1) - 1
        if number < 0:
            return place
        inside = place - opens[number]
        start, end = gone[number]
        return (start if is_start else end) if inside < mark_bytes else end + inside - mark_bytes

    return [(at(start, is_start=True), at(end, is_start=False)) for start, end in spans]


def shown_at(place: int, gone: Iterable[Span], mark_bytes: int) -> int:
    """Return where a byte stands once these stretches are marked; one that is gone, where its mark begins."""
    lost = 0
    for start, end in gone:
        if place < end:
            return min(place, start) - lost
        lost += end - start - mark_bytes
    return place - lost
