"""The correct proxy that keeps conversations is blamed for nothing; every wrong one is caught by its own invariant."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from harness.core.judging.invariants import ALL
from reports.record import CaseResult, Level, Verdict
from scenarios.index import select
from tests.targets.talking.__main__ import KINDS
from tests.targets.talking.defects import DEFECTS, otherwise, right, wrong
from tests.targets.trial import by_id, few_at_a_time

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

EVERY = "sessions.*,websocket.*"
LATE = {"sessions.goes-on-at-once", "sessions.thirty-turns"}
"""Cases that go on at once. On a slow machine a moment may have passed by then, so that nothing is late."""
BROADCAST = {"websocket.heard-by-others", "websocket.heard-by-another-caller"}


@cache
def _judged() -> dict[str, list[CaseResult]]:
    with TemporaryDirectory(prefix="edgeproof-test-") as logs:
        targets = {name: (wrong(name), ",".join(defect.cases)) for name, defect in DEFECTS.items()}
        return few_at_a_time(targets, Path(logs))


def _heard(name: str) -> Iterator[tuple[str, Level]]:
    return ((finding.invariant, finding.level) for result in _judged()[name] for finding in result.findings)


def test_the_right_proxy_is_blamed_for_nothing(tmp_path: Path) -> None:
    results = by_id(right(), EVERY, tmp_path, lanes=3)

    assert {name: [str(each) for each in result.findings] for name, result in results.items() if result.findings} == {}
    assert {name: result.cause for name, result in results.items() if result.verdict is not Verdict.PASS} == {}
    assert len(results) == len(select(EVERY))


def test_a_right_proxy_that_decides_otherwise_is_at_most_late(tmp_path: Path) -> None:
    results = by_id(otherwise(), EVERY, tmp_path, lanes=3)

    told = {name: [str(each) for each in result.findings] for name, result in results.items() if result.findings}
    other = {name: result.verdict for name, result in results.items() if result.verdict is not Verdict.PASS}
    assert {*told} <= LATE, told
    assert {name for name, verdict in other.items() if verdict is Verdict.NOT_APPLICABLE} == BROADCAST
    assert {verdict for name, verdict in other.items() if name not in BROADCAST} <= {Verdict.NON_STRICT}, other


def test_every_kind_of_proxy_has_a_line_in_the_table_of_defects() -> None:
    assert {*KINDS} == {"right", "otherwise", *DEFECTS}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_wrong_proxy_is_caught_by_its_own_invariant(name: str) -> None:
    told = {result.id: (result.verdict, result.cause, result.saw) for result in _judged()[name]}

    assert (DEFECTS[name].invariant, ALL[DEFECTS[name].invariant].level) in set(_heard(name)), told


@pytest.mark.parametrize("name", DEFECTS)
def test_a_wrong_proxy_is_blamed_for_nothing_else(name: str) -> None:
    blamed = {invariant for invariant, level in _heard(name) if level is not Level.OBSERVE}

    assert blamed <= {DEFECTS[name].invariant, *DEFECTS[name].also}
