"""A claimed rate limit: a right one is silent, one that counts attempts or what it refused is caught."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
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
PLAYED: Mapping[str, str] = {"right": f"{SOON},{LATER}", "counts-attempts": SOON, "counts-refused": LATER}
"""By which cases each kind of limiter is judged."""


@cache
def _judged() -> dict[str, dict[str, CaseResult]]:
    """Judge all of them side by side, since they mostly wait for a limit to be over."""
    with TemporaryDirectory(prefix="edgeproof-test-") as logs, ThreadPoolExecutor(len(PLAYED)) as threads:
        found = threads.map(lambda name: by_id(limited(name), PLAYED[name], Path(logs, name), lanes=3), PLAYED)
        return dict(zip(PLAYED, found, strict=True))


def _told(name: str) -> dict[str, Verdict]:
    return {each: result.verdict for each, result in _judged()[name].items() if result.verdict is not Verdict.PASS}


def test_a_right_limiter_is_silent() -> None:
    assert _told("right") == {}


def test_one_that_counts_attempts_is_caught() -> None:
    assert _told("counts-attempts") == {"limits.failed-requests-count-once": Verdict.FAIL}


def test_one_that_counts_what_it_refused_is_caught() -> None:
    assert _told("counts-refused") == {"limits.declined-requests-do-not-count-on": Verdict.NON_STRICT}


def test_every_kind_is_judged() -> None:
    assert set(KINDS) == set(PLAYED)
