"""The functions of many rows that SQLite does not have.

The one rule: ties fall to what came first, so that the same points give the same answer.
Sources: Cloudflare docs, Analytics Engine, SQL reference, aggregate functions; ClickHouse docs, the same.
"""

from __future__ import annotations

import json
import math
import sqlite3
from typing import Any, Final, TypeAlias

_Value: TypeAlias = str | float | None


class _QuantileWeighted:
    """The least value at which the weights of all values up to it reach a share of the whole weight."""

    def __init__(self) -> None:
        self._level = 0.5
        self._weights: dict[float, float] = {}

    def step(self, level: float, value: _Value, weight: float) -> None:
        self._level = level
        if isinstance(value, int | float) and weight > 0:
            self._weights[value] = self._weights.get(value, 0) + weight

    def finalize(self) -> _Value:
        wanted = math.ceil(sum(self._weights.values()) * self._level)
        reached = 0.0
        for value, weight in sorted(self._weights.items()):
            reached += weight
            if reached >= wanted:
                return value
        return None


class _Best:
    """The argument of the row whose value is the greatest."""

    sign = 1

    def __init__(self) -> None:
        self._found: tuple[Any, _Value] | None = None

    def step(self, argument: _Value, value: Any) -> None:  # noqa: ANN401 - SQLite's
        if value is None:
            return
        best = self._found
        if best is None or (value > best[0] if self.sign > 0 else value < best[0]):
            self._found = (value, argument)

    def finalize(self) -> _Value:
        return None if self._found is None else self._found[1]


class _Least(_Best):
    """The argument of the row whose value is the least."""

    sign = -1


class _First:
    """The first value."""

    def __init__(self) -> None:
        self._seen: list[_Value] = []

    def step(self, value: _Value) -> None:
        if not self._seen:
            self._seen.append(value)

    def finalize(self) -> _Value:
        return self._seen[0] if self._seen else None


class _Last(_First):
    """The last value."""

    def step(self, value: _Value) -> None:
        self._seen[:] = [value]


class _TopWeighted:
    """The values that weigh most, the heaviest first, as JSON."""

    def __init__(self) -> None:
        self._most = 0
        self._weights: dict[_Value, float] = {}

    def step(self, most: int, value: _Value, weight: float = 1) -> None:
        self._most = most
        self._weights[value] = self._weights.get(value, 0) + weight

    def finalize(self) -> str:
        heaviest = sorted(self._weights, key=lambda value: -self._weights[value])
        return json.dumps(heaviest[: self._most])


AGGREGATES: Final[dict[str, type]] = {
    "ae_quantile": _QuantileWeighted,
    "ae_arg_max": _Best,
    "ae_arg_min": _Least,
    "ae_first": _First,
    "ae_last": _Last,
    "ae_top": _TopWeighted,
}


def register(connection: sqlite3.Connection) -> None:
    """Teach SQLite the functions."""
    for name, made in AGGREGATES.items():
        connection.create_aggregate(name, -1, made)
