"""A chaos run cut into its phases: what struck in each, and what the clients of it felt.

The one rule: an answer belongs to the phase in which it was asked for, and a fault to the phase in which the request it
struck reached the gateway; nothing is counted twice and nothing is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Final

from fault_injection.plan import Plan
from harness.core.load.judgement import Judged
from harness.core.observed.history import UpstreamExchange

STEADY: Final = "steady state"
RECOVERY: Final = "after the plan"
_P95: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A phase of a run on the run's clock; `injects` says that rules of the plan can strike in it."""

    name: str
    start_s: float
    end_s: float
    injects: bool = False

    def holds(self, at_s: float) -> bool:
        """Whether a moment belongs to it."""
        return self.start_s <= at_s < self.end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """What became of one phase. `wrong` answers broke an invariant that must hold; `failed` ones are all others that
    their client could not use. `calls` counts exchanges upstream, `struck` those that a fault changed, by fault in
    `faults`."""

    stretch: Stretch
    asked: int
    right: int
    failed: int
    wrong: int
    calls: int
    struck: int
    faults: tuple[tuple[str, int], ...]
    bypassed: tuple[tuple[str, int], ...]
    ttft_p50_s: float | None
    ttft_p95_s: float | None

    @property
    def success_rate(self) -> float | None:
        """The share of right answers; None where nothing was asked."""
        return self.right / self.asked if self.asked else None


def stretches(plan: Plan, *, start_s: float, end_s: float, lasts_s: float = math.inf) -> tuple[Stretch, ...]:
    """Return the phases of a plan that comes into force at `start_s` and is taken away at `end_s`.

    Where phases overlap the first of the plan counts; what lies in none of them is called by the one before it, and a
    plan without phases is one stretch. A plan that was to last `lasts_s` is gone a moment later, and that moment
    belongs to its last phase.
    """
    whole_s = min(end_s - start_s, lasts_s)
    edges = sorted({0.0, whole_s, *(edge for phase in plan.phases for edge in (phase.start_s, phase.end_s))})
    inside = [edge for edge in edges if 0 <= edge <= whole_s]
    out: list[Stretch] = []
    for low, high in pairwise(inside):
        name = plan.phase_at(low) or _nameless(plan, low)
        middle_s = (low + high) / 2
        injects = any(plan.chance(rule, at_s) > 0 for rule in plan.rules for at_s in (low, middle_s))
        if out and out[-1].name == name:
            out[-1] = Stretch(
                name=name, start_s=out[-1].start_s, end_s=start_s + high, injects=out[-1].injects or injects
            )
        else:
            out.append(Stretch(name=name, start_s=start_s + low, end_s=start_s + high, injects=injects))
    return (*out[:-1], replace(out[-1], end_s=end_s)) if out else ()


def _nameless(plan: Plan, at_s: float) -> str:
    before = [phase.name for phase in sorted(plan.phases, key=lambda each: each.end_s) if phase.end_s <= at_s]
    if before:
        return f"after {before[-1]}"
    return "before the first phase" if plan.phases else "the plan"


def felt(stretch: Stretch, answers: Iterable[Judged], upstreams: Iterable[UpstreamExchange]) -> Felt:
    """Return what became of one phase."""
    mine = [each for each in answers if stretch.holds(each.started_s)]
    calls = [each for each in upstreams if stretch.holds(each.arrived_s)]
    first = sorted(each.answer.ttft_s for each in mine if each.answer.ttft_s is not None)
    return Felt(
        stretch=stretch,
        asked=len(mine),
        right=sum(each.is_right for each in mine),
        failed=sum(each.is_error and not each.is_wrong for each in mine),
        wrong=sum(each.is_wrong for each in mine),
        calls=len(calls),
        struck=sum(bool(each.faults) for each in calls),
        faults=_counted(fault for each in calls for fault in each.faults),
        bypassed=_counted(item.fault for each in calls for item in each.bypassed),
        ttft_p50_s=median(first) if first else None,
        ttft_p95_s=first[math.ceil(_P95 * len(first)) - 1] if first else None,
    )


def recovered_after_s(answers: Sequence[Judged], *, from_s: float, in_a_row: int) -> float | None:
    """Return how long after a moment the first of so many right answers in a row was asked for; None: none were."""
    later = sorted((each for each in answers if each.started_s >= from_s), key=lambda each: each.started_s)
    row: list[Judged] = []
    for each in later:
        row = [*row, each] if each.is_right else []
        if len(row) >= in_a_row:
            return row[0].started_s - from_s
    return None


def _counted(items: Iterable[str]) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for item in items:
        found[item] = found.get(item, 0) + 1
    return tuple(sorted(found.items()))
