"""Failures that a search has found: told apart by what they broke and how, the smallest example of each kept.

The one rule: two examples are one failure when they broke the same invariant in the same words, numbers and names
aside; which of them is told is decided by size alone, so that shrinking can only make a report shorter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeAlias

from harness.core.judging.invariants import ALL
from reports.problems import shape
from reports.record import CaseResult, Finding, Verdict
from scenarios.case import Case
from scenarios.case_file import KeptCase, show_case

Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One example of a failure: the case, the finding that is about it, and the whole result."""

    case: Case
    finding: Finding
    result: CaseResult

    @property
    def key(self) -> Key:
        """What tells it from others: the invariant, and the words without what differs from example to example."""
        return self.finding.invariant, shape(self.finding)

    @property
    def label(self) -> str | None:
        """The label of the step that the finding is about, or None when it is about the case as a whole."""
        named = self.finding.message.partition(":")[0].partition("#")[0]
        return named if named in {step.label for step in self.case.steps} else None

    @property
    def size(self) -> tuple[int, int, int]:
        """How large the example is: faults, requests, and the length of its text."""
        requests = sum(step.times * step.together for step in self.case.steps)
        return elements(self.case), requests, len(show_case(KeptCase(case=self.case, seed=0)))


def elements(case: Case) -> int:
    """Return how many faults a plan has, upstream's and the clients' together."""
    return sum(len(rule.faults) for rule in case.upstream) + sum(len(step.faults) for step in case.steps)


def failures_of(case: Case, result: CaseResult) -> Iterator[Failure]:
    """Yield what was broken in a case that was judged.

    A breach that weighs less than its invariant, as where a target passed on what upstream sent, is none to search for:
    conformance tells of it already.
    """
    if result.verdict in (Verdict.FAIL, Verdict.NON_STRICT):
        for finding in result.findings:
            if finding.level is ALL[finding.invariant].level:
                yield Failure(case=case, finding=finding, result=result)


def content_name(case: Case) -> str:
    """Return ten hex digits that depend on what a case does and not on what it is called."""
    text = show_case(KeptCase(case=case, seed=0)).partition("\n")[2]
    return sha256(text.encode()).hexdigest()[:10]


@dataclass(slots=True)
class Failures:
    """Every failure found so far, with the examples of each from the smallest on: a few of each search."""

    most_examples: int = 2
    in_vain: Counter[Key] = field(default_factory=Counter)
    """How often a failure was looked for in one request by itself, and not seen there."""
    _found: dict[Key, list[Failure]] = field(default_factory=dict)

    def add(self, failure: Failure) -> None:
        """Take an example; of each failure only the smallest few of its search are kept.

        Those of another search stay, because what is smallest may be what fails only now and then.
        """
        known = self._found.setdefault(failure.key, [])
        if any(content_name(each.case) == content_name(failure.case) for each in known):
            return
        known.append(failure)
        known.sort(key=lambda each: each.size)
        of_search = [each for each in known if each.case.family == failure.case.family]
        if len(of_search) > self.most_examples:
            known.remove(of_search[-1])

    def alone(self, key: Key) -> int:
        """Return how many examples of a failure are of one request."""
        return sum(len(each.case.steps) == 1 for each in self._found.get(key, ()))

    def __iter__(self) -> Iterator[tuple[Key, list[Failure]]]:
        """Yield each failure with its examples, in the order in which they were found."""
        yield from self._found.items()

    def __contains__(self, key: object) -> bool:
        return key in self._found

    def __len__(self) -> int:
        return len(self._found)
