"""Walks on real targets: a right one is walked through, a wrong one is found out by its plain model."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.target.claims import Cache, Capabilities, RateLimit
from harness.core.target.file import TargetFile
from harness.drivers.properties.ground import Ground
from harness.drivers.properties.walks import walk
from harness.shell.target.targets import load
from scenarios.case import Case
from scenarios.searching.properties import BREAKER, CACHE, RATE, UPSTREAM
from tests.harness.drivers.properties.grounds import ground, settings
from tests.targets.trial import right, wrong

LIMITED = load(str(right("pipe").parent / "limited-reference.toml"))
UNLIMITED = replace(load(str(right("pipe"))), capabilities=Capabilities(rate_limit=RateLimit(per_minute=5)))
UNKEPT = replace(load(str(right("pipe"))), capabilities=Capabilities(cache=Cache(ttl_s=2.0)))
_LOOK_S = 3.0
"""Enough for walks in which nothing is to be found."""
_SEARCH_S = 6.0
_WITH_RESTS_S = 30.0
"""A search in which every case waits for a breaker once or twice."""


async def walked(
    case: Case, target: TargetFile, folder: Path, *, search_s: float = _SEARCH_S, until: str = ""
) -> Ground:
    """Walk until the time is over, or an invariant is seen broken."""

    def look(*_: object) -> None:
        if until in broken(on):
            on.stop()

    async with ground(target, folder, ends_s=time.monotonic() + search_s) as on:
        on.on_view = look
        await on.work(lambda: walk(case, on, own=settings(target, folder, [])))
    return on


def broken(on: Ground) -> set[str]:
    return {key[0] for key, _ in on.failures}


@pytest.mark.parametrize(
    ("case", "target"),
    [
        (RATE, LIMITED),
        (CACHE, load(str(right("cache")))),
        (UPSTREAM, load(str(right("parser")))),
        (BREAKER, load(str(right("parser")))),
    ],
    ids=["a limit", "a cache", "retries", "a breaker"],
)
async def test_a_right_target_does_what_the_plain_model_does(case: Case, target: TargetFile, tmp_path: Path) -> None:
    on = await walked(case, target, tmp_path, search_s=_LOOK_S)

    assert on.cases > 0
    assert [key for key, _ in on.failures] == []


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("case", "target", "invariant"),
    [
        (RATE, UNLIMITED, "request-limits"),
        (CACHE, UNKEPT, "cache-hit-equal"),
        (BREAKER, wrong("loses-its-probe"), "breaker-recovers"),
    ],
    ids=["no limit at all", "no cache at all", "a probe that is lost"],
)
async def test_what_is_claimed_and_absent_is_found(
    case: Case, target: TargetFile, invariant: str, tmp_path: Path
) -> None:
    search_s = _SEARCH_S if case is not BREAKER else _WITH_RESTS_S

    on = await walked(case, target, tmp_path, search_s=search_s, until=invariant)

    assert invariant in broken(on)
