"""A load over time as CSV (RFC 4180): one row for each window, one column for each curve of the record.

The one rule: what was not measured is an empty field, never 0.
"""

from __future__ import annotations

import csv
import io
from typing import Final

from pydantic import JsonValue

from reports.record import RunRecord

_ALWAYS: Final = (
    "begun_per_s",
    "ended_per_s",
    "errors_per_s",
    "streams",
    "tokens_per_s",
    "ttft_p50_s",
    "ttft_p95_s",
)
"""The columns that are there in any case, so that a record without a load is an empty table of the same form."""


def render(record: RunRecord) -> str:
    """Return the table; the first column is when a window began, in seconds since the load did."""
    over_time = record.load.get("over_time")
    curves = over_time if isinstance(over_time, dict) else {}
    window_s = curves.get("window_s")
    lists = {name: values for name, values in curves.items() if isinstance(values, list)}
    names = [*_ALWAYS, *(name for name in lists if name not in _ALWAYS)]
    rows = max((len(values) for values in lists.values()), default=0)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["at_s", *names])
    for row in range(rows):
        at_s = row * window_s if isinstance(window_s, int | float) else row
        writer.writerow([at_s, *(_field(lists.get(name, []), row) for name in names)])
    return text.getvalue()


def _field(values: list[JsonValue], row: int) -> object:
    value = values[row] if row < len(values) else None
    return value if isinstance(value, int | float | str) else ""
