from __future__ import annotations

import io

from rich.cells import cell_len
from rich.console import Console

from reports import terminal
from reports.record import RunRecord
from tests.reports.sample import HOSTILE, case, record


def told(of: RunRecord, *, width: int = 80) -> str:
    out = io.StringIO()
    terminal.render_timings(of, Console(file=out, width=width))
    return out.getvalue()


def test_the_slowest_cases_and_families_come_first() -> None:
    cases = [case("a.quick", duration_s=0.5), case("b.slow", duration_s=2), case("a.slower", duration_s=3)]

    text = told(record(cases, duration_s=4))

    assert text == (
        "\n"
        "Slowest of 3 cases (5.5 s in all, in a run of 4.0 s)\n"
        "     3.00 s  a.slower  pass\n"
        "     2.00 s  b.slow  pass\n"
        "     0.50 s  a.quick  pass\n"
        "\n"
        "Slowest families\n"
        "     3.50 s  a  2 cases, 1.8 s each\n"
        "     2.00 s  b  1 case, 2.0 s each\n"
    )


def test_ten_of_each_are_shown_and_no_line_is_too_long() -> None:
    cases = [
        case(f"{letter}{HOSTILE}.{number}", duration_s=number) for number in range(30) for letter in "abcdefghijkl"
    ]

    lines = told(record(cases), width=60).splitlines()

    assert len(lines) == 1 + 1 + 10 + 1 + 1 + 10
    assert max(map(cell_len, lines)) <= 60
    assert "\x1b" not in "".join(lines)


def test_a_run_without_cases_has_no_slowest() -> None:
    assert "Slowest of 0 cases" in told(record([]))
