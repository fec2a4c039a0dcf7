"""The wire log on a terminal: one line a row, whatever a target sent."""

from __future__ import annotations

import io

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reports.record import CaseResult, WireRow
from reports.terminal.lines import Paper
from reports.terminal.wire import wire_log
from tests.reports.sample import case, cut_stream


def lines(of: CaseResult, width: int = 80) -> list[str]:
    return [line.plain for line in wire_log(of, Paper(Console(file=io.StringIO(), width=width)))]


def test_both_sides_stand_on_one_axis_with_what_was_sent() -> None:
    told = lines(case("a.b", wire=cut_stream()))

    assert told[1].split()[:4] == ["0.000", "client", "1", "request"]
    assert any(line.split()[1] == "upstream" and "HTTP/1.1 200 OK␍␊" in line for line in told)
    assert all(cell_len(line) <= 80 for line in told)


def test_a_long_log_shows_its_ends_and_says_how_much_is_left_out() -> None:
    rows = tuple(
        WireRow(at_s=at / 1000, lane="client", exchange=1, kind="sent", label=f"piece {at}") for at in range(100)
    )

    told = lines(case("a.b", wire=rows))

    assert len(told) == 62
    assert "40 more rows" in told[31]
    assert ("piece 0" in told[1], "piece 99" in told[-1]) == (True, True)


def test_a_case_without_a_log_has_none() -> None:
    assert lines(case("a.b")) == []


def test_nothing_that_a_target_sent_acts_on_the_terminal() -> None:
    row = WireRow(
        at_s=0.0, lane="client", exchange=1, kind="received", label="x\x1b[2J", preview="[bold]a\r\n\x1b]0;t\x07"
    )

    (_, line) = wire_log(case("a.b", wire=(row,)), Paper(Console(file=io.StringIO(), width=80)))

    assert isinstance(line, Text)
    assert not set(line.plain) & set("\x1b\r\n\x07")
    assert "[bold]" in line.plain
