"""The correct Worker is blamed for nothing; every wrong one is caught by its own invariant. On real workerd."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from harness.core.target.file import TargetFile
from reports.record import CaseResult, Verdict
from tests.targets.trial import UNJUDGED, by_id, few_at_a_time
from tests.targets.workers.defects import DEFECTS, bound, worker

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

NAMES = tuple(sorted(DEFECTS))
_BATCH = 24
RIGHT: dict[str, Callable[[], TargetFile]] = {
    "with Workers KV": worker,
    "with the Cache API": partial(bound, "cache"),
    "with a bucket": partial(bound, "r2"),
}


@pytest.mark.parametrize("kind", RIGHT)
def test_the_right_worker_is_blamed_for_nothing(tmp_path: Path, kind: str) -> None:
    cases = sorted({case for defect in DEFECTS.values() for case in defect.cases})

    results = by_id(RIGHT[kind](), ",".join(cases), tmp_path).values()

    wrong = {result.id: [str(finding) for finding in result.findings] for result in results if result.findings}
    assert wrong == {}
    assert {result.id: result.cause for result in results if result.verdict in UNJUDGED} == {}
    assert Verdict.PASS in {result.verdict for result in results if result.id.startswith("bindings.")}


@cache
def _judged(names: tuple[str, ...]) -> dict[str, list[CaseResult]]:
    """Judge wrong Workers a few at a time: many wait, as they should not."""
    with TemporaryDirectory(prefix="edgeproof-test-") as logs:
        return few_at_a_time({name: (worker(name), ",".join(DEFECTS[name].cases)) for name in names}, Path(logs))


def _broken(results: list[CaseResult]) -> set[str]:
    return {finding.invariant for result in results for finding in result.findings}


@pytest.mark.parametrize("name", NAMES)
def test_every_wrong_worker_is_caught_by_its_own_invariant(name: str) -> None:
    first = NAMES.index(name) // _BATCH * _BATCH

    results = _judged(NAMES[first : first + _BATCH])[name]
    if DEFECTS[name].invariant not in _broken(results):  # beside others it may have stored too late to be asked again
        results = _judged((name,))[name]

    found = _broken(results)
    told = {result.id: (result.verdict, result.cause, result.saw) for result in results}
    assert DEFECTS[name].invariant in found, told
