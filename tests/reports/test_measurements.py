"""The free sections as rows."""

from __future__ import annotations

from reports.measurements import rows, sections
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

    assert list(rows(tree)) == [  # type: ignore[arg-type]  # a literal dict is invariant
        ("a.b", "0.1235"),
        ("a.c", "unknown"),
        ("d.1.e", "yes"),
        ("d.2", "1, 2"),
        ("f", "none"),
        ("g", "x, no"),
        ("h", "12345.7"),
        ("i", "81264640"),
    ]


def test_an_empty_section_is_left_out() -> None:
    assert list(sections(record(leaks={}))) == ["load", "coverage"]
