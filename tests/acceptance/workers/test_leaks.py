"""Workers with two lines of TOML: a right one leaks nothing however often it is watched, and a growing Map is heap."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.shell.loop import run
from reports.record import Verdict
from tests.acceptance.leaks.watching import played
from tests.targets.workers.defects import LEAKING, worker

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

_ATTEMPTS = 3


def test_a_right_worker_leaks_nothing(tmp_path: Path) -> None:
    results, section = run(played(worker(), tmp_path, only="clean", lanes=1))

    assert (results["clean"].verdict, results["clean"].findings) == (Verdict.PASS, ())
    assert section["scenarios"]["clean"]["traced"]
    assert section["attribution"] == "nothing leaks"


def test_a_map_that_grows_by_a_kibibyte_a_request_is_found_and_named_as_heap(tmp_path: Path) -> None:
    for attempt in range(_ATTEMPTS):
        results, section = run(played(worker(LEAKING), tmp_path / str(attempt), only="clean", lanes=1))
        if "traced_bytes" in section["scenarios"]["clean"]["growth"]:
            break  # else the machine was too busy to look at the heap often enough
    grown = section["scenarios"]["clean"]["growth"]["traced_bytes"]
    (leak,) = results["clean"].findings

    assert leak.invariant == "no-leak"
    assert "of heap a request" in leak.message
    assert 900 < grown["low"] <= grown["per_request"] <= grown["high"] < 1300
