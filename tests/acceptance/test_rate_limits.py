"""A claimed rate limit: a right one is silent, one that counts attempts or what it refused is caught."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from reports.record import CaseResult, Verdict
from tests.targets.limited import KINDS, limited
from tests.targets.trial import by_id

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

SOON = "limits.*-requests-count-once"
LATER = "limits.declined-requests-do-not-count-on"
"""It waits for a minute."""


@cache
def _judged(name: str, cases: str) -> dict[str, CaseResult]:
    with TemporaryDirectory(prefix="edgeproof-test-") as logs:
        return by_id(limited(name), cases, Path(logs), lanes=3)


def _told(name: str, cases: str) -> dict[str, Verdict]:
    found = _judged(name, cases)
    return {each: result.verdict for each, result in found.items() if result.verdict is not Verdict.PASS}


def test_a_right_limiter_is_silent() -> None:
    assert _told("right", f"{SOON},{LATER}") == {}


def test_one_that_counts_attempts_is_caught() -> None:
    assert _told("counts-attempts", SOON) == {"limits.failed-requests-count-once": Verdict.FAIL}


def test_one_that_counts_what_it_refused_is_caught() -> None:
    assert _told("counts-refused", LATER) == {"limits.declined-requests-do-not-count-on": Verdict.NON_STRICT}


def test_every_kind_is_judged() -> None:
    assert set(KINDS) == {"right", "counts-attempts", "counts-refused"}
