"""From a case and its view to a result: every invariant applied, expectations checked, the worst of it the verdict.

A breach of an invariant weighs the same wherever it is found, in a case or by a search. A case's own level says what
its expectations weigh: what a good target does there over and above the invariants.

The one rule: a crash in a check is the harness's own fault and never the target's; a case whose faults never struck
has shown nothing and is no pass.

What a case expects may have been spoilt by time alone: a request came when the breaker's rest or the kept answer's life
was over, or the client's patience ended before upstream's answer did. Whether it came so late is a race, so none of
these is a pass or a breach: the case is inconclusive, and is played again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from harness.core.judging.evidence import sides
from harness.core.judging.invariants import ALL
from harness.core.judging.invariants.attempts import model_of
from harness.core.judging.invariants.breaker import may_be_open
from harness.core.judging.invariants.pace import still_filling
from harness.core.judging.invariants.resources import left_unread
from harness.core.judging.leaving import WHY_NOT
from harness.core.judging.ruled_out import (
    asks_of,
    declined,
    declined_above,
    hides_leaving,
    is_declined,
    is_ruled_out,
    never_struck,
    passed_by,
)
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd
from reports.overview import amount
from reports.record import Finding, Level, Verdict
from scenarios.case import Case, Expect, Model

_WEIGHT = {Level.OBSERVE: 0, Level.SHOULD: 1, Level.MUST: 2}
_BREACH = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.NON_STRICT, Level.OBSERVE: Verdict.INFO}

_NEARLY = 0.9
"""The part of a life behind which a target that takes it for over is not blamed: it has a clock of its own."""

_STILL_SENDING_S = 1.0
"""Upstream has not fallen silent as long as its last bytes went out no longer ago than this. On neither side of it is
anybody blamed for upstream: on one the case is played again, on the other `ends-in-time` decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a case came to. `cause` says why when it is inconclusive or the harness's fault."""

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    cause: str = ""
    overrun_s: Mapping[str, float] = field(default_factory=dict)
    """How much longer than it may something took at the worst, of every invariant whose check found a breach."""
    besides: frozenset[str] = frozenset()
    """The invariants that something else spoke for: an expectation of the case, or what the caller knows."""


def judge(
    case: Case,
    view: CaseView,
    *,
    models: dict[Model, str],
    also: Callable[[Case, CaseView], Iterable[Finding]] = lambda _case, _view: (),
) -> Judgement:
    """Apply every invariant and the case's own expectations to what was observed, and `also` what the caller knows."""
    try:
        # What the case expects rests on its faults: where one could not strike, nothing of the kind is to be expected.
        expected = () if passed_by(case, view) else _expectations(case, view, models)
        broken, overrun_s = _invariants(case, view)
        besides = [*_unsaid(expected, broken), *also(case, view)]
        found = _dedupe([*broken, *besides])
        findings = tuple(_shown(finding, view) for finding in found)
    except Exception as error:  # noqa: BLE001 - whatever a check dies of, the target is not to blame for it
        return Judgement(verdict=Verdict.HARNESS_ERROR, cause=f"a check crashed: {type(error).__name__}: {error}")
    hollow = _hollow(case, view, models)
    telling = any(finding.level is Level.MUST or finding.invariant in case.focus for finding in findings)
    if hollow and not telling:
        verdict = Verdict.NOT_APPLICABLE if is_ruled_out(case, view) else Verdict.INCONCLUSIVE
        return Judgement(verdict=verdict, findings=findings, cause=hollow)
    also_by = frozenset(finding.invariant for finding in besides)
    return Judgement(verdict=_verdict(findings), findings=findings, overrun_s=overrun_s, besides=also_by)


def _verdict(findings: Iterable[Finding]) -> Verdict:
    heaviest = max((finding.level for finding in findings), key=_WEIGHT.__getitem__, default=None)
    return Verdict.PASS if heaviest is None else _BREACH[heaviest]


def _invariants(case: Case, view: CaseView) -> tuple[list[Finding], dict[str, float]]:
    """Return what was broken, and how far each invariant was overrun at its worst."""
    found: list[Finding] = []
    overrun_s: dict[str, float] = {}
    for invariant in ALL.values():
        for breach in invariant.check(view):
            if breach.once and not case.tells_additions:
                continue
            level = breach.level or invariant.level
            found.append(Finding(invariant=invariant.id, level=level, message=breach.message, evidence=breach.evidence))
            overrun_s[invariant.id] = max(breach.overrun_s, overrun_s.get(invariant.id, 0.0))
    return found, overrun_s


def _shown(finding: Finding, view: CaseView) -> Finding:
    """A finding with both sides of the exchange that it is about, where it has nothing of its own to show."""
    name = finding.message.partition(":")[0]
    ask = None if finding.evidence else next((ask for ask in view.asks if ask.name == name), None)
    return finding.model_copy(update={"evidence": sides(ask)}) if ask is not None else finding


def _dedupe(findings: list[Finding]) -> Iterator[Finding]:
    """Say each breach once: the same invariant in the same words about the repetitions of a step is one finding."""
    seen: set[tuple[str, Level, str]] = set()
    for finding in findings:
        words = re.sub(r"#\d+", "", re.sub(r"\d+(\.\d+)?", "0", finding.message))
        shape = (finding.invariant, finding.level, words)
        if shape not in seen:
            seen.add(shape)
            yield finding


def _unsaid(expected: Iterable[Finding], broken: Iterable[Finding]) -> Iterator[Finding]:
    """Yield what a case expected in vain, but for what an invariant has said already, of as much weight and of the same
    exchange: it knows better what is wrong. Of one exchange and one invariant the first is enough."""
    said = {_about(finding): _WEIGHT[finding.level] for finding in sorted(broken, key=lambda each: _WEIGHT[each.level])}
    for finding in expected:
        if said.get(_about(finding), -1) < _WEIGHT[finding.level]:
            said[_about(finding)] = _WEIGHT[finding.level]
            yield finding


def _about(finding: Finding) -> tuple[str, str]:
    return finding.invariant, finding.message.partition(":")[0]


def _expectations(case: Case, view: CaseView, models: dict[Model, str]) -> Iterator[Finding]:
    for expect in case.expect:
        for ask in asks_of(expect.step, view):
            message = _disappointment(expect, ask, models)
            if message is None:
                continue
            excused = _outlived(expect, ask, view) or _gave_up_first(expect, ask) or _unended(expect, ask, view)
            excused = excused or declined_above(expect, ask)
            if not excused and not _kept_away(expect, ask, view, models):
                level = min(ALL[expect.invariant].level, Level(case.level), key=_WEIGHT.__getitem__)
                yield Finding(invariant=expect.invariant, level=level, message=f"{ask.name}: {message}")


def _disappointment(expect: Expect, ask: AskView, models: dict[Model, str]) -> str | None:
    calls = [call for call in ask.own if expect.model is None or call.exchange.model == models[expect.model]]
    tail = f"; {expect.because}" if expect.because else ""
    got = describe(ask)
    match expect.seen:
        case "answered":
            return None if ask.succeeded else f"a whole answer was expected{tail}; {got}"
        case "failed":
            told = ask.succeeded and not ask.only_passed_on
            return f"no success was expected{tail}; {got}" if told else None
        case "refused":
            return None if is_declined(ask) else f"a clean 4xx was expected{tail}; {got}"
        case "served-or-declined":
            good = ask.succeeded or is_declined(ask)
            return None if good else f"a whole answer or a clean 4xx was expected{tail}; {got}"
        case "asked-upstream":
            which = f" for {models[expect.model]}" if expect.model else ""
            return None if calls else f"upstream should have been asked{which}{tail}; {got}"
    # What is left is not-asked-upstream.
    return f"upstream should have been left alone{tail}; it was asked {len(calls)} time(s)" if calls else None


def _outlived(expect: Expect, ask: AskView, view: CaseView) -> bool:
    """Whether what should have kept the target from upstream had come to the end of its claimed life by then."""
    if expect.seen != "not-asked-upstream":
        return False
    return _rested(ask, view) if expect.invariant == "breaker-opens" else _kept_long_enough(ask, view)


def _gave_up_first(expect: Expect, ask: AskView) -> bool:
    """Whether the client's patience ended while upstream was still sending, and not because the target did not read."""
    if expect.seen != "answered" or ask.client.end is not ClientEnd.TIMED_OUT:
        return False
    sending_s = [call.exchange.taken_s for call in ask.own if call.ended_s >= ask.client.end_s]
    return any(at_s is not None and ask.client.end_s - at_s < _STILL_SENDING_S for at_s in sending_s)


def _unended(expect: Expect, ask: AskView, view: CaseView) -> bool:
    """Whether an answer may still have come: the target claims no deadline. `ends-in-time` tells of the waiting."""
    waited = ask.client.end is ClientEnd.TIMED_OUT and view.limits.deadline_s is None
    return waited and expect.seen in ("answered", "refused", "served-or-declined")


def _kept_away(expect: Expect, ask: AskView, view: CaseView, models: dict[Model, str]) -> bool:
    """Whether a breaker may rightly have been open when the request came, in a case that is not about the breaker."""
    about_it = expect.invariant in ("breaker-opens", "breaker-recovers")
    if about_it or expect.seen not in ("answered", "asked-upstream") or _limits_by_itself(ask, view):
        return False
    return may_be_open(view, ask.client.started_s, models[expect.model] if expect.model else model_of(ask, view))


def _limits_by_itself(ask: AskView, view: CaseView) -> bool:
    """Whether the target itself has told of a limit: an open breaker says 503, or what upstream said before."""
    said = {call.status for call in (*view.earlier, *view.calls)}
    return ask.client.status == HTTPStatus.TOO_MANY_REQUESTS and HTTPStatus.TOO_MANY_REQUESTS not in said


def _rested(ask: AskView, view: CaseView) -> bool:
    """Whether the last failure was so long ago that the breaker may have let this request try upstream again."""
    breaker = view.claims.circuit_breaker
    if breaker is None:
        return False
    first = min((call.exchange for call in ask.own), key=lambda call: call.arrived_s)
    before = [call.ended_s for call in view.calls if call not in ask.own and call.exchange.model == first.model]
    failed_s = max((ended_s for ended_s in before if ended_s <= first.arrived_s), default=first.arrived_s)
    return first.arrived_s - failed_s > breaker.open_s * _NEARLY


def _kept_long_enough(ask: AskView, view: CaseView) -> bool:
    """Whether the answer that upstream was asked for again was that old."""
    cache = view.claims.cache
    if cache is None:
        return False
    made_s = max((call.ended_s for call in ask.known if call not in ask.own), default=ask.client.started_s)
    return ask.client.started_s - made_s > cache.ttl_s * _NEARLY


def _hollow(case: Case, view: CaseView, models: dict[Model, str]) -> str:
    """Say why the case has shown nothing, or nothing when it has."""
    missed = passed_by(case, view)
    for fault, surface in never_struck(case, view):
        because = missed.get(fault, "the target made no such call in time")
        return f"{fault} never struck an exchange on {surface}: {because}"
    if not view.asks:
        return "nothing was asked"
    refused = [ask for ask in view.asks if ask.client.end is ClientEnd.REFUSED]
    if len(refused) == len(view.asks):
        return "the target accepted no connection"
    if hides_leaving(case, view):
        return WHY_NOT
    if refusal := next(declined(case, view), ""):
        return refusal
    if case.watches_heap and not any(left_unread(view)):
        return "the Worker's heap could not be read through its inspector"
    if "backpressure" in case.focus and (ask := next(still_filling(view), None)):
        return f"{ask.name}: upstream could still send when the client, which had paused, began to read; play it again"
    if undecided := next(_undecided(case, view, models), ""):
        return undecided
    for step in case.steps:
        leaves = next((fault for fault in step.faults if fault.id.startswith("client.abort")), None)
        mine = asks_of(step.label, view)
        if leaves and mine and all(ask.stayed for ask in mine):
            return f"{step.label}: the answer ended before the client could leave as {leaves} says"
        about_it = "cancel-propagates" in case.focus
        if about_it and leaves is not None and leaves.id == "client.abort_before_head" and not view.calls:
            return f"{step.label}: the client left before the target called upstream, so there was no call to end"
    return ""


def _undecided(case: Case, view: CaseView, models: dict[Model, str]) -> Iterator[str]:
    """Say of which request the case cannot tell whether it went as it should."""
    for expect in case.expect:
        for ask in asks_of(expect.step, view):
            if _gave_up_first(expect, ask):
                yield f"{ask.name}: upstream was still answering when the client gave up waiting; play it again"
            if not _disappointment(expect, ask, models):
                continue
            if _kept_away(expect, ask, view, models):
                yield f"{ask.name}: the target's breaker may rightly have been open by then"
            elif _outlived(expect, ask, view):
                what = "the breaker's rest" if expect.invariant == "breaker-opens" else "the cached answer's TTL"
                yield f"{ask.name}: {what} may rightly have been over by then"


def describe(ask: AskView) -> str:
    """Say in one line what a client saw of one exchange."""
    client, read = ask.client, ask.reading
    if client.status is None:
        return f"no answer, {client.end} after {client.end_s - client.started_s:.2f} s"
    words = [str(client.status), read.form if read.form != "nothing" else "without a body"]
    if read.form == "stream":
        words.append(f"with {amount(len(read.content_times_s), 'content event')}")
    if not read.is_empty:
        words.append(f"({amount(len(read.text), 'character')})")
    for index, finish in read.finishes.items():
        if finish:
            words.append(f"finish {finish}" if len(read.finishes) == 1 else f"finish[{index}] {finish}")
    if read.done:
        words.append("[DONE]")
    if read.error is not None:
        words.append(f"error {read.error[:80]!r}")
    words.append(f"{client.end} after {client.end_s - client.started_s:.2f} s")
    return " ".join(words)
