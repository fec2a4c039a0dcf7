"""A run held to what its user asks for: what may fail it, and what is known already.

The one rule: what the gates say becomes part of the record, and the exit code follows from the record alone, so that
whoever reads it later comes to the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from harness.core.run.baseline import Baseline, breaches
from reports.outcome import BROKEN, HELD, INCONCLUSIVE, MISSED, exit_code, missed
from reports.record import Against, Breach, Gate, Level, RunRecord

__all__ = ["BROKEN", "HELD", "HELD_TO_ITS_MUST", "INCONCLUSIVE", "MISSED", "HeldTo", "exit_code", "gated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTo:
    """What a run is held to; `baseline` is None where nothing is excused."""

    fail_on: Literal["must", "should"] = "must"
    baseline: Baseline | None = None


HELD_TO_ITS_MUST: Final = HeldTo()
"""What a run is held to whose user asks for nothing else."""


def gated(record: RunRecord, to: HeldTo, *, today: date | None = None, stopped: str = "") -> RunRecord:
    """Return the record with what the gates say of it; expiry is judged on `today`, UTC, or on the day of the run."""
    day = today or record.started_at.date()
    gate = Gate(
        fail_on=to.fail_on,
        baseline=_against(record, to, to.baseline, day) if to.baseline is not None else None,
        missed=missed(record),
        stopped=stopped,
    )
    return record.model_copy(update={"gate": gate})


def _against(record: RunRecord, to: HeldTo, baseline: Baseline, today: date) -> Against:
    counts = {Level.MUST} if to.fail_on == "must" else {Level.MUST, Level.SHOULD}
    known: list[Breach] = []
    new: list[Breach] = []
    expired: list[Breach] = []
    for breach in breaches(record):
        if breach.level not in counts:
            continue
        entry = baseline.find(breach)
        if entry is None:
            new.append(breach)
            continue
        is_over = entry.expires is not None and today > entry.expires
        (expired if is_over else known).append(entry.breach(breach.case).model_copy(update={"level": breach.level}))
    return Against(
        known=tuple(known),
        new=tuple(new),
        expired=tuple(expired),
        mended=tuple(entry.breach() for entry in baseline.mended(record) if entry.level in counts),
    )
