"""The free sections as rows."""

from __future__ import annotations

from typing import Any

import pytest

from reports.measurements import Curve, rows, section, sections
from tests.reports.sample import record


def test_a_tree_becomes_dotted_rows() -> None:
    tree = {
        "a": {"b": 0.123456, "c": None},
        "d": [{"e": True}, [1, 2]],
        "f": [],
        "g": ["x", False],
        "h": 12345.678,
        "i": 81264640,
    }

    assert rows(tree) == [  # type: ignore[arg-type]  # a literal dict is invariant
        ("a.b", "0.1235"),
        ("a.c", "unknown"),
        ("d.1.e", "yes"),
        ("d.2", "1, 2"),
        ("f", "none"),
        ("g", "x, no"),
        ("h", "12345.7"),
        ("i", "81264640"),
    ]


def test_a_long_list_of_numbers_stays_a_row_where_only_rows_are_asked_for() -> None:
    assert rows({"statuses": [408, 429, 500, 502, 503, 504]}) == [("statuses", "408, 429, 500, 502, 503, 504")]


def test_an_empty_section_is_left_out() -> None:
    assert list(sections(record(leaks={}))) == ["load", "coverage"]


def test_alike_things_become_a_table_and_numbers_a_curve() -> None:
    tree: Any = {
        "files": [{"path": "a.py", "missed": [1, 2]}, {"path": "b.py", "missed": []}],
        "rss": [1, 2, 3, 4, 5, 8],
    }

    found = section(tree)

    assert found.rows == []
    assert found.tables[0].columns == ("path", "missed")
    assert found.tables[0].rows == (("a.py", "1, 2"), ("b.py", "none"))
    assert found.lines == [("rss", "▁▂▃▄▅█ 1 … 8")]


@pytest.mark.parametrize("odd", [{"path": "a.py", "more": {"x": 1}}, {"file": "a.py"}, 3, None])
def test_things_that_are_not_alike_become_rows(odd: Any) -> None:  # noqa: ANN401 - any JSON
    tree: Any = {"files": [{"path": "b.py"}, odd]}

    assert section(tree).tables == []
    assert ("files.1.path", "b.py") in rows(tree)


@pytest.mark.parametrize(
    ("values", "points"), [((1, 2, 3), "0.0,10.0 5.0,5.0 10.0,0.0"), ((4, 4), "0.0,10.0 10.0,10.0")]
)
def test_a_curve_fills_its_box(values: tuple[float, ...], points: str) -> None:
    assert Curve("x", values).points(10, 10) == points


def test_a_missing_number_is_a_gap_in_a_curve_and_never_0() -> None:
    tree: Any = {"ttft": [1, None, 3, 4, 5, None]}

    (curve,) = section(tree).curves

    assert curve.told == "▁·▅▆█· 1 … unknown"
    assert curve.points(10, 4) == "0.0,4.0 4.0,2.0 6.0,1.0 8.0,0.0"


def test_numbers_that_are_all_missing_are_no_curve() -> None:
    tree: Any = {"ttft": [None] * 6}

    assert section(tree).curves == []
    assert rows(tree) == [("ttft", "unknown")]


def test_alike_mappings_are_a_table_of_their_names_and_the_rest_goes_on() -> None:
    tree: Any = {
        "scenarios": {
            name: {
                "asked": asked,
                "growth": {each: {"low": 0.5, "high": 1} for each in ("memory", "tasks")},
                "sites": [],
            }
            for name, asked in (("clean", 340), ("cut", None))
        }
    }

    found = section(tree)

    assert [(table.name, table.columns) for table in found.tables] == [
        ("scenarios", ("", "asked")),
        ("scenarios.clean.growth", ("", "low", "high")),
        ("scenarios.cut.growth", ("", "low", "high")),
    ]
    assert found.tables[0].rows == (("clean", "340"), ("cut", "unknown"))
    assert found.rows == [("scenarios.clean.sites", "none"), ("scenarios.cut.sites", "none")]
    assert ("scenarios.clean.growth.memory.low", "0.5") in rows(tree)


def test_mappings_that_differ_or_stand_alone_stay_rows() -> None:
    tree: Any = {
        "one": {"a": {"x": 1}},
        "two": {"a": {"x": 1}, "b": {"y": 2}},
        "three": {"a": {"x": [1]}, "b": {"x": [2]}},
    }

    assert section(tree).tables == []
    assert len(section(tree).rows) == 5
