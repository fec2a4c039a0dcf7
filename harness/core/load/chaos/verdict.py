"""The verdict of a chaos run: on what clients were told, never on how many errors there were.

The one rule: a phase in which no fault struck has shown nothing and is inconclusive, whatever its answers were. A
promise that was broken anywhere counts all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.core.load.chaos.phases import Felt
from harness.core.load.judgement import Judged
from reports.record import Finding, Level, Verdict

_MOST_FINDINGS: Final = 20
_FEWEST: Final = 3
"""With fewer answers a phase says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one part of a run came to: a verdict, what was seen, and the reason of one that is inconclusive."""

    verdict: Verdict
    saw: str
    cause: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the steady state must be before anything is injected."""

    success_rate: float = 0.99
    ttft_p95_s: float | None = None


def steady(state: Felt, answers: Sequence[Judged], bar: Baseline) -> Found:
    """Judge the steady state; anything but a pass means that nothing is injected."""
    saw = told(state)
    broken = findings_of(answers)
    if state.asked < _FEWEST:
        return _unmet(saw, f"{state.asked} answers are too few for a steady state")
    if not state.calls:
        return _unmet(saw, "nothing that was asked came through the gateway; is it the target's upstream?", broken)
    rate = state.success_rate or 0.0
    if rate < bar.success_rate:
        return _unmet(saw, f"{rate:.0%} of the answers were right, and {bar.success_rate:.0%} should be", broken)
    if bar.ttft_p95_s is not None and (state.ttft_p95_s is None or state.ttft_p95_s > bar.ttft_p95_s):
        return _unmet(
            saw, f"the first token came within {state.ttft_p95_s} s for 95 %, not {bar.ttft_p95_s:g} s", broken
        )
    return Found(verdict=_weighed(broken), saw=saw, findings=broken)


def _unmet(saw: str, why: str, broken: tuple[Finding, ...] = ()) -> Found:
    return Found(verdict=Verdict.INCONCLUSIVE, saw=saw, cause=f"baseline-not-met: {why}", findings=broken)


def phase(state: Felt, answers: Sequence[Judged], *, stopped: str = "") -> Found:
    """Judge one phase of the plan by the answers that were asked for in it."""
    saw, broken = told(state), findings_of(answers)
    worst = _weighed(broken)
    if worst is Verdict.FAIL:
        return Found(verdict=worst, saw=saw, findings=broken)
    cause = _hollow(state, answers, stopped)
    if cause:
        return Found(verdict=Verdict.INCONCLUSIVE, saw=saw, cause=cause, findings=broken)
    return Found(verdict=worst, saw=saw, findings=broken)


def recovery(
    state: Felt, answers: Sequence[Judged], *, after_s: float | None, within_s: float, excuse: str = ""
) -> Found:
    """Judge what came behind the plan: a target whose upstream is well again must be well again, too.

    One that is not, and has an `excuse` such as a machine without any time left, is blamed for nothing.
    """
    broken = findings_of(answers)
    saw = f"{told(state)}; " + ("not recovered" if after_s is None else f"recovered after {after_s:.2f} s")
    if state.asked < _FEWEST:
        return Found(verdict=Verdict.INCONCLUSIVE, saw=saw, cause="too few requests were sent after the plan")
    if after_s is None and excuse and _weighed(broken) is not Verdict.FAIL:
        return Found(verdict=Verdict.INCONCLUSIVE, saw=saw, cause=excuse, findings=broken)
    if after_s is None:
        message = f"{within_s:g} s after the last fault the target still does not answer rightly"
        broken = (*broken, Finding(invariant="alive-after", level=Level.MUST, message=message))
    return Found(verdict=_weighed(broken), saw=saw, findings=broken)


def told(state: Felt) -> str:
    """Say in one line what became of a phase."""
    if not state.asked:
        return "nothing was asked"
    words = [f"{state.asked} asked, {state.right} right"]
    words += [f"{state.failed} failed"] if state.failed else []
    words += [f"{state.wrong} wrong"] if state.wrong else []
    words += [f"{state.struck} struck"] if state.struck or state.stretch.injects else []
    if state.ttft_p50_s is not None and state.ttft_p95_s is not None:
        words.append(f"first token {state.ttft_p50_s:.3f} s, {state.ttft_p95_s:.3f} s for 95 %")
    return ", ".join(words)


def findings_of(answers: Iterable[Judged]) -> tuple[Finding, ...]:
    """Return what the answers broke, each invariant in the words of its first breach and with how often it was."""
    first: dict[tuple[str, Level], Finding] = {}
    often: dict[tuple[str, Level], int] = {}
    for answer in answers:
        for finding in answer.findings:
            key = (finding.invariant, finding.level)
            first.setdefault(key, finding)
            often[key] = often.get(key, 0) + 1
    return tuple(
        finding
        if often[key] == 1
        else finding.model_copy(update={"message": f"{finding.message} ({often[key]} times)"})
        for key, finding in list(first.items())[:_MOST_FINDINGS]
    )


def _hollow(state: Felt, answers: Sequence[Judged], stopped: str) -> str:
    crash = next((each.crash for each in answers if each.crash), "")
    if crash:
        return crash
    if stopped:
        return f"the plan was removed during it: {stopped}"
    if not state.stretch.injects:
        return ""
    if state.asked < _FEWEST:
        return f"{state.asked} answers are too few to judge"
    if not state.struck:
        passed_by = ", ".join(f"{fault} ({times} times)" for fault, times in state.bypassed)
        why = f"faults that could not strike: {passed_by}" if passed_by else "the plan's rules matched nothing in it"
        return f"fault-not-met: no fault struck in this phase; {why}"
    return ""


_BREACH: Final = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.NON_STRICT, Level.OBSERVE: Verdict.INFO}
_WEIGHT: Final = {Level.OBSERVE: 0, Level.SHOULD: 1, Level.MUST: 2}


def _weighed(findings: Iterable[Finding]) -> Verdict:
    levels = sorted({finding.level for finding in findings}, key=_WEIGHT.__getitem__)
    return _BREACH[levels[-1]] if levels else Verdict.PASS
