"""The exit code of a run: what its record means for a gate.

0 all held · 1 the target broke a promise · 3 inconclusive, a harness error, or nothing was judged · 4 a gate on
something measured was missed. (2 is for usage, and so follows from no record.)

The one rule: a broken promise outranks a doubt, a doubt a missed gate, and that a pass; a run that judged nothing, or
was to measure something and could not, is no pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import JsonValue

from reports.record import RunRecord, Verdict

HELD, BROKEN, INCONCLUSIVE, MISSED = 0, 1, 3, 4
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
    gates = tuple(_gates(record))
    if doubtful or not judged or None in gates:
        return INCONCLUSIVE
    return HELD if all(gates) else MISSED


def _gates(record: RunRecord) -> Iterator[bool | None]:
    """Yield of each gate whether it was met, None for one about which nothing is known.

    A gate is any part of a measured section that says what it was held against: `fail_under`, and `met`. So is each
    objective of a load.
    """
    for section in (record.coverage, record.load):
        for part in section.values():
            if isinstance(part, dict) and part.get("fail_under") is not None:
                yield _met(part)
    objectives = record.load.get("objectives")
    for objective in objectives if isinstance(objectives, list) else ():
        if isinstance(objective, dict):
            yield _met(objective)


def _met(part: Mapping[str, JsonValue]) -> bool | None:
    met = part.get("met")
    return met if isinstance(met, bool) else None
