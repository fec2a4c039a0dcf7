"""A record as a GitHub step summary: the verdict, the counts, and how to see each failure again.

The one rule: stay short. The page and the record hold the rest (a step summary over 1 MiB is not shown at all).
"""

from __future__ import annotations

import re
from typing import Final

from reports.measurements import Table, section
from reports.record import UNSTEADY, CaseResult, RunRecord, Stability, Verdict
from reports.visible import on_one_line

_AT_MOST: Final = 25
_TEXT_AT_MOST: Final = 2000
_TOLD_OF_LOAD: Final = ("objectives", "seconds", "errors_seen")
_TOLD: Final = (Verdict.FAIL, Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE, Verdict.NON_STRICT)


def render(record: RunRecord) -> str:
    """Return the record as GitHub-flavoured Markdown."""
    names = list(Verdict)
    told = sorted((case for case in record.cases if case.verdict in _TOLD), key=lambda case: _TOLD.index(case.verdict))
    lines = [
        f"## edgeproof: {record.verdict.upper()} for {_text(record.target.name)}",
        "",
        "| " + " | ".join(names) + " |",
        "|" + "---:|" * len(names),
        "| " + " | ".join(str(record.counts[name]) for name in names) + " |",
        "",
        f"{len(record.cases)} cases in {record.duration_s:.1f} s, profile {_text(record.profile)}, seed {record.seed}.",
    ]
    lines += _stability(record.stability)
    lines += _gates(record)
    for case in told[:_AT_MOST]:
        lines += _case(case)
    if rest := len(told) - _AT_MOST:
        lines += ["", f"… {rest} more in results.json."] if rest > 0 else []
    return "\n".join(lines) + "\n"


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


def _case(case: CaseResult) -> list[str]:
    lines = ["", f"### {case.verdict.upper()} {_text(case.id)}", ""]
    facts = {"promised": case.promised, "saw": case.saw, "cause": case.cause, "faults": ", ".join(case.faults)}
    lines += [f"- **{name}** {_text(text)}" for name, text in facts.items() if text]
    lines += [f"- **{_text(each.invariant)}** {_text(each.message)}" for each in case.findings]
    return [*lines, "", *_block(case.replay)] if case.replay else lines


def _block(command: str) -> list[str]:
    command = on_one_line(command)
    ticks = max((len(run) for run in re.findall("`+", command)), default=0)
    fence = "`" * max(3, ticks + 1)
    return [f"{fence}sh", command, fence]


def _text(text: str) -> str:
    short = text if len(text) <= _TEXT_AT_MOST else text[:_TEXT_AT_MOST] + "…"
    return re.sub(r"([\\`*_\[\]<>|~&$])", r"\\\1", on_one_line(short))
