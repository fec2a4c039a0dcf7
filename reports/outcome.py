"""What a record means for a gate: its exit code, and the one sentence that every report says of it.

0 all held · 1 the target broke a promise · 3 inconclusive, a harness error, or nothing was judged · 4 a gate on
something measured was missed. (2 is for usage, and so follows from no record.)

The one rule: a broken promise outranks a doubt, a doubt a missed gate, and that a pass; a run that judged nothing, or
was to measure something and could not, is no pass. What a baseline excuses is no broken promise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from reports.record import CaseResult, Gate, RunRecord, Verdict

HELD, BROKEN, INCONCLUSIVE, MISSED = 0, 1, 3, 4
_DOUBTS: Final = (Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR)
_TALLY: Final = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.NON_STRICT: "non-strict",
    Verdict.INFO: "info",
    Verdict.NOT_APPLICABLE: "not applicable",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.HARNESS_ERROR: "in harness error",
}


def exit_code(record: RunRecord) -> int:
    """Return the exit code of the run that left this record; an old record was held to its `must` alone."""
    if any(fails(record, case) for case in record.cases):
        return BROKEN
    met = [held for _, held in _gates(record)]
    judged = any(case.verdict.judged for case in record.cases)
    if any(case.verdict in _DOUBTS for case in record.cases) or not judged or None in met:
        return INCONCLUSIVE
    return HELD if all(met) else MISSED


def fails(record: RunRecord, case: CaseResult) -> bool:
    """Whether a case fails the run: it broke a promise that counts, and no baseline excuses all that it broke."""
    gate = record.gate or Gate()
    if gate.baseline is not None:
        return any(each.case == case.id for each in (*gate.baseline.new, *gate.baseline.expired))
    return gates(case.verdict, gate)


def gates(verdict: Verdict, gate: Gate) -> bool:
    """Whether a verdict is one that fails a run where nothing excuses it."""
    return verdict is Verdict.FAIL or (verdict is Verdict.NON_STRICT and gate.fail_on == "should")


def missed(record: RunRecord) -> tuple[str, ...]:
    """Return every gate on something measured that was missed or could not be judged, in words."""
    return tuple(words for words, met in _gates(record) if not met)


def shown_as(record: RunRecord) -> Verdict:
    """Return the verdict whose colour and sign the outcome of the run has."""
    match exit_code(record):
        case 0:
            return Verdict.PASS if _excuses(record) else record.verdict
        case 1 | 4:
            return Verdict.FAIL
        case _:
            return record.verdict if record.verdict in _DOUBTS else Verdict.INCONCLUSIVE


def word(record: RunRecord) -> str:
    """Return the outcome of the run in a word or two, in capitals."""
    return "GATE MISSED" if exit_code(record) == MISSED else shown_as(record).upper()


def rest(record: RunRecord) -> str:
    """Return what the sentence says behind its first word: the baseline, missed gates, counts of verdicts."""
    gate = record.gate or Gate()
    said = ""
    if gate.baseline is not None:
        told = gate.baseline
        said = f" against the baseline: {len(told.known)} known, {len(told.new)} new, {len(told.mended)} fixed"
        said += f", {len(told.expired)} expired" if told.expired else ""
    parts = [f"stopped by {gate.stopped}"] if gate.stopped else []
    parts += [f"missed: {'; '.join(unmet)}"] if (unmet := missed(record)) else []
    tally = ", ".join(f"{number} {_TALLY[verdict]}" for verdict, number in record.counts.items() if number)
    return " · ".join((said, *parts, tally or "nothing was judged"))


def verdict_line(record: RunRecord) -> str:
    """Return the sentence: `PASS against the baseline: 3 known, 0 new, 1 fixed · 40 passed, 3 failed`."""
    return f"{word(record)}{rest(record)}"


def tells_more(record: RunRecord) -> bool:
    """Whether the sentence says more than the verdict and the counts do."""
    return _excuses(record) or bool(missed(record)) or bool(record.gate and record.gate.stopped)


def _excuses(record: RunRecord) -> bool:
    return record.gate is not None and record.gate.baseline is not None


def _gates(record: RunRecord) -> Iterator[tuple[str, bool | None]]:
    """Yield each gate in words, and whether it was met; None for one about which nothing is known.

    A gate is any part of a measured section that says what it was held against: `fail_under`, and `met`. So is each
    objective of a load.
    """
    for section, kind in ((record.coverage, " coverage"), (record.load, "")):
        for name, part in section.items():
            if isinstance(part, dict) and part.get("fail_under") is not None:
                yield _under(f"{name}{kind}", part), _met(part)
    objectives = record.load.get("objectives")
    for objective in objectives if isinstance(objectives, list) else ():
        if isinstance(objective, dict):
            yield str(objective.get("objective") or "an objective"), _met(objective)


def _under(name: str, part: Mapping[str, JsonValue]) -> str:
    percent, least = part.get("percent"), part["fail_under"]
    if not isinstance(percent, int | float):
        return f"{name} is not known (at least {_percent(least)})"
    return f"{name} {percent:.1f} % (at least {_percent(least)})"


def _percent(value: JsonValue) -> str:
    return f"{value:g} %" if isinstance(value, int | float) else str(value)


def _met(part: Mapping[str, JsonValue]) -> bool | None:
    met = part.get("met")
    return met if isinstance(met, bool) else None
