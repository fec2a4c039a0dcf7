"""A record as a GitHub step summary: the verdict, likely causes, the problems, and how to see them again.

The one rule: stay short. The page and the record hold the rest (a step summary over 1 MiB is not shown at all).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from reports import outcome
from reports.measurements import Table, section
from reports.notes import notes
from reports.overview import Told, amount, counted, explains, told
from reports.record import UNSTEADY, Cause, RunRecord, Stability, Verdict
from reports.visible import on_one_line

_AT_MOST: Final = 25
_TEXT_AT_MOST: Final = 2000
_TOLD_OF_LOAD: Final = ("objectives", "seconds", "errors_seen")
_CLOSELY_AT_MOST: Final = 3
"""So many problems are shown with the case that shows them best."""


def render(record: RunRecord) -> str:
    """Return the record as GitHub-flavoured Markdown."""
    names, found = list(Verdict), told(record)
    size = f"{amount(len(record.cases), 'case')} in {record.duration_s:.1f} s"
    lines = [
        f"## edgeproof: {outcome.word(record)} for {_text(record.target.name)}",
        "",
        "| " + " | ".join(names) + " |",
        "|" + "---:|" * len(names),
        "| " + " | ".join(str(record.counts[name]) for name in names) + " |",
        "",
        *([f"**{_text(outcome.verdict_line(record))}**", ""] if outcome.tells_more(record) else []),
        f"{size}, profile {_text(record.profile)}, seed {record.seed}.",
    ]
    lines += _causes(record.causes)
    lines += _problems(found)
    for each in found[:_CLOSELY_AT_MOST]:
        lines += _clearest(each)
    known = notes(record, found)
    lines += [""] if known else []
    lines += [f"- **{note.name}** {_text(note.text)}" for note in known]
    lines += _stability(record.stability)
    lines += _gates(record)
    return "\n".join(lines) + "\n"


def _causes(causes: Sequence[Cause]) -> list[str]:
    """Return what is likely wrong, how to mend it and how to see it, the likeliest first."""
    lines = ["", f"### {'Likely cause' if len(causes) == 1 else 'Likely causes'}", ""] if causes else []
    for number, cause in enumerate(causes, start=1):
        lines.append(f"{number}. **{_text(cause.sentence)}** ({explains(cause)}) {_text(cause.mends)}")
        lines += [f"   {line}" for line in ("", *_block(cause.replay))] if cause.replay else []
    return lines


def _problems(found: Sequence[Told]) -> list[str]:
    """Return the problems as a table, one a row."""
    if not found:
        return []
    columns = ("cases", "level", "invariant", "seen", "clearest case")
    rows = tuple(
        (str(len(each.problem.cases)), each.problem.level, each.problem.invariant, each.message, each.case.id)
        for each in found
    )
    rest = len(found) - _AT_MOST
    more = ["", f"… {rest} more in results.json."] if rest > 0 else []
    return ["", f"### {amount(len(found), 'problem')} ({counted(found)})", *_table(Table("", columns, rows)), *more]


def _clearest(told: Told) -> list[str]:
    """Return the case that shows a problem best, with the evidence and how to see it again."""
    case, finding = told.case, told.finding
    lines = ["", f"#### {_text(finding.invariant)}: {_text(case.id)}", ""]
    facts = {"promised": case.promised, "saw": case.saw, "finding": finding.message, "faults": ", ".join(case.faults)}
    lines += [f"- **{name}** {_text(text)}" for name, text in facts.items() if text]
    lines += ["", *_block(*finding.evidence, language="text")] if finding.evidence else []
    return [*lines, "", *_block(case.replay)] if case.replay else lines


def _stability(found: Stability) -> list[str]:
    """Return how many cases were unsteady in a repeated run, and those whose verdict differs round by round."""
    if found.rounds == 1:
        return []
    differs = [case for case in found.cases if case.differs == "verdict"]
    lines = ["", f"Played {found.rounds} times with one seed: {len(differs)} {UNSTEADY['verdict']}."]
    rows = [(case.id, *case.verdicts) for case in differs]
    return lines + (_table(Table("", ("case", *map(str, range(1, found.rounds + 1))), tuple(rows))) if rows else [])


def _gates(record: RunRecord) -> list[str]:
    """Return the tables of what a load was held against and of its times; the rest is in the page."""
    tables = [table for table in section(record.load).tables if table.name in _TOLD_OF_LOAD]
    return [line for table in tables for line in _table(table)]


def _table(table: Table) -> list[str]:
    rows = [table.columns, *table.rows[:_AT_MOST]]
    lines = ["| " + " | ".join(map(_text, row)) + " |" for row in rows]
    return ["", lines[0], "|" + "---|" * len(table.columns), *lines[1:]]


def _block(*lines: str, language: str = "sh") -> list[str]:
    safe = [on_one_line(line) for line in lines]
    ticks = max((len(run) for line in safe for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, ticks + 1)
    return [f"{fence}{language}", *safe, fence]


def _text(text: str) -> str:
    short = text if len(text) <= _TEXT_AT_MOST else text[:_TEXT_AT_MOST] + "…"
    return re.sub(r"([\\`*_\[\]<>|~&$])", r"\\\1", on_one_line(short))
