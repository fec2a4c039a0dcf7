"""Objectives of a load run: `ttft_p95_s < 1`, read from text and held against what was measured.

The one rule: what was not measured never meets an objective.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from harness.core.load.answer import Answer
from harness.errors import UsageError

_LINE = re.compile(r"([a-z][a-z0-9_]*)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)")

METRICS = frozenset(
    {f"{name}_{mark}_s" for name in ("ttft", "itl", "tpot", "longest_stall", "e2e") for mark in ("p50", "p95", "p99")}
    | {"tokens_per_s_p50", "error_rate", "own_error_rate", "goodput", "throughput"}
    | {"added_ttft_s", "added_e2e_s"}
)
"""What an objective can be about. What a target adds is the high end of its interval, and measured on request."""


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

    def met_by(self, answer: Answer) -> bool:
        """Whether one answer keeps to the bound by itself, as far as it is about single answers."""
        name, _, mark = self.metric.rpartition("_p")
        match name:
            case "itl":
                value = _percentile(answer.gaps_s, int(mark.partition("_")[0]))
            case "ttft" | "tpot" | "e2e" | "longest_stall":
                value = getattr(answer, f"{name}_s")
            case "tokens_per_s":
                value = answer.tokens_per_s
            case _:
                return True
        return value is None or self.met({self.metric: value})


DEFAULTS = (
    Objective("ttft_p95_s", "<", 1.0),
    Objective("tokens_per_s_p50", ">", 10.0),
    Objective("error_rate", "<", 0.01),
)
"""The performance targets of an edge AI proxy."""

UNDER_FAULTS = (*DEFAULTS[:-1], Objective("own_error_rate", "<", 0.01))
"""The same where a plan of faults makes errors that no proxy could prevent."""


def is_good(objectives: Iterable[Objective], answer: Answer) -> bool:
    """Whether an answer keeps to every objective that is about single answers; it counts as goodput then."""
    return all(objective.met_by(answer) for objective in objectives)


def _percentile(values: Iterable[float], percent: int) -> float | None:
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)] if ordered else None


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
            near = get_close_matches(match[1], METRICS, n=1)
            raise UsageError(
                f"{source}, line {number}: nothing is called {match[1]!r}",
                next_step=f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(METRICS))}",
            )
        found.append(Objective(match[1], match[2], float(match[3])))
    if not found:
        raise UsageError(f"{source} holds no objective", next_step="write one, as in: ttft_p95_s < 1")
    return tuple(found)
