"""Products by what they break: one row for each record, one column for each family of cases.

The one rule: a problem is counted once, in the family of the case that shows it best; a family of which no case was
judged is empty, not clean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.overview import Told, told
from reports.record import Level, RunRecord, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record and where its own report lies, as seen from the page; empty: there is none."""

    record: RunRecord
    report: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one product has of one family: problems by weight, and cases that were judged."""

    must: tuple[Told, ...] = ()
    should: tuple[Told, ...] = ()
    judged: int = 0

    @property
    def problems(self) -> tuple[Told, ...]:
        """All of them, the heavier first."""
        return (*self.must, *self.should)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One product in one version on one day."""

    name: str
    version: str
    at: datetime
    edgeproof: str
    profile: str
    seed: int
    verdict: Verdict
    report: str
    anchor: str
    judged: int
    open: int
    """Cases that could not be judged, though they apply."""
    cells: dict[str, Cell]
    problems: tuple[Told, ...]
    latest: bool = True

    @property
    def must(self) -> int:
        """How many problems break a MUST."""
        return sum(each.is_broken for each in self.problems)

    @property
    def should(self) -> int:
        """How many problems break no more than a SHOULD."""
        return len(self.problems) - self.must

    def broken(self, invariant: str) -> tuple[Told, ...]:
        """Return its problems of one invariant."""
        return tuple(each for each in self.problems if each.problem.invariant == invariant)


@dataclass(frozen=True, slots=True, kw_only=True)
class League:
    """All rows, and the families and invariants that they have in common."""

    rows: tuple[Row, ...]
    families: tuple[str, ...]
    invariants: tuple[str, ...]
    """Those that somebody breaks, the most often broken first."""


def league(entries: Iterable[Entry]) -> League:
    """Put records side by side: by name, and the newest of each first."""
    rows: list[Row] = []
    newest_first = sorted(entries, key=lambda each: each.record.started_at, reverse=True)
    taken: set[str] = set()
    for entry in sorted(newest_first, key=lambda each: each.record.target.name.lower()):
        rows.append(_row(entry, number=len(rows), latest=entry.record.target.name not in taken))
        taken.add(entry.record.target.name)
    families = sorted({name for row in rows for name, cell in row.cells.items() if cell.judged or cell.problems})
    count: dict[str, int] = {}
    for row in rows:
        for name in {each.problem.invariant for each in row.problems}:
            count[name] = count.get(name, 0) + 1
    return League(
        rows=tuple(rows),
        families=tuple(families),
        invariants=tuple(sorted(count, key=lambda name: (-count[name], name))),
    )


def _row(entry: Entry, *, number: int, latest: bool) -> Row:
    record = entry.record
    problems = tuple(each for each in told(record) if each.problem.level is not Level.OBSERVE)
    return Row(
        name=record.target.name,
        version=record.target.version,
        at=record.started_at,
        edgeproof=record.edgeproof,
        profile=record.profile,
        seed=record.seed,
        verdict=record.verdict,
        report=entry.report,
        anchor=f"{re.sub(r'[^a-z0-9]+', '-', record.target.name.lower()).strip('-') or 'target'}-{number}",
        judged=sum(case.verdict.judged for case in record.cases),
        open=sum(case.verdict in (Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR) for case in record.cases),
        cells=_cells(record, problems),
        problems=problems,
        latest=latest,
    )


def _cells(record: RunRecord, problems: Sequence[Told]) -> dict[str, Cell]:
    families = dict.fromkeys(case.family for case in record.cases)
    return {
        family: Cell(
            must=tuple(each for each in problems if each.case.family == family and each.is_broken),
            should=tuple(each for each in problems if each.case.family == family and not each.is_broken),
            judged=sum(case.verdict.judged for case in record.cases if case.family == family),
        )
        for family in families
    }
