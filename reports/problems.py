"""What is wrong with a target, told once: findings of the same shape are one problem, however many cases show it.

The one rule: a problem follows from the cases of a record and from nothing else, so that an old record has the same
ones. Its shape holds no number, no quotation and no name of a step: the same defect has the same shape with any seed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from reports.record import CaseResult, Finding, Level, Problem

_VARIES: Final = re.compile(
    r"""^[^:]*:\ | ;.* | [\[{].* | (?<!\w)'(?:[^'\\]|\\.)*('|$) | "(?:[^"\\]|\\.)*("|$) | \([^)]*\) | \d+(\.\d+)?""",
    re.DOTALL | re.VERBOSE,
)
"""What differs between two examples of one problem: the step, what was seen besides (it stands behind a semicolon),
lists and all behind them, quotations, numbers."""
_ONE: Final = re.compile(r"\b1 (attempt|character|event|piece|token)\b")
"""One of something, which has the same shape as two."""
OUTCOMES: Final = ("a whole answer was expected", "no success was expected", "a clean xx was expected")
"""The shapes of findings that say only what a case expected of an exchange, not what is wrong with it."""
_HEAVIEST_FIRST: Final = (Level.MUST, Level.SHOULD, Level.OBSERVE)
_DIGITS: Final = 8


def shape(finding: Finding) -> str:
    """Return the words of a finding without what differs from example to example."""
    return " ".join(_VARIES.sub("", _ONE.sub(r"1 \1s", finding.message)).split())


def problem_id(invariant: str, words: str) -> str:
    """Return the name of a problem: its invariant and eight hex digits of its shape."""
    return f"{invariant}-{sha256(words.encode()).hexdigest()[:_DIGITS]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """One case in which a problem was seen, and the finding that says so."""

    case: CaseResult
    finding: Finding

    @property
    def size(self) -> tuple[int, int, int, str]:
        """How much a reader has to take in: faults, what crossed the wire, words. Smaller is clearer."""
        return len(self.case.faults), len(self.case.wire), len(self.case.saw), self.case.id


def problems(cases: Iterable[CaseResult]) -> tuple[Problem, ...]:
    """Return every problem that some cases show: the heaviest first, then the most often seen, then by id.

    What a case only observed is no problem.
    """
    seen: dict[str, list[_Sight]] = {}
    for name, sight in _sights(cases):
        seen.setdefault(name, []).append(sight)
    told = [_problem(name, sights) for name, sights in seen.items()]
    return tuple(sorted(told, key=lambda each: (_HEAVIEST_FIRST.index(each.level), -len(each.cases), each.id)))


def telling(case: CaseResult) -> Iterator[Finding]:
    """Yield the findings of a case that are problems.

    None is what was only observed; nor is an outcome that was expected in vain, where another finding of at least its
    weight says of the same exchange what went wrong.
    """
    judged = case.findings if case.verdict.judged else ()
    found = [finding for finding in judged if finding.level is not Level.OBSERVE]
    for finding in found:
        weight = _HEAVIEST_FIRST.index(finding.level)
        if shape(finding) not in OUTCOMES or not any(
            _HEAVIEST_FIRST.index(other.level) <= weight and _step(other) == _step(finding)
            for other in found
            if shape(other) not in OUTCOMES
        ):
            yield finding


def _step(finding: Finding) -> str:
    return finding.message.partition(":")[0]


def _sights(cases: Iterable[CaseResult]) -> Iterator[tuple[str, _Sight]]:
    for case in cases:
        for finding in telling(case):
            yield problem_id(finding.invariant, shape(finding)), _Sight(case=case, finding=finding)


def _problem(name: str, sights: list[_Sight]) -> Problem:
    level = min((sight.finding.level for sight in sights), key=_HEAVIEST_FIRST.index)
    clearest = min((sight for sight in sights if sight.finding.level is level), key=lambda sight: sight.size)
    return Problem(
        id=name,
        invariant=clearest.finding.invariant,
        level=level,
        shape=shape(clearest.finding),
        message=clearest.finding.message,
        cases=tuple(dict.fromkeys(sight.case.id for sight in sights)),
        clearest=clearest.case.id,
    )
