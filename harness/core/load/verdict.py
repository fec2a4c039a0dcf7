"""The verdict on a load, from everything it has shown.

The one rule: a broken promise outranks a doubt, and a load that shows too little is no pass.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.load.answer import LEFT
from harness.core.load.blame import Blame, blame, told_once
from harness.core.load.result import Outcome, rates
from reports.record import Finding, Level, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadVerdict:
    """What the case of a load comes to."""

    verdict: Verdict
    saw: str
    findings: tuple[Finding, ...]
    cause: str = ""


def verdict(outcome: Outcome) -> LoadVerdict:
    """Judge a load: broken invariants fail it, whatever upstream did; what shows too little is inconclusive."""
    must, should = (told_once(outcome.judged, level) for level in (Level.MUST, Level.SHOULD))
    findings = (*outcome.extra, *must, *should)
    saw = _saw(outcome)
    if must or outcome.extra:
        return LoadVerdict(verdict=Verdict.FAIL, saw=saw, findings=findings)
    crash = next((each.crash for each in outcome.judged if each.crash), "")
    if crash:
        return LoadVerdict(verdict=Verdict.HARNESS_ERROR, saw=saw, findings=findings, cause=crash)
    if cause := _doubt(outcome):
        return LoadVerdict(verdict=Verdict.INCONCLUSIVE, saw=saw, findings=findings, cause=cause)
    return LoadVerdict(verdict=Verdict.NON_STRICT if should else Verdict.PASS, saw=saw, findings=findings)


def _doubt(outcome: Outcome) -> str:
    if outcome.trouble:
        return outcome.trouble
    if not outcome.judged:
        return "nothing was measured: no answer came in"
    if outcome.lost:
        return f"{outcome.lost} of {outcome.part.counts['asked']} answers were lost between a generator and its report"
    if len(outcome.reports) < outcome.generators:
        return f"only {len(outcome.reports)} of {outcome.generators} load generators ever reported"
    silent = [number for number, each in sorted(outcome.reports.items()) if not each.final]
    if silent:
        return f"load generator {silent[0]} went silent before its end"
    cut_off = sum(each.put - each.part.counts["asked"] for each in outcome.reports.values())
    if cut_off:
        return f"{cut_off} requests did not finish in their load generators; their log says why"
    if outcome.unjudged:
        return f"{outcome.unjudged} answers could not be judged: they came faster than the journal keeps them"
    if outcome.plan_rules and not any(each.faults for each in outcome.judged):
        return "no fault of the plan ever struck"
    return ""


def _saw(outcome: Outcome) -> str:
    errors = blame(outcome.judged, outcome.claims)
    found = rates(outcome, errors)
    explained = sum(error.blame is not Blame.TARGET for error in errors)
    ttft_s = outcome.part.percentile("ttft", 95)
    words = [
        f"{len(outcome.judged)} answers to {outcome.profile.users} users in {outcome.lasted_s:.1f} s: "
        f"{sum(each.is_right for each in outcome.judged)} right, {outcome.part.counts[LEFT]} left by their clients, "
        f"{len(errors)} errors" + (f" ({explained} explained by faults)" if errors else ""),
        f"first token within {ttft_s:.3f} s for 95 %" if ttft_s is not None else "",
        f"{found.goodput:.1f} good answers per second" if found.goodput is not None else "",
    ]
    return "; ".join(word for word in words if word)
