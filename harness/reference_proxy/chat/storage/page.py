"""Which part of a list is wanted.

The one rule: every list is asked for in parts, and every part is bounded.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """At most `limit` items, after the first `offset`; `newest_first` where a list is ordered by time."""

    limit: int = 20
    offset: int = 0
    newest_first: bool = True
