"""Each planted leak is named by its own scenario, and by none that could be taken for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from harness.shell.loop import run
from harness.shell.target.targets import load
from reports.record import CaseResult, Verdict
from tests.acceptance.leaks.watching import played
from tests.targets.defects_leaks import DEFECTS, leaky

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

NAMES = tuple(DEFECTS)
BESIDE = {
    "keeps-logs-open": "clean,cut,client-gone",
    "forgets-heartbeats": "clean,cut,client-gone",
    "keeps-every-answer": "clean,unique-prompts,cached",
}
"""The scenarios that could be taken for one another. What a proxy keeps of every answer, `clean` alone tells."""


@cache
def _judged(name: str) -> tuple[dict[str, CaseResult], Mapping[str, Any]]:
    target, only = (leaky(name), BESIDE.get(name, "clean")) if name in DEFECTS else (load(name), "*")
    with TemporaryDirectory(prefix="edgeproof-test-") as logs:
        return run(played(target, Path(logs), only=only))


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_leak_is_named_by_its_scenario(name: str) -> None:
    defect = DEFECTS[name]
    results, section = _judged(name)

    assert results[defect.scenario].verdict is Verdict.FAIL
    assert defect.invariant in {finding.invariant for finding in results[defect.scenario].findings}
    assert section["scenarios"][defect.scenario]["growth"][str(defect.measure)]["state"] == "leak"


@pytest.mark.parametrize("name", BESIDE)
def test_only_the_scenario_that_leaks_is_blamed(name: str) -> None:
    results, section = _judged(name)

    assert [each for each, result in results.items() if result.findings] == [DEFECTS[name].scenario]
    assert section["attribution"].startswith(f"only {DEFECTS[name].scenario} leaks: ")


def test_a_kibibyte_a_request_is_measured_as_one_and_its_line_is_named() -> None:
    results, section = _judged("keeps-requests")
    clean = section["scenarios"]["clean"]

    assert 900 < clean["bytes_per_request"] < 1500
    assert any("tests/targets/defects_leaks.py:" in line for line in results["clean"].findings[0].evidence)


@pytest.mark.alone
def test_nothing_is_found_in_the_reference_proxy() -> None:
    results, section = _judged("reference")

    assert {each: (result.verdict, result.cause) for each, result in results.items() if not result.verdict.judged} == {}
    assert [finding.message for result in results.values() for finding in result.findings] == []
    assert section["attribution"] == "nothing leaks"
