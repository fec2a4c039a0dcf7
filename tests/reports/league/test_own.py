from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.league import KillMatrixError, kill_matrix, own_record

KNOWN = {
    "cases": {"json.a": "1", "json.b": "2", "json.c": "3"},
    "right": {
        "plain": {"base": "plain", "not_judged": ["json.c"], "must": {}, "should": {"cadence": ["json.a"]}},
        "cache": {"base": "cache", "not_judged": [], "must": {"no-loss": ["json.b"]}, "should": {}},
    },
    "wrong": {
        "mutant:x": {"base": "plain", "not_judged": [], "must": {"no-loss": ["json.a"]}, "should": {}},
        "mutant:y": {"base": "plain", "not_judged": [], "must": {}, "should": {"cadence": ["json.a"]}},
    },
}


def test_a_mistake_is_caught_when_it_shows_what_no_right_proxy_shows() -> None:
    own = own_record(KNOWN)

    assert (own.caught, own.wrong, own.detection) == (1, 2, 0.5)


def test_a_failure_of_a_right_proxy_is_a_false_alarm() -> None:
    own = own_record(KNOWN)

    assert (own.alarms, own.judged, own.false_alarms) == (1, 5, 0.2)
    assert own.right == ("cache", "plain")


def test_the_record_that_comes_with_edgeproof_is_read() -> None:
    own = own_record()

    assert own.caught == own.wrong > 200
    assert 0 <= own.false_alarms < 0.05


def test_a_self_check_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "kill-matrix.json"
    file.write_text(
        json.dumps(
            {
                "schema": "edgeproof-kill-matrix/1",
                "seed": 7,
                "mutants": 9,
                "killed": 8,
                "clean": {"cases": 40, "blamed": [{"case": "json.a", "why": ""}]},
            }
        )
    )

    check = kill_matrix(file)

    assert (check.killed, check.mutants, check.blamed, check.cases, check.seed) == (8, 9, 1, 40, 7)


@pytest.mark.parametrize(
    ("text", "told"), [("{", "no kill matrix"), ('{"schema": "other"}', "its schema is not"), ("[]", "no kill matrix")]
)
def test_what_is_no_self_check_is_refused_by_its_name(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(text)

    with pytest.raises(KillMatrixError, match=f"other.json: .*{told}"):
        kill_matrix(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KillMatrixError, match="cannot be read"):
        kill_matrix(tmp_path / "none.json")
