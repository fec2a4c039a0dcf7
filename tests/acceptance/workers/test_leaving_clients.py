"""Clients that leave a Worker on local workerd, which notices that only when it writes: nobody is blamed for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.judging.leaving import WHY_NOT
from reports.record import CaseResult, Verdict
from tests.targets.trial import by_id
from tests.targets.workers.defects import worker

pytestmark = pytest.mark.acceptance

ABOUT = "cancel-propagates"
COULD_KNOW = "cancel.after-three-events"
"""Upstream goes on for long enough to be written to whoever has left."""
COULD_NOT_KNOW = "cancel.before-the-head"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CaseResult]:
    return by_id(worker(), "cancel.*", tmp_path_factory.mktemp("leaving"))


def test_a_right_worker_is_blamed_for_no_client_that_left(results: dict[str, CaseResult]) -> None:
    told = [each.message for found in results.values() for each in found.findings if each.invariant == ABOUT]

    assert told == []
    assert {found.cause for found in results.values() if found.verdict is Verdict.NOT_APPLICABLE} >= {WHY_NOT}


def test_where_it_could_have_known_it_is_judged_and_elsewhere_that_is_told(results: dict[str, CaseResult]) -> None:
    assert results[COULD_KNOW].verdict is Verdict.PASS
    assert (results[COULD_NOT_KNOW].verdict, results[COULD_NOT_KNOW].cause) == (Verdict.NOT_APPLICABLE, WHY_NOT)


def test_one_that_reads_on_although_it_could_have_known_is_blamed(tmp_path: Path) -> None:
    found = by_id(worker("reads-on-alone"), f"{COULD_KNOW},{COULD_NOT_KNOW}", tmp_path)

    assert [each.invariant for each in found[COULD_KNOW].findings] == [ABOUT]
    assert found[COULD_NOT_KNOW].findings == ()
