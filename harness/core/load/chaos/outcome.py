"""What a chaos run leaves: its parts with their verdicts, and everything on one axis of time.

The one rule: every number of the record's section follows from the same judged answers and exchanges as the verdicts.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from harness.core.load.chaos.phases import Felt
from harness.core.load.chaos.verdict import Found
from harness.core.load.judgement import Judged
from harness.core.observed.history import UpstreamExchange
from reports.record import Verdict

_MOST_WINDOWS: Final = 240
_SHORTEST_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a run: `kind` is steady, phase or recovery."""

    kind: str
    felt: Felt
    found: Found
    recovered_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to: its parts, every answer as it was judged, and the record's section."""

    parts: tuple[Part, ...]
    answers: tuple[Judged, ...]
    section: dict[str, Any]

    @property
    def has_failed(self) -> bool:
        """Whether a promise was broken in any part."""
        return any(part.found.verdict is Verdict.FAIL for part in self.parts)


def outcome(
    parts: Sequence[Part],
    answers: Sequence[Judged],
    upstreams: Sequence[UpstreamExchange],
    *,
    start_s: float,
    end_s: float,
    plan: str,
    run: str,
    stopped: str,
    injects: bool,
) -> Outcome:
    """Put a run together; times of the section are seconds since its start."""
    section = {
        "run": run,
        "plan": plan,
        "plan_sha256": hashlib.sha256(plan.encode()).hexdigest(),
        "dry_run": not injects,
        "stopped": stopped,
        "duration_s": round(end_s - start_s, 3),
        "asked": len(answers),
        "wrong": sum(each.is_wrong for each in answers),
        "struck": sum(bool(each.faults) for each in upstreams),
        "recovered_after_s": next((each.recovered_after_s for each in parts if each.kind == "recovery"), None),
        "phases": [_row(each, start_s=start_s, end_s=end_s) for each in parts],
        "faults": [row for each in parts for row in _faults(each)],
        "over_time": over_time(answers, upstreams, start_s=start_s, end_s=end_s),
    }
    return Outcome(parts=tuple(parts), answers=tuple(answers), section=section)


def over_time(
    answers: Iterable[Judged], upstreams: Iterable[UpstreamExchange], *, start_s: float, end_s: float
) -> dict[str, Any]:
    """Return the run in equal windows: what was asked, struck, failed and wrong in each, and the first token.

    Answers count where they were asked for, faults where the request that they struck arrived.
    """
    length_s = max(_SHORTEST_S, math.ceil((end_s - start_s) / _MOST_WINDOWS * 2) / 2)
    number = max(1, math.ceil((end_s - start_s) / length_s))
    counts = {name: [0] * number for name in ("asked", "right", "failed", "wrong", "struck")}
    first: list[list[float]] = [[] for _ in range(number)]
    for each in answers:
        place = math.floor((each.started_s - start_s) / length_s)
        if not 0 <= place < number:
            continue
        counts["asked"][place] += 1
        counts["right"][place] += each.is_right
        counts["wrong"][place] += each.is_wrong
        counts["failed"][place] += each.is_error and not each.is_wrong
        if each.answer.ttft_s is not None:
            first[place].append(each.answer.ttft_s)
    for call in upstreams:
        place = math.floor((call.arrived_s - start_s) / length_s)
        if call.faults and 0 <= place < number:
            counts["struck"][place] += 1
    return {
        "window_s": length_s,
        **counts,
        "ttft_p50_s": [round(median(found), 4) if found else None for found in first],
        "ttft_max_s": [round(max(found), 4) if found else None for found in first],
    }


def _faults(part: Part) -> Iterator[dict[str, Any]]:
    """Yield each fault that struck in a part, or could not, with how often."""
    struck, bypassed = dict(part.felt.faults), dict(part.felt.bypassed)
    for fault in sorted({*struck, *bypassed}):
        name = part.felt.stretch.name
        yield {"phase": name, "fault": fault, "struck": struck.get(fault, 0), "bypassed": bypassed.get(fault, 0)}


def _row(part: Part, *, start_s: float, end_s: float) -> dict[str, Any]:
    state = part.felt
    return {
        "name": state.stretch.name,
        "kind": part.kind,
        "start_s": round(state.stretch.start_s - start_s, 3),
        "end_s": round(min(state.stretch.end_s, end_s) - start_s, 3),
        "injects": state.stretch.injects,
        "asked": state.asked,
        "right": state.right,
        "failed": state.failed,
        "wrong": state.wrong,
        "calls": state.calls,
        "struck": state.struck,
        "ttft_p50_s": state.ttft_p50_s,
        "ttft_p95_s": state.ttft_p95_s,
        "verdict": part.found.verdict.value,
        "cause": part.found.cause,
    }
