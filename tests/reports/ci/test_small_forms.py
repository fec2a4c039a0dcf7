"""The badge, the variables and the table: forms of a few lines each."""

from __future__ import annotations

import csv
import io
import json

import pytest

from reports.ci import FORMATS, badge, env, load_csv
from reports.record import Gate, RunRecord, Verdict
from tests.reports.ci.located import KEPT, LAUNDERED, known, located
from tests.reports.sample import case, record

HELD = record([case("a.b"), case("a.c")], coverage={})
MISSED = record([case("a.b")], coverage={"target": {"percent": 71.26, "fail_under": 80.0, "met": False}})
OVER_TIME = {
    "window_s": 2.0,
    "begun_per_s": [1.5, 2.0],
    "ended_per_s": [0.5, 2.5],
    "errors_per_s": [0.0, 0.5],
    "streams": [3, 4],
    "tokens_per_s": [10.0, 20.0],
    "ttft_p50_s": [None, 0.25],
    "ttft_p95_s": [None, 0.5],
    "a_new_curve": [1, 2],
}


@pytest.mark.parametrize(
    ("of", "message", "colour"),
    [
        (HELD, "pass, 2 cases", "brightgreen"),
        (located(), "fail, 3 problems", "red"),
        (MISSED, "gate missed, 0 problems", "orange"),
        (record([], coverage={}), "inconclusive, 0 problems", "lightgrey"),
    ],
)
def test_a_badge_says_the_outcome_in_the_form_of_shields(of: RunRecord, message: str, colour: str) -> None:
    told = json.loads(badge.render(of))

    assert told == {"schemaVersion": 1, "label": "edgeproof", "message": message, "color": colour}


def test_variables_say_what_is_known_and_leave_out_what_is_not() -> None:
    assert env.render(located()) == "verdict=fail\nexit_code=1\nseed=7\nproblems=3\n"
    assert env.render(MISSED) == "verdict=gate-missed\nexit_code=4\nseed=7\nproblems=0\ncoverage=71.3\n"
    assert "new_breaches=1\n" in env.render(located(gate=known(LAUNDERED, new=[KEPT])))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_variable_needs_no_quoting(verdict: Verdict) -> None:
    text = env.render(located([case("a.b", verdict)], gate=Gate(fail_on="should")))

    assert all(line.replace("-", "").replace("_", "").replace("=", "").isalnum() for line in text.splitlines())


def test_a_load_is_one_row_a_window() -> None:
    rows = list(csv.DictReader(io.StringIO(load_csv.render(record(load={"over_time": OVER_TIME})))))

    assert [row["at_s"] for row in rows] == ["0.0", "2.0"]
    assert [row["ttft_p50_s"] for row in rows] == ["", "0.25"]
    assert (rows[1]["streams"], rows[1]["a_new_curve"]) == ("4", "2")


def test_without_a_load_the_table_has_its_head_alone() -> None:
    (head,) = csv.reader(io.StringIO(load_csv.render(HELD)))

    assert head == ["at_s", *(name for name in OVER_TIME if name not in ("window_s", "a_new_curve"))]


def test_no_two_forms_are_written_into_one_file() -> None:
    files = {"results.json", "junit.xml", "summary.md", "index.html"}

    assert len({form.file for form in FORMATS.values()} | files) == len(FORMATS) + len(files)
