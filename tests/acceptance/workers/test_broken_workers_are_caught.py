"""The right Worker is blamed for nothing; every wrong one is caught by its own invariant. On real workerd."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from harness.core.target.file import TargetFile
from reports.record import Verdict
from tests.targets.trial import UNJUDGED, by_id
from tests.targets.workers.defects import DEFECTS, bound, worker

pytestmark = pytest.mark.acceptance


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


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_every_wrong_worker_is_caught_by_its_own_invariant(tmp_path: Path, name: str) -> None:
    defect = DEFECTS[name]

    results = by_id(worker(name), ",".join(defect.cases), tmp_path, lanes=1)

    found = {finding.invariant for result in results.values() for finding in result.findings}
    told = {case: (result.verdict, result.cause, result.saw) for case, result in results.items()}
    assert defect.invariant in found, told
