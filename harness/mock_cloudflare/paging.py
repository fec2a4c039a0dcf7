"""Numbered pages of a list, as the v4 API counts them.

The one rule: a page or a size that is no positive number means the default, as nobody has seen an error for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """One page and what `result_info` says of it."""

    items: Sequence[Item]
    info: dict[str, object]


def page_of(items: Sequence[Item], query: Mapping[str, str], *, per_page: int, most: int) -> Page[Item]:
    """Cut out the page that a query asks for; `per_page` is the default size and `most` the largest."""
    size = min(_positive(query.get("per_page"), per_page), most)
    number = _positive(query.get("page"), 1)
    shown = items[(number - 1) * size : number * size]
    info: dict[str, object] = {
        "page": number,
        "per_page": size,
        "count": len(shown),
        "total_count": len(items),
        "total_pages": -(-len(items) // size),
    }
    return Page(items=shown, info=info)


def _positive(text: str | None, default: int) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        return default
    return int(text) or default
