"""What a run has not judged, and why: one row for each reason, with how many cases it stands for.

The one rule: it is read off the results, so that it says of every case what the case says of itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pydantic import JsonValue

from reports.record import CaseResult, Verdict

FOR_LONGER: Final = "cases_for_longer_profiles"
"""The key of how many cases the run's profile leaves to a longer one."""
_NAMED: Final = 3
"""So many cases are named of each reason."""


def left_out(cases: Iterable[CaseResult]) -> list[JsonValue]:
    """Return a row for each reason why cases were not judged, the commonest first."""
    by_cause: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        if case.verdict is Verdict.INCONCLUSIVE:
            by_cause.setdefault((case.suite, case.cause), []).append(case.id)
    commonest = sorted(by_cause.items(), key=lambda each: (-len(each[1]), each[0]))
    return [
        {"why": cause, "suite": suite, "cases": len(ids), "such_as": ", ".join(ids[:_NAMED])}
        for (suite, cause), ids in commonest
    ]
