"""A small library of invented mistakes, and records that show some of them."""

from __future__ import annotations

from reports.causes.cover import Library
from reports.causes.mistakes import Mistake
from reports.causes.seen import Pair
from reports.causes.signatures import Signature
from reports.record import CaseResult, Finding, Level, RunRecord, Target, Verdict

CASES = frozenset(f"streaming.{letter}" for letter in "abcdefghij")


def pairs(letters: str, invariant: str = "no-loss") -> frozenset[Pair]:
    """Return a pair for each letter's case."""
    return frozenset(Pair(f"streaming.{letter}", invariant) for letter in letters)


def signature(name: str, shows: frozenset[Pair], *, judged: frozenset[str] = CASES) -> Signature:
    """Return a signature of some pairs."""
    return Signature(id=name, judged=judged, pairs=shows)


def mistake(name: str, *made_by: str, best: tuple[str, ...] = ()) -> Mistake:
    """Return an invented mistake."""
    return Mistake(id=name, sentence=f"It is {name}.", mends=f"Be less {name}.", best=best, made_by=made_by)


def library(*known: tuple[str, Signature]) -> Library:
    """Return a library of signatures, each beside the name of its mistake."""
    return Library(
        signatures=tuple(each for _, each in known),
        made_by={each.id: mistake(name, each.id) for name, each in known},
    )


def case(name: str, *findings: Finding, verdict: Verdict = Verdict.FAIL, faults: tuple[str, ...] = ()) -> CaseResult:
    """Return what one case said."""
    return CaseResult(
        id=name,
        suite="conformance",
        family=name.partition(".")[0],
        level=Level.MUST,
        verdict=verdict,
        duration_s=0.1,
        promised="p",
        saw="s",
        findings=findings,
        faults=faults,
        replay=f"edgeproof replay {name}",
    )


def finding(invariant: str, message: str = "ask: broken", level: Level = Level.MUST) -> Finding:
    """Return one finding."""
    return Finding(invariant=invariant, level=level, message=message)


def record_of(*cases: CaseResult) -> RunRecord:
    """Return the record of a run that judged these cases."""
    return RunRecord.of(
        edgeproof="0",
        seed=1,
        profile="quick",
        target=Target(name="t", url="http://127.0.0.1"),
        started_at="2026-01-01T00:00:00Z",
        duration_s=1.0,
        cases=cases,
    )
