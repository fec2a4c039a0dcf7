"""A claimed rate limit: a right one is silent, one that counts attempts or what it refused is caught."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from reports.record import CaseResult, Verdict
from tests.targets.limited import KINDS, limited
from tests.targets.trial import side_by_side

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

SOON = "limits.*-requests-count-once"
LATER = "limits.declined-requests-do-not-count-on"
"""It waits for a minute."""
JUDGED: Mapping[str, tuple[str, ...]] = {SOON: ("right", "counts-attempts"), LATER: ("right", "counts-refused")}
"""Which kinds of limiters are judged by which cases."""


@cache
def _judged(cases: str) -> dict[str, dict[str, CaseResult]]:
    """Judge limiters side by side, since they mostly wait; not by all cases at once, as starting targets is work."""
    with TemporaryDirectory(prefix="edgeproof-test-") as logs:
        return side_by_side({name: (limited(name), cases) for name in JUDGED[cases]}, Path(logs), lanes=1)


def _told(name: str, cases: str) -> dict[str, Verdict]:
    found = _judged(cases)[name]
    return {each: result.verdict for each, result in found.items() if result.verdict is not Verdict.PASS}


@pytest.mark.parametrize("cases", JUDGED)
def test_a_right_limiter_is_silent(cases: str) -> None:
    assert _told("right", cases) == {}


def test_one_that_counts_attempts_is_caught() -> None:
    assert _told("counts-attempts", SOON) == {"limits.failed-requests-count-once": Verdict.FAIL}


def test_one_that_counts_what_it_refused_is_caught() -> None:
    assert _told("counts-refused", LATER) == {"limits.declined-requests-do-not-count-on": Verdict.NON_STRICT}


def test_every_kind_is_judged() -> None:
    assert set(KINDS) == {name for names in JUDGED.values() for name in names}
