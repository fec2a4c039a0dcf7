"""The exit code of a run: what its record means for a gate.

0 all held · 1 the target broke a promise · 3 inconclusive, a harness error, or nothing was judged. (2 is for usage and
4 for a missed gate; neither follows from a record of cases.)

The one rule: a broken promise outranks a doubt, and a doubt outranks a pass; a run that judged nothing is no pass.
"""

from __future__ import annotations

from typing import Literal

from reports.record import RunRecord, Verdict

HELD, BROKEN, INCONCLUSIVE = 0, 1, 3
_WEIGHT = {Verdict.NON_STRICT: 1, Verdict.FAIL: 2}


def exit_code(
    record: RunRecord, *, fail_on: Literal["must", "should"] = "must", baseline: RunRecord | None = None
) -> int:
    """Return the exit code for a record; what failed in `baseline` as badly already does not count."""
    gating = {Verdict.FAIL} if fail_on == "must" else {Verdict.FAIL, Verdict.NON_STRICT}
    before = {case.id: case.verdict for case in baseline.cases} if baseline else {}
    for case in record.cases:
        weight = _WEIGHT.get(case.verdict, 0)
        known = _WEIGHT.get(before.get(case.id, Verdict.PASS), 0)
        if case.verdict in gating and weight > known:
            return BROKEN
    doubtful = any(case.verdict in (Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR) for case in record.cases)
    judged = any(case.verdict.judged for case in record.cases)
    return INCONCLUSIVE if doubtful or not judged else HELD
