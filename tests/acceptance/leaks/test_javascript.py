"""Express, Fastify and workerd: what a right one leaves to its collector is no leak, and a planted leak is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.shell.loop import run
from reports.record import Verdict
from tests.acceptance.leaks.watching import played
from tests.targets.leaking.javascript import Runtime, leaking

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

RUNTIMES: tuple[Runtime, ...] = ("express", "fastify", "worker")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_right_one_leaks_nothing(runtime: Runtime, tmp_path: Path) -> None:
    results, section = run(played(leaking(runtime, leak=False), tmp_path, only="clean", lanes=1))

    assert (results["clean"].verdict, results["clean"].saw[:13]) == (Verdict.PASS, "nothing grows")
    assert section["scenarios"]["clean"]["traced"]
    assert section["attribution"] == "nothing leaks"


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_kibibyte_a_request_is_found(runtime: Runtime, tmp_path: Path) -> None:
    results, section = run(played(leaking(runtime, leak=True), tmp_path, only="clean", lanes=1))
    grown = section["scenarios"]["clean"]["growth"]["traced_bytes"]

    assert [finding.invariant for finding in results["clean"].findings] == ["no-leak"]
    assert 900 < grown["per_request"] < 2000
    assert 400 < grown["low"] <= grown["per_request"] <= grown["high"]
