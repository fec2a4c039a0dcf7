"""Secrets that lie across the pieces of a stream: where each piece holds a part of one.

The one rule: a secret is looked for in the bytes as they follow one another, without the framing between chunks, and
every piece is told which of its own bytes have to go.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final

from harness.core.observed.hidden.spans import Span, marked, merged, unmarked

Find = Callable[[bytes], list[Span]]
"""What says where the secrets of a text stand."""

SEEN_BYTES: Final = 2048
"""So much of a piece is looked at, and of what is around it, so that no secret is cut: not even one of a kilobyte."""
_FRAMING: Final = re.compile(rb"\r\n[0-9A-Fa-f]{1,16}(?:[ \t]*;[^\r\n]*)?\r\n")
"""What stands between the bytes of two chunks (RFC 9112 §7.1)."""


def hidden_in(pieces: Sequence[bytes], shown: Collection[int], find: Find) -> Mapping[int, list[Span]]:
    """Return, for those of the pieces that are shown and hold some of a secret, where in their beginnings it stands."""
    starts = [0, *accumulate(map(len, pieces))]
    seen = {number: min(starts[number + 1], starts[number] + SEEN_BYTES) for number in shown}
    windows = merged((starts[number] - SEEN_BYTES, end + SEEN_BYTES) for number, end in seen.items())
    found: list[Span] = []
    for window in windows:
        start, end = max(0, window[0]), min(starts[-1], window[1])
        first, last = bisect_right(starts, start) - 1, bisect_right(starts, end - 1)
        data = b"".join(pieces[first:last])[start - starts[first] : end - starts[first]]
        found += ((start + low, start + high) for low, high in _spans(data, find))
    told = {number: _own(found, starts[number], starts[number + 1]) for number in seen} if found else {}
    return {number: spans for number, spans in told.items() if spans}


def _spans(data: bytes, find: Find) -> list[Span]:
    framing = [each.span() for each in _FRAMING.finditer(data)]
    return unmarked(find(marked(data, framing, b"")), framing, 0) if framing else find(data)


def _own(found: Iterable[Span], start: int, end: int) -> list[Span]:
    return [(max(low, start) - start, min(high, end) - start) for low, high in found if low < end and high > start]
