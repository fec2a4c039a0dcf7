"""A case with everything that a page shows of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Self

from reports.page.look import LOOKS, Look
from reports.page.side_by_side import Line, side_by_side
from reports.record import CaseResult, Verdict, WireRow
from reports.timeline import Timeline, draw
from reports.visible import on_one_line

ROWS_AT_MOST: Final = 120
"""Wire rows shown per case; the record holds all of them."""
_OPEN: Final = (Verdict.FAIL, Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A wire log as far as a page shows it."""

    timeline: Timeline | None
    lines: tuple[Line, ...]
    rows: int
    more_rows: int

    @classmethod
    def of(cls, wire: tuple[WireRow, ...]) -> Self:
        """Take the beginning of a wire log."""
        shown = wire[:ROWS_AT_MOST]
        return cls(timeline=draw(shown), lines=side_by_side(shown), rows=len(shown), more_rows=len(wire) - len(shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A case with what a page needs beside it."""

    case: CaseResult
    anchor: str
    look: Look
    log: Log
    find: str
    is_open: bool
    """Whether a reader sees it at once: it shows a problem best, or is no word about the target."""

    @classmethod
    def of(cls, case: CaseResult, anchor: str, *, is_folded: bool = False) -> Self:
        """Put a case together; one that is `is_folded` shows nothing that another does not show better."""
        words = (case.id, case.title, case.suite, *(each.invariant for each in case.findings), *case.faults)
        return cls(
            case=case,
            anchor=anchor,
            look=LOOKS[case.verdict],
            log=Log.of(case.wire),
            find=on_one_line(" ".join(words).lower()),
            is_open=case.verdict in _OPEN and not is_folded,
        )


def entries(cases: Iterable[CaseResult], *, folded: Collection[str] = ()) -> list[Entry]:
    """Return an entry for every case, each with an anchor of its own."""
    taken: dict[str, int] = {}
    made = []
    for case in cases:
        name = anchor_of(case.id)
        taken[name] = taken.get(name, 0) + 1
        own = name if taken[name] == 1 else f"{name}~{taken[name]}"
        made.append(Entry.of(case, own, is_folded=case.id in folded))
    return made


def anchor_of(name: str) -> str:
    """Return a name as the id of an element."""
    return re.sub(r"[^\w.~-]+", "-", name)
