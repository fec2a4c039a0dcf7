"""Claims that a target keeps nowhere: one finding for each, instead of one a case.

The one rule: a claim is absent only when nothing has shown it kept and several cases have shown it broken. Whatever
else a case has found stays with that case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.case import Case, Seen
from scenarios.index import EVERY

_Known: TypeAlias = tuple[CaseResult, Case | None]
"""A result with its case; what a search has found has none."""
_FEWEST: Final = 2
"""So many cases have to come to nothing for a claim; what one case shows is told by itself."""
_ABOUT_CLAIMS: Final = ("retry-", "breaker-", "fallback-", "cache-", "kv-", "request-limits")
"""Invariants that speak of what a target claims, and of nothing else."""
_BREACH: Final = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.NON_STRICT, Level.OBSERVE: Verdict.INFO}
_CASES: Final = EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim of a target file, by its key. `invariant` is what is broken where it is not kept.

    A case shows it kept that needs it, expects `shown` for that invariant, and is not disappointed. Where nothing can
    be expected of a single step, `shown` is empty, and a case about the invariant shows it. So does one whose faults
    struck on its `surface`.
    """

    key: str
    invariant: str
    shown: tuple[Seen, ...] = ()
    surface: str = ""
    alone: bool = True
    """Whether the invariant is about this claim alone, so that any case may show it broken."""
    within: str = ""
    """The wider claim that this one is a part of: where that is absent, nothing is said of this one."""

    def is_needed_by(self, case: Case) -> bool:
        """Whether a case applies only to targets with this claim."""
        streams = self.key == "streaming" and any(step.stream for step in case.steps)
        return streams or any(need == self.key or need.startswith(f"{self.key}.") for need in case.needs)

    def is_shown_by(self, case: Case) -> bool:
        """Whether a case can show that the claim is kept."""
        if not self.is_needed_by(case):
            return False
        if self.surface and any(rule.surface.startswith(self.surface) and rule.must_strike for rule in case.upstream):
            return True
        if not self.shown:
            return self.invariant in case.focus
        return any(each.invariant == self.invariant and each.seen in self.shown for each in case.expect)


CLAIMS: Final = (
    Claim(key="streaming", invariant="not-buffered"),
    Claim(key="retry", invariant="retry-recovers", shown=("answered",)),
    Claim(key="circuit_breaker", invariant="breaker-opens", shown=("not-asked-upstream",)),
    Claim(key="fallback_model", invariant="fallback-used", shown=("asked-upstream", "answered")),
    Claim(key="cache", invariant="cache-hit-equal", shown=("not-asked-upstream",), alone=False),
    Claim(key="cache.streams", invariant="cache-hit-equal", shown=("not-asked-upstream",), alone=False, within="cache"),
    Claim(
        key="kv", invariant="cache-hit-equal", shown=("not-asked-upstream",), surface="kv", alone=False, within="cache"
    ),
    Claim(
        key="r2", invariant="cache-hit-equal", shown=("not-asked-upstream",), surface="r2", alone=False, within="cache"
    ),
    Claim(key="limits.max_request_bytes", invariant="request-limits", alone=False),
    Claim(key="limits.max_depth", invariant="request-limits", alone=False),
)
"""The claims that can be absent, the wider before the narrower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Absent:
    """One claim that is kept nowhere: the case that tells it, and those that came to nothing because of it."""

    claim: Claim
    clearest: CaseResult
    others: frozenset[str]

    def concerns(self, result: CaseResult) -> bool:
        return result.id == self.clearest.id or result.id in self.others

    def finding(self) -> Finding:
        own = [each for each in self.clearest.findings if each.invariant == self.claim.invariant]
        message = (
            f"claimed, but absent: no case saw the target keep {self.claim.key}. This stands for {len(self.others)} "
            f"more: {', '.join(sorted(self.others))}"
        )
        return Finding(
            invariant=self.claim.invariant,
            level=_heaviest(own) or Level.MUST,
            message=message,
            evidence=tuple(each.message for each in own),
            claim=self.claim.key if self.claim.key.startswith("limits.") else f"capabilities.{self.claim.key}",
        )


def with_absent_claims(results: Iterable[CaseResult], *, cases: Mapping[str, Case] = _CASES) -> list[CaseResult]:
    """Return the results in their order, with one finding for each claim that was seen broken and never kept.

    The clearest case tells it. The others were not judged because of it, unless they have more to tell.
    """
    known = [(result, cases.get(result.id)) for result in results]
    found: list[_Absent] = []
    for claim in CLAIMS:
        absent = _absent(claim, known)
        if absent is not None and all(each.claim.key != claim.within for each in found):
            found.append(absent)
    return [_told(result, case, [each for each in found if each.concerns(result)]) for result, case in known]


def _absent(claim: Claim, known: Iterable[_Known]) -> _Absent | None:
    """Return a claim as absent, or None when it was kept once or hardly ever asked for."""
    broken: dict[str, _Known] = {}
    others: set[str] = set()
    for result, case in known:
        if _is_kept(claim, result, case):
            return None
        if _is_broken(claim, result, case):
            broken[result.id] = result, case
        elif _came_to_nothing(claim, result, case):
            others.add(result.id)
    others |= {*broken}
    if not broken or len(others) < _FEWEST:
        return None
    clearest, _ = min(broken.values(), key=lambda each: _unclear(claim, *each))
    return _Absent(claim=claim, clearest=clearest, others=frozenset(others - {clearest.id}))


def _is_broken(claim: Claim, result: CaseResult, case: Case | None) -> bool:
    """Whether a result blames the target for not doing what it claims."""
    if all(each.invariant != claim.invariant for each in result.findings):
        return False
    if case is None:
        return claim.alone
    return not _is_opposed(claim, case) and (claim.alone or claim.is_needed_by(case))


def _is_opposed(claim: Claim, case: Case) -> bool:
    """Whether a case expects only the opposite, as that a breaker stays closed: it shows a claim kept too eagerly."""
    wanted = {each.seen for each in case.expect if each.invariant == claim.invariant}
    return bool(wanted) and wanted.isdisjoint(claim.shown)


def _is_kept(claim: Claim, result: CaseResult, case: Case | None) -> bool:
    shows = case is not None and result.verdict.judged and claim.is_shown_by(case)
    return shows and all(each.invariant != claim.invariant for each in result.findings)


def _came_to_nothing(claim: Claim, result: CaseResult, case: Case | None) -> bool:
    """Whether a case needs the claim and was disappointed in another way, or could show nothing."""
    if case is None or not claim.is_needed_by(case) or _is_opposed(claim, case):
        return False
    return result.verdict is Verdict.INCONCLUSIVE or any(_is_moot(each, claim, case) for each in result.findings)


def _is_moot(finding: Finding, claim: Claim, case: Case | None) -> bool:
    """Whether a finding says no more than that the claim is not kept."""
    if finding.invariant == claim.invariant:
        return True
    expected = case is not None and any(each.invariant == finding.invariant for each in case.expect)
    about_claims = finding.invariant.startswith(_ABOUT_CLAIMS)
    return expected and about_claims and case is not None and claim.is_needed_by(case)


def _unclear(claim: Claim, result: CaseResult, case: Case | None) -> tuple[bool, bool, int]:
    """Order results by how plainly they show it: a broken `must`, in a case about the claim, of few requests."""
    must = any(each.invariant == claim.invariant and each.level is Level.MUST for each in result.findings)
    about_it = case is not None and claim.is_shown_by(case)
    return not must, not about_it, sum(step.times * step.together for step in case.steps) if case else 0


def _told(result: CaseResult, case: Case | None, absent: list[_Absent]) -> CaseResult:
    """Return a result without what absent claims explain, and with those that it tells itself."""
    if not absent:
        return result
    own = [each.finding() for each in absent if each.clearest is result]
    rest = [item for item in result.findings if not any(_is_moot(item, each.claim, case) for each in absent)]
    findings = (*own, *rest)
    heaviest = _heaviest(findings)
    others = [each for each in absent if each.clearest is not result]
    needed = case is None or any(each.claim.is_needed_by(case) for each in others)
    unjudged = needed or result.verdict is Verdict.INCONCLUSIVE
    if heaviest is None or (unjudged and heaviest is not Level.MUST):
        claims = "; ".join(f"{each.claim.key}, which {each.clearest.id} tells" for each in others)
        cause = f"claimed, but absent: {claims}"
        return result.model_copy(update={"findings": findings, "verdict": Verdict.INCONCLUSIVE, "cause": cause})
    return result.model_copy(update={"findings": findings, "verdict": _BREACH[heaviest], "cause": ""})


def _heaviest(findings: Iterable[Finding]) -> Level | None:
    told = {each.level for each in findings}
    return next((level for level in (Level.MUST, Level.SHOULD, Level.OBSERVE) if level in told), None)
