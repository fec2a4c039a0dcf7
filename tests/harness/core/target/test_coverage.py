"""What a tracefile says of a target's code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.target.coverage import FileCoverage, is_met, missed_ranges, read_lcov, section, total_percent

TRACE = """TN:
SF:/app/b.py
DA:1,1
DA:2,0
DA:3,0,checksum
DA:7,0
BRDA:1,0,jump to line 2,1
BRDA:1,0,jump to line 7,0
BRDA:2,0,jump to line 3,-
LF:4
end_of_record
SF:/app/a.py
DA:1,5
end_of_record
"""


def test_lines_and_branches_are_read_file_by_file() -> None:
    a, b = read_lcov(TRACE, root="/app")

    assert a == FileCoverage(path="a.py", lines=1, missed=())
    assert b == FileCoverage(path="b.py", lines=4, missed=(2, 3, 7), branches=3, branches_missed=2)
    assert b.percent == pytest.approx(100 * 2 / 7)
    assert total_percent([a, b]) == pytest.approx(100 * 3 / 8)


@pytest.mark.parametrize("first", ["the one", "the other"])
def test_a_line_that_one_of_two_processes_reached_is_reached(first: str) -> None:
    other = TRACE.replace("\nDA:2,0", "\nDA:2,9").replace("line 3,-", "line 3,1")

    (_, b) = read_lcov(TRACE + other if first == "the one" else other + TRACE, root="/app")

    assert (b.lines, b.missed, b.branches, b.branches_missed) == (4, (3, 7), 3, 1)


def test_a_file_with_nothing_to_run_has_all_and_weighs_nothing() -> None:
    empty = FileCoverage(path="__init__.py", lines=0, missed=())

    assert empty.percent == 100.0
    assert total_percent([empty]) is None


def test_what_was_never_measured_is_unknown() -> None:
    assert section((), fail_under=80)["percent"] is None
    assert section((), fail_under=80)["met"] is None


def test_a_section_lists_the_least_covered_first_with_its_lines() -> None:
    told = section(read_lcov(TRACE + "SF:/app/c.py\nDA:1,1\n"), fail_under=80)

    whole = {"percent": 100.0, "lines": 1, "branches": 0, "partial": 0, "missed": ""}
    assert told == {
        "percent": 44.44,
        "fail_under": 80,
        "met": False,
        "lines": 6,
        "lines_missed": 3,
        "branches": 3,
        "branches_missed": 2,
        "files": [
            {"path": "/app/b.py", "percent": 28.57, "lines": 4, "branches": 3, "partial": 2, "missed": "2-3, 7"},
            {"path": "/app/a.py", **whole},
            {"path": "/app/c.py", **whole},
        ],
    }


def test_a_gate_is_not_met_by_rounding() -> None:
    assert is_met(80.0, 80)
    assert not is_met(79.999, 80)


@given(st.frozensets(st.integers(1, 60)))
def test_ranges_name_each_missed_line_and_no_other(lines: frozenset[int]) -> None:
    told = missed_ranges(lines)

    named: list[int] = []
    for part in told.split(", ") if told else []:
        first, _, last = part.partition("-")
        named += range(int(first), int(last or first) + 1)
    assert named == sorted(lines)
