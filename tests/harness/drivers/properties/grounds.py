"""A ground for searches in tests: one lane, and what is needed around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path

from harness.core.judging import models
from harness.core.judging.failures import Failures
from harness.core.judging.resilience import Coverage, reach_of
from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.drivers.properties.ground import Ground
from harness.drivers.properties.settings import PropertySettings
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials
from harness.shell.watching.punctual import Lateness
from reports.record import CaseResult

SEED = 7


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
