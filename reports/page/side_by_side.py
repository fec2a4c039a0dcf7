"""A wire log as two columns on one time axis: upstream and client, what answers to what on one line.

The one rule: no row is left out, and none moves; two stand on one line only where the one follows at once on the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reports.record import WireRow

_ON_ONE_LINE: Final = frozenset(
    {
        ("client", "request", "upstream", "request"),
        ("upstream", "sent", "client", "received"),
        ("upstream", "end", "client", "end"),
    }
)
"""A row, and what the target makes of it on its other side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What stands beside one another; at least one side has a row."""

    upstream: WireRow | None = None
    client: WireRow | None = None


def side_by_side(rows: Iterable[WireRow]) -> tuple[Line, ...]:
    """Return the rows, oldest first, as lines of two columns."""
    lines: list[Line] = []
    before: WireRow | None = None
    for row in rows:
        if before and (before.lane, before.kind, row.lane, row.kind) in _ON_ONE_LINE:
            one = lines.pop()
            upstream, client = (row, one.client) if row.lane == "upstream" else (one.upstream, row)
            lines.append(Line(upstream=upstream, client=client))
            before = None
            continue
        lines.append(Line(upstream=row) if row.lane == "upstream" else Line(client=row))
        before = row
    return tuple(lines)
