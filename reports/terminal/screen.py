"""A record on one screen: the verdict, what is likely wrong, the problems, and the first of them closely.

The one rule: it takes no more than so many lines, whatever a run found; what has no room is counted and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from reports.notes import Note, notes
from reports.overview import Told, amount, counted, told
from reports.record import Cause, Level, RunRecord, Verdict
from reports.terminal.cases import clearest
from reports.terminal.lines import INDENT, STYLES, Paper
from reports.visible import on_one_line

LINES_AT_MOST: Final = 40
_PROBLEMS_AT_MOST: Final = 10
_PROBLEMS_AT_LEAST: Final = 3
_UNSTEADY_AT_MOST: Final = 3
_NOTE_INDENT: Final = 21
_ADVISED: Final = frozenset({Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR})
"""Verdicts whose reason ends in what to do."""
_LEVELS: Final = {Level.MUST: STYLES[Verdict.FAIL], Level.SHOULD: STYLES[Verdict.NON_STRICT], Level.OBSERVE: "dim"}


def screen(record: RunRecord, verdict: Text, paper: Paper, *, page: Path | None, unbounded: bool = False) -> list[Text]:
    """Return the lines of the screen; `unbounded` names every problem, and of every cause what mends it."""
    found, turns = told(record), _unsteady(record, paper)
    first = paper.wrapped(verdict)
    last = [*noted(notes(record, found), paper), *_rest(page, paper, is_all=unbounded)]
    block = clearest(found[0], paper) if found and found[0].is_broken else []
    fixed = [part for part in (first, block, turns, last) if part]
    left = LINES_AT_MOST - sum(paper.height(part) + 1 for part in fixed)
    if unbounded:
        causes, at_most = _causes(record.causes, paper, closely=True), len(found)
    else:
        rows = min(len(found), _PROBLEMS_AT_LEAST) + 2
        causes = _causes(record.causes, paper, at_most=left - rows - 1)
        left -= paper.height(causes) + bool(causes)
        at_most = max(min(left - 2, _PROBLEMS_AT_MOST), _PROBLEMS_AT_LEAST)
    blocks = [part for part in (first, causes, _problems(found, paper, at_most=at_most), block, turns, last) if part]
    return [line for part in blocks for line in (*part, Text())][:-1]


def _causes(causes: Sequence[Cause], paper: Paper, *, at_most: int | None = None, closely: bool = False) -> list[Text]:
    """The likely causes, with what mends the first of them; on request with what mends and what shows each."""
    if not causes:
        return []
    lines = [Text("Likely cause" if len(causes) == 1 else "Likely causes", "bold")]
    for number, cause in enumerate(causes, start=1):
        more = _cause(cause, paper, in_full=closely or number == 1)
        more += paper.command("replay", cause.replay) if closely else []
        if at_most is not None and number > 1 and paper.height((*lines, *more)) + (number < len(causes)) > at_most:
            return [*lines, Text(f"  … and {len(causes) - number + 1} more", "dim")]
        lines += more
    return lines


def _cause(cause: Cause, paper: Paper, *, in_full: bool) -> list[Text]:
    """A likely cause: in full with what mends it, else on one line."""
    lead = f"  {amount(len(cause.cases), 'case')}".ljust(INDENT)
    if not in_full:
        return [paper.row(lead, on_one_line(cause.sentence))]
    sentence = Text.assemble(on_one_line(cause.sentence), (f" ({amount(len(cause.explains), 'problem')})", "dim"))
    return [*paper.wrapped(sentence, indent=INDENT, label=lead), *paper.field("fix", cause.mends)]


def _problems(found: Sequence[Told], paper: Paper, *, at_most: int) -> list[Text]:
    """The problems, one line each."""
    if not found:
        return []
    shown = found[:at_most]
    most = max(len(str(len(each.problem.cases))) for each in shown)
    width = min(max(cell_len(on_one_line(each.problem.invariant)) for each in shown), paper.width // 3)
    lines = [paper.row((amount(len(found), "problem"), "bold"), (f" ({counted(found)})", "dim"))]
    for each in shown:
        level = each.problem.level
        lines.append(
            paper.row(
                f"  {len(each.problem.cases):>{most}} {'case ' if len(each.problem.cases) == 1 else 'cases'}  ",
                (f"{level:<6}  ", _LEVELS[level]),
                (set_cell_size(on_one_line(each.problem.invariant), width), "bold" if each.is_broken else ""),
                "  ",
                on_one_line(each.message),
            )
        )
    if rest := found[at_most:]:
        lines.append(Text(f"  … and {len(rest)} more ({counted(rest)})", "dim"))
    return lines


def _unsteady(record: RunRecord, paper: Paper) -> list[Text]:
    """The cases whose verdict hangs on chance, round by round, and how to see the first of them again."""
    cases = [case for case in record.stability.cases if case.differs == "verdict"]
    if not cases:
        return []
    lines = [paper.row(("verdicts that differ between rounds", "bold"))]
    lines += [paper.row(f"  {on_one_line(case.id)}  {', '.join(case.verdicts)}") for case in cases[:_UNSTEADY_AT_MOST]]
    if rest := len(cases) - _UNSTEADY_AT_MOST:
        lines += [Text(f"  … and {rest} more", "dim")] if rest > 0 else []
    replay = next((case.replay for case in record.cases if case.id == cases[0].id), "")
    return [*lines, *paper.command("replay", replay)]


def noted(known: Iterable[Note], paper: Paper) -> list[Text]:
    """Return what is to be known, a line each; two where its end is what to do about it."""
    lines = []
    for note in known:
        style = "yellow" if note.warns else STYLES[note.verdict] if note.verdict else "dim"
        if note.verdict in _ADVISED and not paper.is_narrow:
            text, lead = Text(on_one_line(note.text)), _lead(note.name, paper)
            lines += paper.wrapped(text, indent=_NOTE_INDENT, label=lead, style=style, at_most=2)
            continue
        lines.append(paper.row((_lead(note.name, paper), style), on_one_line(note.text)))
    return lines


def _rest(page: Path | None, paper: Paper, *, is_all: bool) -> list[Text]:
    """Say where the rest is to be found."""
    more = "everything follows" if is_all else "-v shows everything here"
    if page is None:
        return [paper.row((_lead("report", paper), "dim"), more)]
    line = Text.assemble((_lead("report", paper), "dim"), on_one_line(str(page)))
    if line.cell_len + len(more) + 2 <= paper.width:
        return [line.append(f"; {more}")]
    return [line, paper.row((_lead("", paper), "dim"), more)]


def _lead(name: str, paper: Paper) -> str:
    return f"{name} ".lstrip() if paper.is_narrow else name.ljust(_NOTE_INDENT)
