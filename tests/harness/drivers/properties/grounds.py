"""A ground for searches in tests: one lane, and what is needed around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path

from harness.core.judging import models
from harness.core.judging.failures import Failure, Failures
from harness.core.judging.resilience import Coverage, reach_of
from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.drivers.properties.ground import Ground
from harness.drivers.properties.settings import PropertySettings
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from harness.shell.watching.punctual import Lateness
from reports.record import CaseResult
from scenarios.case import Case

SEED = 7
PLAYS_AT_MOST = 10
"""How often a case is played until the harness has not stood still meanwhile: what it saw then proves nothing."""


def settings(target: TargetFile, folder: Path, results: list[CaseResult], **more: object) -> PropertySettings:
    """Return the settings of a quick run whose results end up in a list."""
    known: dict[str, object] = {
        "seed": SEED,
        "profile": "quick",
        "target_spec": target.name,
        "redactor": Redactor(),
        "on_result": results.append,
        "say": lambda _: None,
        "coverage": Coverage(reach_of(target)),
        "folder": folder / "regressions",
    }
    return PropertySettings(**{**known, **more})  # type: ignore[arg-type]  # each is of its field's type


@asynccontextmanager
async def ground(target: TargetFile, folder: Path, *, ends_s: float = inf) -> AsyncIterator[Ground]:
    """Start a target and return the ground on which it is searched."""
    lateness = Lateness()
    trials = Trials(
        seed=SEED,
        suite="properties",
        redactor=Redactor(),
        lateness=lateness,
        replay=lambda case: f"replay {case.id}",
        patience_s=60,
        also=models.check,
    )
    async with lateness.watching(), Lane(target, seed=SEED, logs=folder) as lane:
        yield Ground(
            lane=lane,
            trials=trials,
            loop=asyncio.get_running_loop(),
            failures=Failures(),
            on_view=lambda _case, _view: None,
            ends_s=ends_s,
        )


async def played(on: Ground, case: Case) -> Tried:
    """Play a case, again while the harness was late, and return what came of it."""
    for attempt in range(1, PLAYS_AT_MOST + 1):
        tried = await on.trials.once(case, on.lane, attempt=attempt)
        if not tried.is_doubtful:
            return tried
    raise AssertionError(f"the harness was late in each of {PLAYS_AT_MOST} plays")


async def broken(on: Ground, case: Case, invariant: str) -> Failure:
    """Examine a case, again while the harness was late, and return how it broke an invariant."""
    for _ in range(PLAYS_AT_MOST):
        await asyncio.to_thread(on.examine, case, kind="search")
        for key, examples in on.failures:
            if key[0] == invariant:
                return examples[0]
    raise AssertionError(f"{invariant} was not broken in {PLAYS_AT_MOST} plays")
