"""A chaos run in words: what it would do, and what came of it.

The one rule: what is told before a run follows from the settings that it is played with, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Final

from fault_injection.plans.words import words
from harness.core.load.chaos.outcome import Part
from harness.core.load.chaos.worst import worst_added_s
from harness.core.target.file import TargetFile
from harness.drivers.chaos import ChaosSettings
from reports.record import CaseResult, Level, RunRecord

_PROMISES: Final = {
    "steady": "Before any fault is injected, the target answers correctly.",
    "phase": "Whatever upstream does, no client is misled.",
    "recovery": "Once upstream has recovered, so has the target.",
}


def foretold(target: TargetFile, settings: ChaosSettings, upstream: str) -> list[str]:
    """Return what a run would do: to whom, how much, which faults when, and what it could cost at the worst."""
    plan, caps = settings.plan, settings.caps
    total_s = settings.steady_s + settings.lasts_s + settings.recovery_s
    most = min(caps.requests, round(total_s * settings.rate_per_s))
    return [
        f"target {target.name}{'' if target.command else f' at {target.url}'}, upstream {upstream or 'the mock'}",
        *words(plan),
        f"traffic: ours alone, {settings.rate_per_s:g} requests a second, {most} at the most",
        f"faulted: {caps.faulted} at the most",
        f"tokens: about {most * settings.prompt.tokens}, and {caps.tokens} at the most",
        f"silence added to one answer: {worst_added_s(plan, tokens=settings.prompt.tokens):.3g} s at worst",
    ]


def results_of(parts: Sequence[Part], again: str) -> list[CaseResult]:
    """Return the parts of a run as the cases of a record; `again` is the command that plays the run again."""
    names = [part.felt.stretch.name.replace(" ", "-") for part in parts]
    often = [names[:place].count(name) for place, name in enumerate(names)]
    return [
        _result(part, f"chaos.{name}-{before + 1}" if before else f"chaos.{name}", again)
        for part, name, before in zip(parts, names, often, strict=True)
    ]


def _result(part: Part, case_id: str, again: str) -> CaseResult:
    stretch = part.felt.stretch
    return CaseResult(
        id=case_id,
        title=_PROMISES[part.kind],
        suite="chaos",
        family="chaos",
        level=Level.MUST,
        verdict=part.found.verdict,
        duration_s=round(stretch.end_s - stretch.start_s, 3) if isfinite(stretch.end_s) else 0.0,
        promised=_PROMISES[part.kind],
        saw=part.found.saw,
        findings=part.found.findings,
        faults=tuple(fault for fault, _ in part.felt.faults),
        replay=again,
        reference="edgeproof's own rule: every invariant",
        cause=part.found.cause,
    )


def told(record: RunRecord) -> list[str]:
    """Return what is said of a run part by part: its verdict, what was seen, and what was broken."""
    width = max(len(case.id) for case in record.cases)
    lines: list[str] = []
    for case in record.cases:
        lines.append(f"{case.verdict.value:<12} {case.id:<{width}}  {case.saw}")
        lines += [f"{'':12} {'':{width}}  {case.cause}"] if case.cause else []
        lines += [f"{'':12} {'':{width}}  {each.invariant}: {each.message}" for each in case.findings]
    match record.chaos.get("smallest"):
        case {"invariant": invariant, "faults": faults, "replay": replay}:
            lines += [f"smallest plan that fails: {faults} breaks {invariant}", f"  {replay}"]
        case str(why):
            lines += [why]
    return lines
