"""What failed in a chaos run, made small and put where a report looks for it.

The one rule: it is done on the mock and a target started for it, never on the system that was judged.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from harness.cli.running.session import REGRESSIONS
from harness.core.load.chaos.outcome import Outcome
from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.drivers.chaos import ChaosSettings
from harness.drivers.chaos.shrinking import Shrinking
from harness.shell.playing.lane import Lane
from harness.shell.watching.punctual import Lateness

NOT_SHRUNK: Final = (
    "the failure was not minimized: a target that is already running cannot be connected to the mock; give its file a "
    "command for that"
)


async def shrink(target: TargetFile, found: Outcome, settings: ChaosSettings, out: Path, spec: str) -> None:
    """Look for the smallest plan that fails on the mock, and put it into the section."""
    settings.say("chaos: minimizing the failure, on the mock")
    late = Lateness()
    async with Lane(target, seed=settings.seed, logs=out / "logs" / "mock") as lane, late.watching():
        shrinking = Shrinking(
            lane=lane,
            seed=settings.seed,
            prompt=settings.prompt,
            redactor=Redactor(lane.hidden),
            folder=out / REGRESSIONS,
            lateness=late,
        )
        small = await shrinking.shrink(found.answers)
    told_of = None
    if small is not None:
        words_again = ["edgeproof", "replay", str(small.path)]
        words_again += [] if spec == "reference" else ["--target", spec]
        told_of = {"invariant": small.invariant, "faults": small.faults, "replay": shlex.join(words_again)}
    found.section["smallest"] = told_of or "the failure does not occur on the mock with one request at a time"
