"""What a run saw, as pairs of a case and an invariant: all that it is compared by with known mistakes.

The one rule: a case that was not judged says nothing, neither that something is wrong nor that it is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from reports.record import CaseResult, Finding, Level

_ABSENT: Final = re.compile(r"claimed, but absent: no case saw the target keep ([a-z0-9_.]+)\. ")
"""How the finding begins that stands for all cases of a claim that is kept nowhere."""


class Pair(NamedTuple):
    """One invariant that was broken in one case. A claim that is kept nowhere is a case of its own, `claims.KEY`."""

    case: str
    invariant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the cases of a run say. `must` and `should` are the pairs found at that level; none is in both."""

    judged: frozenset[str]
    must: frozenset[Pair]
    should: frozenset[Pair]


def pair(case: CaseResult, finding: Finding) -> Pair:
    """Return what a finding of a case is compared by."""
    absent = _ABSENT.match(finding.message)
    return Pair(f"claims.{absent[1]}" if absent else case.id, finding.invariant)


def seen(cases: Iterable[CaseResult]) -> Seen:
    """Return what the judged cases say; what was only observed is left out."""
    judged = [case for case in cases if case.verdict.judged]
    found: dict[Level, set[Pair]] = {level: set() for level in Level}
    for case in judged:
        for finding in case.findings:
            found[finding.level].add(pair(case, finding))
    return Seen(
        judged=frozenset(case.id for case in judged),
        must=frozenset(found[Level.MUST]),
        should=frozenset(found[Level.SHOULD] - found[Level.MUST]),
    )
