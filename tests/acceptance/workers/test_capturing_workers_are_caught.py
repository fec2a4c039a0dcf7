"""Workers that capture streams into R2, on real workerd: the right one is blamed for nothing, the wrong ones are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.record import Level, Verdict
from scenarios.index import select
from tests.targets.trial import judged
from tests.targets.workers.capturing.defects import DEFECTS, worker

pytestmark = pytest.mark.acceptance


def test_the_right_capturing_worker_is_blamed_for_nothing(tmp_path: Path) -> None:
    cases = select(",".join(sorted({case for defect in DEFECTS.values() for case in defect.cases})))

    results = judged(worker(), cases, tmp_path, lanes=2)

    wrong = {
        result.id: str(finding) for result in results for finding in result.findings if finding.level is Level.MUST
    }
    assert wrong == {}
    # What upstream sends behind an error is passed on as well; a call that ends at once shows nothing of leaving.
    assert {result.verdict for result in results} <= {Verdict.PASS, Verdict.NON_STRICT, Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_every_wrong_capturing_worker_is_caught_by_its_own_invariant(tmp_path: Path, name: str) -> None:
    defect = DEFECTS[name]

    results = judged(worker(name), select(",".join(defect.cases)), tmp_path, lanes=1)

    found = {finding.invariant for result in results for finding in result.findings}
    assert defect.invariant in found, json.dumps([result.model_dump(mode="json") for result in results])[:2000]
