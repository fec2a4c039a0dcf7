"""A chaos run performed: a gateway and a target started, signals heeded, events and reports written.

The one rule: nothing is injected before the steady state holds, and whatever ends the run, the plan is taken away
first.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from harness import __version__
from harness.cli.chaotic.behind import Place
from harness.cli.chaotic.smallest import NOT_SHRUNK, shrink
from harness.cli.chaotic.telling import results_of
from harness.cli.outlets.events import EventLog
from harness.cli.output import tell
from harness.cli.running.perform import described, write
from harness.cli.stopping import Stopping
from harness.core.load.chaos.outcome import Outcome
from harness.core.load.chaos.phases import stretches
from harness.core.observed.redact import Redactor
from harness.core.run.gate import HELD_TO_ITS_MUST, gated
from harness.core.target.file import TargetFile
from harness.drivers.chaos import Chaos, ChaosSettings
from harness.errors import HarnessError
from harness.shell.loop import run as run_loop
from harness.shell.playing.asker import Asker
from harness.shell.playing.lane import Lane
from harness.shell.target.ports import free_port
from harness.shell.target.revision import revision_of
from harness.shell.watching.punctual import punctually
from reports.causes import explained
from reports.record import CaseResult, RunRecord

CLIENT_TOKEN: Final = "EDGEPROOF_CLIENT_TOKEN"  # noqa: S105 - the name of a variable
"""The variable of the environment that holds what {client_token} stands for, for a target that knows its clients."""
PROFILE: Final = "chaos"
_SUITE: Final = "chaos"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a chaos run is to do. `spec` is the target as the user named it, `again` the command that plays it again,
    `events` the file of its events."""

    target: TargetFile
    spec: str
    settings: ChaosSettings
    place: Place
    out: Path
    again: str
    events: str | None = None

    @property
    def planned(self) -> int:
        """How many parts are to be judged, as far as that is known before."""
        if not self.settings.injects:
            return 1
        lasts_s = self.settings.lasts_s
        return len(stretches(self.settings.plan, start_s=0.0, end_s=lasts_s, lasts_s=lasts_s)) + 2


def perform(run: Run) -> RunRecord:
    """Play a run, write its reports and return the record; its events are written as it goes on.

    Raises:
        HarnessError: the target or the gateway cannot be started or reached, or a signal came before that; the events
            say so as well.
    """
    revision = revision_of(run.target.here)
    started_at, started_s = datetime.now(UTC), time.monotonic()
    events = EventLog.open(run.events, started_s=started_s)
    events.begin(
        seed=run.settings.seed,
        profile=PROFILE,
        target=run.target.name,
        suites=(_SUITE,),
        planned=run.planned,
        rounds=1,
        started_at=started_at,
    )
    events.begin_round()

    def said(text: str) -> None:
        events.say(text)  # first, so that whoever reads the one finds the other
        tell(text)

    def stop(name: str) -> None:
        events.stopping(name)
        tell(f"{name}: reverting, then ending the run")

    stopping = Stopping(stop)
    run = replace(run, settings=replace(run.settings, say=said))

    def record_of(cases: list[CaseResult], url: str, found: Outcome | None) -> RunRecord:
        record = RunRecord.of(
            edgeproof=__version__,
            seed=run.settings.seed,
            profile=PROFILE,
            target=described(run.target, url, revision),
            started_at=started_at,
            duration_s=round(time.monotonic() - started_s, 3),
            cases=cases,
            chaos=found.section if found else None,
        )
        return gated(explained(record), HELD_TO_ITS_MUST, stopped=stopping.signal_name)

    try:
        with stopping.instead_of_dying(), punctually():
            found, url = run_loop(_play(run, events, stopping))
    except asyncio.CancelledError:
        told = f"{stopping.signal_name} ended the run before anything was judged"
        events.end(record_of([], run.target.url, None), error=told)
        raise HarnessError(told) from None
    except Exception as error:
        events.end(record_of([], run.target.url, None), error=" ".join(str(error).split()))
        raise
    record = record_of(results_of(found.parts, run.again), url, found)
    for case in record.cases:
        events.case(case)
    write(record, run.out)
    events.end(record)
    return record


async def _play(run: Run, events: EventLog, stopping: Stopping) -> tuple[Outcome, str]:
    target, settings, place = run.target, run.settings, run.place
    port, folder = free_port(), run.out / "logs" / "chaos"
    starts_it = target.command is not None
    played: list[tuple[Outcome, str]] = []
    try:
        with stopping.cancelling_this_task():
            async with AsyncExitStack() as stack:
                behind = await stack.enter_async_context(
                    place.taken(
                        mock=f"http://127.0.0.1:{port}",
                        seed=settings.seed,
                        caps=settings.caps,
                        folder=folder,
                        is_alone=starts_it,
                    )
                )
                lane = Lane(
                    target,
                    seed=settings.seed,
                    logs=folder,
                    upstream_port=port,
                    upstream_url=behind.url,
                    client_token=os.environ.get(CLIENT_TOKEN, ""),
                )
                await stack.enter_async_context(lane)
                events.target(lane.url)
                settings.say(
                    f"chaos: judging {target.name}; gateway {behind.url}, upstream {behind.upstream}, "
                    f"seed {settings.seed}"
                )
                # What has another upstream shows in the steady state what it lacks.
                if starts_it and place.asks_the_mock:
                    await Asker(lane, seed=settings.seed).check_wiring()
                chaos = Chaos(
                    lane=lane,
                    controller=behind.controller,
                    settings=replace(settings, redactor=Redactor(lane.hidden)),
                )
                played.append((await chaos.play(), lane.url))
    except asyncio.CancelledError:
        if not played:
            raise
        # All has been judged: the signal only made the ending of target and gateway shorter.
    found, url = played[0]
    if found.has_failed and not stopping.signal_name:
        if starts_it:
            with stopping.cancelling_this_task(), suppress(asyncio.CancelledError):
                await shrink(target, found, settings, run.out, run.spec)
        else:
            found.section["smallest"] = NOT_SHRUNK
    return found, url
