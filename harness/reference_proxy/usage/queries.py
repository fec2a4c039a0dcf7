"""What is asked of Analytics Engine by SQL, and what its answers say.

The one rule: pure. A row stands for as many points as its `_sample_interval` says, so every total is weighted by it.
Source: Cloudflare docs, Analytics Engine, SQL API and SQL reference; sampling.
"""

import re
from collections.abc import Iterable
from typing import Any, Literal

By = Literal["model", "user"]
_COLUMNS = {"model": "blob1", "user": "index1"}
_TOTALS = {
    "prompt_tokens": "double1",
    "completion_tokens": "double2",
    "duration_ms": "double3",
    "cost": "double4",
    "attempts": "double5",
    "hits": "double6",
    "untold": "double7",
}
_USER = re.compile(r"[0-9a-f]{1,64}")
_DATASET = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
UNKNOWN_TABLE = "unknown table"
"""How a refusal begins where nothing was ever written to a dataset."""


def usage(dataset: str, *, by: By, days: int, user: str | None) -> str:
    """The totals of so many days, by model or by user; of one user, or of all."""
    if not _DATASET.fullmatch(dataset) or (user is not None and not _USER.fullmatch(user)):
        raise ValueError(f"no name for a query: {dataset!r}, {user!r}")
    totals = ", ".join(f"SUM(_sample_interval * {column}) AS {name}" for name, column in _TOTALS.items())
    whose = "" if user is None else f" AND index1 = '{user}'"
    return (
        f"SELECT {_COLUMNS[by]} AS {by}, SUM(_sample_interval) AS requests, {totals} FROM {dataset} "  # noqa: S608 - checked
        f"WHERE timestamp > NOW() - INTERVAL '{days}' DAY{whose} GROUP BY {by} ORDER BY requests DESC FORMAT JSON"
    )


def rows_of(document: Any, *, by: By) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """The rows of an answer as numbers, with the share of hits and the mean time; raises ValueError for any other."""
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, list):
        raise ValueError("no answer of the SQL API")
    return [_row(each, by) for each in data]


def summed(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What rows come to together."""
    names = ("requests", "prompt_tokens", "completion_tokens", "cost", "hits", "untold")
    totals: dict[str, Any] = {name: sum(row[name] for row in rows) for name in names}
    return totals | {"hit_rate": _share(totals["hits"], totals["requests"])}


def _row(told: dict[str, Any], by: By) -> dict[str, Any]:
    requests = int(float(told["requests"]))
    counted = {name: float(told[name]) for name in _TOTALS}
    whole = {name: int(counted[name]) for name in ("prompt_tokens", "completion_tokens", "attempts", "hits", "untold")}
    return {
        by: str(told[by]),
        "requests": requests,
        **whole,
        "hit_rate": _share(whole["hits"], requests),
        "cost": round(counted["cost"], 8),
        "mean_ms": round(counted["duration_ms"] / requests, 1) if requests else 0.0,
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
