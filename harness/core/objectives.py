"""Objectives of a load run: `ttft_p95_s < 1`, read from text and held against what was measured.

The one rule: what was not measured never meets an objective.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import UsageError

_LINE = re.compile(r"([a-z][a-z0-9_]*)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)")

METRICS = frozenset(
    {f"{name}_{mark}_s" for name in ("ttft", "itl", "tpot", "longest_stall", "e2e") for mark in ("p50", "p95", "p99")}
    | {"tokens_per_s_p50", "error_rate", "goodput"}
)
"""What an objective can be about."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A bound on one metric."""

    metric: str
    relation: str
    bound: float

    def __str__(self) -> str:
        return f"{self.metric} {self.relation} {self.bound:g}"

    def met(self, measured: Mapping[str, float | None]) -> bool:
        """Whether the metric was measured and keeps to the bound."""
        value = measured.get(self.metric)
        if value is None:
            return False
        match self.relation:
            case "<":
                return value < self.bound
            case "<=":
                return value <= self.bound
            case ">":
                return value > self.bound
        return value >= self.bound


DEFAULTS = (
    Objective("ttft_p95_s", "<", 1.0),
    Objective("tokens_per_s_p50", ">", 10.0),
    Objective("error_rate", "<", 0.01),
)
"""The performance targets of an edge AI proxy."""


def read_objectives(text: str, *, source: str) -> tuple[Objective, ...]:
    """Read one objective a line; blank lines and what follows a `#` are skipped.

    Raises:
        UsageError: naming the source, the line and what would do.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].strip()
        if not words:
            continue
        match = _LINE.fullmatch(words)
        if match is None:
            raise UsageError(f"{source}, line {number}: {words!r} is no objective", next_step="as in: ttft_p95_s < 1")
        if match[1] not in METRICS:
            raise UsageError(
                f"{source}, line {number}: nothing is called {match[1]!r}",
                next_step=f"there are: {', '.join(sorted(METRICS))}",
            )
        found.append(Objective(match[1], match[2], float(match[3])))
    if not found:
        raise UsageError(f"{source} holds no objective", next_step="write one, as in: ttft_p95_s < 1")
    return tuple(found)
