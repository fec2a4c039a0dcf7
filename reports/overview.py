"""A record as every report begins it: its problems, each beside the case that shows it best.

The one rule: nothing is decided here; problems come with the record, and one that is too old to hold any gets the same
ones from its cases.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reports.problems import problem_id, problems, shape
from reports.record import CaseResult, Cause, Finding, Level, Problem, RunRecord, Verdict

_STEP: Final = re.compile(r"^[\w.-]+(#\d+)?: (?=\S)")
"""The step of a case that a finding is about; a reader of one line has no use for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A problem, the case that shows it best, what was found there, and the other cases that show it."""

    problem: Problem
    case: CaseResult
    finding: Finding
    others: tuple[CaseResult, ...]

    @property
    def message(self) -> str:
        """What was seen, without the name of the step."""
        return _STEP.sub("", self.finding.message)

    @property
    def is_broken(self) -> bool:
        """Whether a `must` was broken."""
        return self.problem.level is Level.MUST

    @property
    def share(self) -> str:
        """How many cases show it."""
        return amount(len(self.problem.cases), "case")


def told(record: RunRecord) -> tuple[Told, ...]:
    """Return the problems of a record: the heaviest first, then the most often seen, then as their cases tell them.

    A case tells what an invariant saw before what the case itself expected, which is the vaguer of the two.
    """
    by_id = {case.id: case for case in record.cases}
    found = []
    for problem in record.problems or problems(record.cases):
        case = by_id.get(problem.clearest)
        finding = seen(case, problem) if case else None
        if case and finding:
            others = tuple(by_id[each] for each in problem.cases if each in by_id and each != case.id)
            found.append(Told(problem=problem, case=case, finding=finding, others=others))
    return tuple(sorted(found, key=_rank))


def _rank(told: Told) -> tuple[int, int, int]:
    return list(Level).index(told.problem.level), -len(told.problem.cases), told.case.findings.index(told.finding)


def seen(case: CaseResult, problem: Problem) -> Finding | None:
    """Return the finding of a case that shows a problem: the one of its shape, else the first of its invariant."""
    alike = [finding for finding in case.findings if finding.invariant == problem.invariant]
    return next(
        (each for each in alike if problem_id(each.invariant, shape(each)) == problem.id), next(iter(alike), None)
    )


def by_case(found: Sequence[Told]) -> dict[str, list[Told]]:
    """Return the problems that each case shows, the heaviest first."""
    shown: dict[str, list[Told]] = {}
    for each in found:
        for case_id in each.problem.cases:
            shown.setdefault(case_id, []).append(each)
    return shown


def counted(found: Sequence[Told]) -> str:
    """Say how many problems of each weight there are."""
    broken = sum(each.is_broken for each in found)
    parts = (f"{broken} must" if broken else "", f"{len(found) - broken} should" if len(found) > broken else "")
    return ", ".join(filter(None, parts))


def unexplained(record: RunRecord, found: Sequence[Told]) -> tuple[CaseResult, ...]:
    """Return the failed cases that show no problem, such as a search whose finds are cases of their own."""
    explained = {each for one in found for each in one.problem.cases}
    return tuple(case for case in record.cases if case.verdict is Verdict.FAIL and case.id not in explained)


def explains(cause: Cause) -> str:
    """Say how much a cause explains."""
    return f"{amount(len(cause.cases), 'case')}, {amount(len(cause.explains), 'problem')}"


def amount(number: int, noun: str) -> str:
    """Return a number with its noun: `1 case`, `2 cases`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
