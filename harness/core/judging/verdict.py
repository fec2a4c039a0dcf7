"""From a case and its view to a result: every invariant applied, expectations checked, the worst of it the verdict.

A breach of an invariant weighs the same wherever it is found, in a case or by a search. A case's own level says what
its expectations weigh: what a good target does there over and above the invariants.

The one rule: a crash in a check is the harness's own fault and never the target's; a case whose faults never struck
has shown nothing and is no pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from harness.core.judging.evidence import sides
from harness.core.judging.expected.disappointment import disappointment
from harness.core.judging.expected.emptiness import shown_nothing
from harness.core.judging.expected.spoilt import gave_up_first, is_whole_all_the_same, kept_away, outlived, unended
from harness.core.judging.further import is_of_many_answers
from harness.core.judging.invariants import ALL
from harness.core.judging.ruled_out import asks_of, declined_above, is_ruled_out, passed_by
from harness.core.judging.view import CaseView
from reports.record import Finding, Level, Verdict
from scenarios.case import Case, Model

_WEIGHT = {Level.OBSERVE: 0, Level.SHOULD: 1, Level.MUST: 2}
_BREACH = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.NON_STRICT, Level.OBSERVE: Verdict.INFO}


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
    hollow = shown_nothing(case, view, models)
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
    asks = {ask.name: ask for ask in view.asks}
    for invariant in ALL.values():
        for breach in invariant.check(view):
            if breach.once and not case.tells_additions:
                continue
            ask = asks.get(breach.message.partition(":")[0])
            if ask is not None and is_of_many_answers(invariant.id, ask):
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
            message = disappointment(expect, ask, models)
            if message is None:
                continue
            excused = outlived(expect, ask, view) or gave_up_first(expect, ask) or unended(expect, ask, view)
            excused = excused or declined_above(expect, ask) or is_of_many_answers(expect.invariant, ask)
            excused = excused or is_whole_all_the_same(expect, ask)
            if not excused and not kept_away(expect, ask, view, models):
                level = min(ALL[expect.invariant].level, Level(case.level), key=_WEIGHT.__getitem__)
                yield Finding(invariant=expect.invariant, level=level, message=f"{ask.name}: {message}")
