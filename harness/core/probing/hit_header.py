"""The header of an answer that tells a hit from a miss, found by comparing the two.

The one rule: a header counts only where it tells every hit apart from the miss before it, and says the same of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fault_injection.reply import Headers

_BY_THE_WAY: Final = frozenset(
    {"date", "content-length", "content-type", "transfer-encoding", "connection", "etag", "last-modified", "keep-alive"}
)
"""They differ between two answers for reasons of their own."""


def hit_header(pairs: Sequence[tuple[Headers, Headers]]) -> str:
    """Return the name of the header that tells hits, as it was spelt, or nothing; a pair is a miss and its hit.

    One with `cache` in its name is preferred.
    """
    spelt = {name.lower(): name for _, hit in pairs for name, _ in hit}
    telling = [name for name in spelt if name not in _BY_THE_WAY and _tells(name, pairs)]
    telling.sort(key=lambda name: ("cache" not in name, name))
    return spelt[telling[0]] if telling else ""


def _tells(name: str, pairs: Sequence[tuple[Headers, Headers]]) -> bool:
    misses = {_value(name, miss) for miss, _ in pairs}
    hits = {_value(name, hit) for _, hit in pairs}
    return len(hits) == 1 and None not in hits and not hits & misses


def _value(name: str, headers: Headers) -> str | None:
    return next((value for each, value in headers if each.lower() == name), None)
