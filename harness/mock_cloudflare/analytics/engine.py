"""A statement's answer: the points of one dataset, put into SQLite for the length of one query.

The one rule: a query sees the points as they are when it comes, and leaves nothing behind.
"""

from __future__ import annotations

import json
import math
import sqlite3
import zoneinfo
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from harness.mock_cloudflare.analytics import aggregates, moments, scalars
from harness.mock_cloudflare.analytics.dialect import Listing, Statement
from harness.mock_cloudflare.analytics.expressions import quoted
from harness.mock_cloudflare.analytics.kinds import AS_TEXT, DATE, DATETIME, FLOAT, STRING, Kind, is_whole, refuse
from harness.mock_cloudflare.analytics.query import POINTS, Query, translate
from harness.mock_cloudflare.request import PointEffect


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a statement gives: columns with their types, and rows of values as JSON has them."""

    columns: tuple[tuple[str, Kind], ...]
    rows: tuple[tuple[Any, ...], ...]


def perform(statement: Statement, points: Sequence[PointEffect], *, now_s: float) -> Result:
    """Answer a statement over the points that were written.

    Raises:
        InvalidQueryError: it asks for what Analytics Engine does not have.
    """
    datasets = list(dict.fromkeys(point.dataset for point in points))
    if not isinstance(statement.asked, exp.Select):
        return _listed(statement.asked, datasets)
    query = translate(statement.asked, datasets=datasets, now_s=moments.within(now_s))
    own = [point for point in points if point.dataset == query.dataset]
    try:
        rows = _run(query, own)
    except sqlite3.Error as error:
        refuse(f"the query cannot be carried out: {error}")
    kinds = [kind for _, kind in query.columns]
    shown = tuple(tuple(_shown(value, kind) for value, kind in zip(row, kinds, strict=True)) for row in rows)
    return Result(columns=query.columns, rows=shown)


def _listed(what: Listing, datasets: list[str]) -> Result:
    match what:
        case "TABLES":
            columns = (("dataset", STRING), ("type", STRING))
            return Result(columns=columns, rows=tuple((name, "dataset") for name in sorted(datasets)))
        case "TIMEZONES":
            names = sorted({*zoneinfo.available_timezones(), moments.ZONE})
            return Result(columns=(("timezone", STRING),), rows=tuple((name,) for name in names))
        case _:
            return Result(columns=(("timezone", STRING),), rows=((moments.ZONE,),))


def _run(query: Query, points: Sequence[PointEffect]) -> list[tuple[Any, ...]]:
    used = sorted(query.used) or ["dataset"]
    with closing(sqlite3.connect(":memory:")) as connection:
        scalars.register(connection)
        aggregates.register(connection)
        connection.execute(f"CREATE TABLE {quoted(POINTS)} ({', '.join(map(quoted, used))})")
        marks = ", ".join("?" * len(used))
        rows = ([value_of(point, name) for name in used] for point in points)
        connection.executemany(f"INSERT INTO {quoted(POINTS)} VALUES ({marks})", rows)  # noqa: S608 - names of columns
        return connection.execute(query.sql).fetchall()


def value_of(point: PointEffect, column: str) -> str | float:
    """Return what a point has in a column: an empty text or 0 where nothing was written."""
    stem = column.rstrip("0123456789")
    at = int(column.removeprefix(stem) or 0) - 1
    match stem:
        case "blob":
            return point.blobs[at].decode("utf-8", "replace") if at < len(point.blobs) else ""
        case "double":
            return point.doubles[at] if at < len(point.doubles) else 0.0
        case "index":
            return point.index.decode("utf-8", "replace")
        case "timestamp":
            return moments.within(point.at_s)
        case "_sample_interval":
            return 1
        case _:
            return point.dataset


def _shown(value: Any, kind: Kind) -> Any:  # noqa: ANN401 - JSON
    """Return a value as ClickHouse writes it into JSON: moments and 64 bits as text, what is no number as null."""
    if value is None:
        return None
    if kind in (DATETIME, DATE):
        return moments.shown(value) if kind == DATETIME else moments.shown(value)[:10]
    if kind in AS_TEXT:
        return str(int(value))
    if is_whole(kind):
        return int(value)
    if kind == FLOAT:
        return _number(float(value))
    return json.loads(value) if kind.startswith("Array(") else value


def _number(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 1e15 else value
