"""What a problem means for CI: whether it fails the run, how heavy it is there, and which line of which file shows it.

The one rule: a line is named only where the record says that the target file has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reports.overview import Told, told
from reports.record import Breach, Gate, Level, RunRecord


class Standing(StrEnum):
    """What the gates say of a problem."""

    FAILING = "failing"
    TOLD = "told"
    """It does not fail the run: a `should`, where the run is held to each `must`."""
    KNOWN = "known"
    """It would fail the run, and the baseline excuses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of the target file. `claim` is the key that stands there; empty where the file does not say it."""

    file: str
    line: int
    claim: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A problem with its standing, its place, and the entries of the baseline that know it.

    `place` is None where the target has no file.
    """

    told: Told
    standing: Standing
    place: Place | None
    known: tuple[Breach, ...] = ()


def judged(record: RunRecord) -> tuple[Judged, ...]:
    """Return the problems of a record: those that fail the run first, then as every report tells them."""
    found = [_judged(record, each) for each in told(record)]
    return tuple(sorted(found, key=lambda each: list(Standing).index(each.standing)))


def place(record: RunRecord, claim: str) -> Place | None:
    """Return the line that says a claim, or else the nearest that stands above it; None without a file."""
    target = record.target
    if not target.file:
        return None
    parts = claim.split(".") if claim else []
    for size in range(len(parts), 0, -1):
        key = ".".join(parts[:size])
        if key in target.lines:
            return Place(file=target.file, line=target.lines[key], claim=key)
    return Place(file=target.file, line=target.lines.get("target", 1))


def _judged(record: RunRecord, each: Told) -> Judged:
    gate = record.gate or Gate()
    where = place(record, each.finding.claim)
    if gate.baseline is None:
        fails = each.problem.level is Level.MUST or gate.fail_on == "should"
        return Judged(told=each, standing=Standing.FAILING if fails else Standing.TOLD, place=where)
    if any(_is_of(breach, each) for breach in (*gate.baseline.new, *gate.baseline.expired)):
        return Judged(told=each, standing=Standing.FAILING, place=where)
    known = tuple(breach for breach in gate.baseline.known if _is_of(breach, each))
    return Judged(told=each, standing=Standing.KNOWN if known else Standing.TOLD, place=where, known=known)


def _is_of(breach: Breach, each: Told) -> bool:
    return (breach.invariant, breach.shape) == (each.problem.invariant, each.problem.shape)
