"""What took how long: the slowest cases of a run, and its families by all that their cases took.

The one rule: cases run beside one another, so what they took adds up to more than the run did; both are told.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.text import Text

from reports.overview import amount
from reports.record import CaseResult, RunRecord
from reports.terminal.lines import Paper
from reports.visible import on_one_line

_SHOWN: Final = 10


def timings(record: RunRecord, paper: Paper) -> list[Text]:
    """Return the lines: the slowest cases first, then the families; ties stand in the order of the record."""
    families: dict[str, list[CaseResult]] = {}
    for case in record.cases:
        families.setdefault(case.family, []).append(case)
    took_s = sum(case.duration_s for case in record.cases)
    slowest = sorted(record.cases, key=lambda case: -case.duration_s)
    by_family = sorted(families.items(), key=lambda each: -_took_s(each[1]))
    head = f"Slowest of {amount(len(record.cases), 'case')}"
    lines = [paper.row((head, "bold"), (f" ({took_s:.1f} s in all, in a run of {record.duration_s:.1f} s)", "dim"))]
    lines += [_row(case.duration_s, case.id, case.verdict, paper) for case in slowest[:_SHOWN]]
    lines += [Text(), paper.row(("Slowest families", "bold"))]
    for name, cases in by_family[:_SHOWN]:
        each_s = _took_s(cases) / len(cases)
        lines.append(_row(_took_s(cases), name, f"{amount(len(cases), 'case')}, {each_s:.1f} s each", paper))
    return lines


def _took_s(cases: Iterable[CaseResult]) -> float:
    return sum(case.duration_s for case in cases)


def _row(took_s: float, name: str, more: str, paper: Paper) -> Text:
    return paper.row(f"  {took_s:>7.2f} s  ", on_one_line(name), (f"  {more}", "dim"))
