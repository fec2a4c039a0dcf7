"""The wire log of a case on a terminal: both sides of the target, one line a row, on one axis of time.

The one rule: a row is one line, cut where the terminal ends; what a target sent is data and acts on nothing.
"""

from __future__ import annotations

from typing import Final

from rich.text import Text

from reports.record import CaseResult, WireRow
from reports.terminal.lines import Paper
from reports.visible import on_one_line

_AT_MOST: Final = 60
_LANES: Final = {"client": "cyan", "upstream": "magenta"}
_FAULT: Final = "bold red"


def wire_log(case: CaseResult, paper: Paper) -> list[Text]:
    """Return the lines of a wire log; of a long one the first and the last, and nothing of a case without one."""
    if not case.wire:
        return []
    rows = [_row(row, paper) for row in case.wire]
    if left_out := len(rows) - _AT_MOST:
        half = _AT_MOST // 2
        more = Text(f"  … {left_out} more rows in the report", "dim")
        rows = [*rows[:half], more, *rows[-half:]] if left_out > 0 else rows
    head = paper.row(("Wire log", "bold"), ("  seconds, side and exchange, what happened", "dim"))
    return [head, *rows]


def _row(row: WireRow, paper: Paper) -> Text:
    side = f"{row.lane} {row.exchange}"
    size = f"  {row.size_bytes} B" if row.size_bytes else ""
    preview = f"  {on_one_line(row.preview)}" if row.preview else ""
    style = _FAULT if row.kind == "fault" else ""
    return paper.row(
        (f"{row.at_s:>9.3f}  ", "dim"),
        (f"{side:<11}  ", _LANES[row.lane]),
        (f"{row.kind:<8}  {on_one_line(row.label)}{size}", style),
        (preview, "dim"),
    )
