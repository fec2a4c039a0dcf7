"""The experiments of a probe, spread over lanes; each begins on a target without a past.

The one rule: an experiment that cannot be brought to its end leaves what it has found, and says of the rest why nothing
is known. What the harness itself stood still over is played once more.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from harness.core.probing.experiments import EXPERIMENTS
from harness.core.probing.experiments.settling import NotServedError
from harness.core.probing.facts import Notes
from harness.core.probing.moves import Moves
from harness.drivers.probing.prober import Prober
from harness.drivers.probing.settings import ProbeSettings
from harness.errors import HarnessError
from harness.shell.playing.lane import Lane
from harness.shell.watching.punctual import Lateness

_TOO_LATE_S: Final = 0.25
_TRIES: Final = 2


async def run(lanes: Sequence[Lane], settings: ProbeSettings) -> None:
    """Make the experiments; what they find goes to `settings.notes`."""
    waiting = deque(settings.experiments)
    lateness = Lateness()
    async with lateness.watching(), asyncio.TaskGroup() as group:
        for lane in lanes[: len(waiting)]:
            group.create_task(_one_by_one(waiting, lane, lateness, settings))


async def _one_by_one(waiting: deque[str], lane: Lane, lateness: Lateness, settings: ProbeSettings) -> None:
    while waiting:
        name = waiting.popleft()
        began_s = time.monotonic()
        for attempt in range(1, _TRIES + 1):
            tried_s = time.monotonic()
            notes, asked = await _made(name, lane, lateness, settings, attempt)
            late_s = lateness.worst_since(tried_s)
            if late_s < _TOO_LATE_S:
                break
        settings.notes.take(notes)
        told = f"; the harness itself was late by {late_s:.1f} s" if late_s >= _TOO_LATE_S else ""
        settings.say(f"{name}: {asked} questions in {time.monotonic() - began_s:.1f} s{told}")


async def _made(name: str, lane: Lane, lateness: Lateness, settings: ProbeSettings, attempt: int) -> tuple[Notes, int]:
    experiment, notes = EXPERIMENTS[name], Notes()
    nonces = f"{name}-{attempt}" if attempt > 1 else name
    prober = Prober(lane, seed=settings.seed, name=nonces, late_since=lateness.worst_since)
    why = "it was not looked at"
    try:
        async with asyncio.timeout(settings.most_s):
            await _played(experiment.begin(settings.terms, notes), prober)
    except TimeoutError:
        why = f"there was no time for it within {settings.most_s:g} s"
    except NotServedError as error:
        why = str(error)
    except HarnessError as error:
        why = " ".join(str(error).split())
    notes.missing(experiment.keys, settings.redactor.text(why))
    return notes, prober.asked


async def _played(moves: Moves, prober: Prober) -> None:
    """Play every move and send back what was seen, until the experiment is over."""
    try:
        with suppress(StopIteration):
            move = next(moves)
            while True:
                move = moves.send(await prober.play(move))
    finally:
        moves.close()
