"""Correct proxies of many kinds, five rounds each: the same target with the same seed gets the same verdict every time.

With BUSY_LOOPS=2 in the environment, so many loops run beside them. A case may then be inconclusive in one round and
judged in another, and differ in nothing else.
"""

from __future__ import annotations

import pytest

from reports.record import Unsteady, Verdict
from tests.acceptance.rounds import BUSY_LOOPS, ROUNDS, STEADY_TARGETS, Played

pytestmark = [pytest.mark.acceptance, pytest.mark.alone, pytest.mark.timeout(1200)]


def _told(case: Unsteady) -> str:
    findings = {
        f"{side.verdict}: {finding.invariant}: {finding.message}" for side in case.sides for finding in side.findings
    }
    return "\n".join([f"{case.id} {' '.join(case.verdicts)}", *sorted(findings)])


@pytest.mark.parametrize("name", STEADY_TARGETS)
def test_no_verdict_differs_between_rounds(name: str, rounds: Played) -> None:
    stability = rounds[name].record.stability

    assert stability.rounds == ROUNDS
    assert [_told(case) for case in stability.cases if case.differs == "verdict"] == []


@pytest.mark.parametrize("name", STEADY_TARGETS)
def test_a_case_is_left_unjudged_by_a_busy_machine_alone(name: str, rounds: Played) -> None:
    unjudged = [case for case in rounds[name].record.stability.cases if case.differs == "judged"]
    causes = {(case.id, side.cause) for case in unjudged for side in case.sides if side.cause}

    assert BUSY_LOOPS or {each for each in causes if "the harness itself was late" not in each[1]} == set()


@pytest.mark.parametrize("name", STEADY_TARGETS)
def test_no_round_blames_a_right_proxy(name: str, rounds: Played) -> None:
    record = rounds[name].record

    assert [(case.id, case.saw) for case in record.cases if case.verdict is Verdict.FAIL] == []
