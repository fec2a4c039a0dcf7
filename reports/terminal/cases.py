"""One case on a terminal: in full, or as far as a reader needs it to see what is wrong."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from reports.overview import Told
from reports.record import CaseResult, Finding, Verdict
from reports.terminal.lines import STYLES, Paper
from reports.visible import on_one_line

_FIELD_AT_MOST: Final = 2
_EVIDENCE_AT_MOST: Final = 5
_MESSAGE_AT_MOST: Final = 3


def in_full(case: CaseResult, paper: Paper) -> list[Text]:
    """Everything that is known of a case but its wire log."""
    lines = [_head(case, paper), *paper.field("promised", case.promised), *paper.field("cause", case.cause)]
    lines += paper.field("saw", case.saw)
    for finding in case.findings:
        lines += paper.field("finding", f"{finding.invariant}: {finding.message}")
        lines += _evidence(finding, paper)
    lines += paper.field("faults", "  ".join(case.faults))
    lines += paper.field("source", case.reference)
    return [*lines, *paper.command("replay", case.replay), *paper.command("curl", case.curl), Text()]


def in_short(case: CaseResult, paper: Paper) -> list[Text]:
    """What kept a case from a plain pass."""
    lines = [_head(case, paper), *paper.field("cause", case.cause), *paper.field("saw", case.saw)]
    for finding in case.findings:
        lines += paper.field("finding", f"{finding.invariant}: {finding.message}")
        lines += _evidence(finding, paper)
    if case.verdict is not Verdict.INFO:
        lines += paper.command("replay", case.replay)
    return [*lines, Text()]


def clearest(told: Told, paper: Paper) -> list[Text]:
    """The case that shows a problem best, with that finding alone, bounded in every direction."""
    case, finding = told.case, told.finding
    lines = [paper.row(("clearest  ", "dim"), (on_one_line(case.id), "bold"))]
    lines += paper.field("promised", case.promised, at_most=_FIELD_AT_MOST)
    lines += paper.field("saw", case.saw, at_most=_FIELD_AT_MOST)
    lines += paper.field("finding", f"{finding.invariant}: {finding.message}", at_most=_MESSAGE_AT_MOST)
    lines += _evidence(finding, paper)[:_EVIDENCE_AT_MOST]
    lines += paper.field("faults", "  ".join(case.faults), at_most=_FIELD_AT_MOST)
    return [*lines, *paper.command("replay", case.replay)]


def _evidence(finding: Finding, paper: Paper) -> list[Text]:
    return [line for each in finding.evidence for line in paper.field(" ", on_one_line(each))]


def _head(case: CaseResult, paper: Paper) -> Text:
    head = Text.assemble((case.verdict.upper(), STYLES[case.verdict]), "  ", (on_one_line(case.id), "bold"))
    gap = paper.width - head.cell_len - len(case.level)
    return head.append(" " * max(gap, 2)).append(case.level, "dim")
