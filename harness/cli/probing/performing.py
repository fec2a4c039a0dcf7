"""A probe performed: targets started, experiments made, signals heeded, files written.

The one rule: whatever was found is told, also when an experiment could not be made.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.cli.output import tell
from harness.cli.running.perform import make_folder
from harness.cli.stopping import Stopping
from harness.core.observed.redact import Redactor
from harness.core.probing.experiments import EXPERIMENTS
from harness.core.probing.facts import Notes
from harness.core.probing.outcome import Outcome, outcome
from harness.core.probing.table import toml
from harness.core.probing.terms import Bounds, Terms
from harness.core.target.file import TargetFile
from harness.drivers import probing
from harness.drivers.probing import ProbeSettings
from harness.errors import HarnessError
from harness.shell.loop import run as run_loop
from harness.shell.playing.asker import Asker
from harness.shell.playing.lane import Lane
from harness.shell.watching.punctual import punctually

_KEYS: Final = tuple(key for experiment in EXPERIMENTS.values() for key in experiment.keys)
_LONGEST_FIRST: Final = ("cache", "breaker", "retries", "total", "idle", "first-byte")
"""What takes longest begins first, so that the end waits for nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a probe is to do."""

    target: TargetFile
    experiments: tuple[str, ...]
    bounds: Bounds
    most_s: float
    jobs: int
    seed: int
    upstream_port: int
    out: Path


def perform(probe: Probe) -> Outcome:
    """Make the experiments, write what was found, and return it, also when a signal stops them.

    Raises:
        HarnessError: the target cannot be started or reached.
    """
    notes = Notes()
    started_s = time.monotonic()
    stopping = Stopping(lambda name: tell(f"{name}: ending the probe"))
    make_folder(probe.out)
    with stopping.instead_of_dying():
        try:
            run_loop(_made(probe, notes, probe.out / "logs", stopping))
        except asyncio.CancelledError:
            for name in probe.experiments:
                notes.missing(EXPERIMENTS[name].keys, f"{stopping.signal_name} ended the probe before it was looked at")
    found = outcome(
        notes,
        probe.target.capabilities,
        probe.target.limits,
        target=probe.target.name,
        seed=probe.seed,
        duration_s=round(time.monotonic() - started_s, 1),
        keys=_KEYS,
        stopped=stopping.signal_name,
    )
    (probe.out / "probe.json").write_text(found.to_json(), encoding="utf-8")
    (probe.out / "capabilities.toml").write_text(toml(found), encoding="utf-8")
    return found


async def _made(probe: Probe, notes: Notes, logs: Path, stopping: Stopping) -> None:
    target = probe.target
    most = min(probe.jobs, len(probe.experiments)) if target.command is not None else 1
    lanes = [
        Lane(target, seed=probe.seed, logs=logs / str(number), upstream_port=probe.upstream_port)
        for number in range(1, most + 1)
    ]
    with stopping.cancelling_this_task(), punctually():
        tell(f"starting {target.name} on {most} ports" if target.command else f"attaching to {target.name}")
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.TaskGroup() as group:
                    for lane in lanes:
                        group.create_task(stack.enter_async_context(lane))
            except* HarnessError as errors:
                raise errors.exceptions[0] from None
            await Asker(lanes[0], seed=probe.seed).check_wiring()
            tell(f"probing {target.name}: {len(probe.experiments)} experiments, seed {probe.seed}")
            settings = ProbeSettings(
                seed=probe.seed,
                terms=Terms(
                    bounds=probe.bounds,
                    restarts=target.command is not None,
                    tells_callers_apart=target.tells_callers_apart,
                ),
                experiments=sorted(probe.experiments, key=_place),
                redactor=Redactor([secret for lane in lanes for secret in lane.hidden]),
                notes=notes,
                say=tell,
                most_s=probe.most_s,
            )
            await probing.run(lanes, settings)


def _place(name: str) -> int:
    return _LONGEST_FIRST.index(name) if name in _LONGEST_FIRST else len(_LONGEST_FIRST)
