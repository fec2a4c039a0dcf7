"""What a load has shown, and its section of the record.

The one rule: what was not measured is null, and an objective about it is not met but unknown; a target is not blamed
for being slow while the harness was late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.core.load.answer import DEFINITIONS, LEFT
from harness.core.load.blame import Blame, Error, blame, errors_table
from harness.core.load.judgement import Judged
from harness.core.load.lateness import Lateness
from harness.core.load.objectives import Objective
from harness.core.load.record import LoadPart
from harness.core.load.report import Report
from harness.core.load.windows import Arrived, over_time, saturation, windows
from harness.core.target.claims import Capabilities
from reports.record import Finding
from scenarios.load import LoadProfile

_PERCENTILES: Final = (50.0, 90.0, 95.0, 99.0, 99.9)
_TIMES: Final = ("ttft", "itl", "tpot", "longest_stall", "e2e")
_ASKED: Final = ("users", "duration_s", "shape", "arrivals", "rate_per_s", "think_s", "cancel", "repeats")
_QUICK: Final = frozenset({"error_rate", "own_error_rate"})
"""What no late harness makes worse by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything that a load has shown. `trouble` says why it shows less than it should; `plan_rules` is how many rules
    of faults were in force, `generators` how many there should be; `extra` are findings about the target as a whole."""

    profile: LoadProfile
    claims: Capabilities
    objectives: tuple[Objective, ...]
    part: LoadPart
    judged: Sequence[Judged]
    reports: Mapping[int, Report]
    lateness: Lateness
    unjudged: int = 0
    lost: int = 0
    plan_rules: int = 0
    generators: int = 1
    trouble: str = ""
    extra: tuple[Finding, ...] = ()
    added: Mapping[str, float | None] | None = None

    @property
    def start_s(self) -> float:
        """When the first generator began."""
        begun = [each.started_s for each in self.reports.values() if each.started_s is not None]
        return min(begun, default=min((each.started_s for each in self.judged), default=0.0))

    @property
    def lasted_s(self) -> float:
        """How long the load was on, at most as long as it was to be."""
        last_s = max((each.end_s for each in self.judged), default=self.start_s)
        return min(self.profile.duration_s, last_s - self.start_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Counts of a load as rates; None where there was nothing to count."""

    waited: int
    error_rate: float | None
    own_error_rate: float | None
    throughput: float | None
    goodput: float | None


def rates(outcome: Outcome, errors: Sequence[Error]) -> Rates:
    """Return how many answers failed, and how many came to a good end in a second."""
    waited = [each for each in outcome.judged if each.answer.ending != LEFT or each.is_error]
    own = sum(error.blame is Blame.TARGET for error in errors)
    right = [each for each in outcome.judged if each.is_right]
    lasted_s = outcome.lasted_s
    return Rates(
        waited=len(waited),
        error_rate=len(errors) / len(waited) if waited else None,
        own_error_rate=own / len(waited) if waited else None,
        throughput=len(right) / lasted_s if lasted_s > 0 else None,
        goodput=sum(each.in_time for each in right) / lasted_s if lasted_s > 0 else None,
    )


def section(outcome: Outcome) -> dict[str, Any]:
    """Return the load's section of the record."""
    errors = blame(outcome.judged, outcome.claims)
    found = rates(outcome, errors)
    over = windows(outcome.judged, start_s=outcome.start_s, duration_s=max(outcome.lasted_s, 1.0))
    late = outcome.lateness
    profile = outcome.profile
    by = Counter(error.blame for error in errors)
    return {
        "asked_for": f"{profile.users} users, {profile.duration_s:g} s, {profile.shape}, {profile.arrivals} arrivals",
        "lasted_s": outcome.lasted_s,
        "answers": outcome.part.counts["asked"],
        "right": sum(each.is_right for each in outcome.judged),
        "left_by_clients": outcome.part.counts[LEFT],
        "errors": len(errors),
        "errors_by_faults": by[Blame.FAULT] + by[Blame.BREAKER],
        "errors_by_limit": by[Blame.LIMIT],
        "errors_by_target": by[Blame.TARGET],
        "error_rate": found.error_rate,
        "own_error_rate": found.own_error_rate,
        "throughput_per_s": found.throughput,
        "goodput_per_s": found.goodput,
        "most_streams": max((each.streams for each in over), default=0),
        "without_upstream": sum(each.is_right and not each.asked_upstream for each in outcome.judged),
        "struck_by_faults": sum(bool(each.faults) for each in outcome.judged),
        "saturation": _saturation(outcome, over) or "not seen",
        "harness": late.told or "in time",
        "complete": not (outcome.trouble or outcome.lost or outcome.unjudged),
        "tokens": outcome.part.counts["tokens"],
        "body_bytes": outcome.part.counts["body_bytes"],
        "unjudged": outcome.unjudged,
        "lost": outcome.lost,
        "asked": {name: getattr(profile, name) for name in _ASKED} | {"prompt": str(profile.prompt).strip()},
        "objectives": objectives_table(outcome, found),
        "seconds": [_row(outcome.part, name) for name in _TIMES],
        "tokens_a_second": [_row(outcome.part, "tokens_rate")],
        "errors_seen": errors_table(errors),
        "generators": [_generator(each) for _, each in sorted(outcome.reports.items())],
        "over_time": over_time(over),
        "host": {
            "late_at_worst_s": late.worst_s,
            "late_share": late.lost,
            "idle_share": late.host.idle if late.host else None,
            "strangers_share": late.host.strangers if late.host else None,
            "target_processors": late.host.target_processors if late.host else None,
        },
        "definitions": dict(DEFINITIONS),
    }


def _row(part: LoadPart, name: str) -> dict[str, Any]:
    marks = {f"p{percent:g}": part.percentile(name, percent) for percent in _PERCENTILES}
    return {"measure": name, "samples": part.samples(name), **marks, "max": part.percentile(name, 100)}


def _generator(report: Report) -> dict[str, Any]:
    counts = report.part.counts
    return {
        "number": report.number,
        "due": report.due,
        "put": report.put,
        "answers": counts["asked"],
        "cut_off": report.put - counts["asked"],
        "tokens": counts["tokens"],
        "bytes": counts["body_bytes"],
        "ttfts": report.part.samples("ttft"),
        "clock_s": report.offset_s,
        "whole": report.final,
    }


def _saturation(outcome: Outcome, over: Sequence[Any]) -> str:
    if outcome.lateness.told:
        return ""
    arrived = None
    if outcome.profile.arrivals != "closed":
        reports = outcome.reports.values()
        arrived = Arrived(due=sum(each.due for each in reports), put=sum(each.put for each in reports))
    return saturation(over, arrived)


def objectives_table(outcome: Outcome, found: Rates) -> list[dict[str, Any]]:
    """Return each objective with what was measured, and whether it is met: null where that cannot be said."""
    measured = {
        **outcome.part.metrics(),
        "error_rate": found.error_rate,
        "own_error_rate": found.own_error_rate,
        "goodput": found.goodput,
        "throughput": found.throughput,
        **(outcome.added or {}),
    }
    if not outcome.judged:
        measured = dict.fromkeys(measured)
    return [
        {"objective": str(each), "measured": measured.get(each.metric), "met": _met(each, measured, outcome.lateness)}
        for each in outcome.objectives
    ]


def _met(objective: Objective, measured: Mapping[str, float | None], lateness: Lateness) -> bool | None:
    if measured.get(objective.metric) is None:
        return None
    met = objective.met(measured)
    return None if not met and lateness.told and objective.metric not in _QUICK else met
