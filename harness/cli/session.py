"""A run performed: lanes started, cases judged, signals heeded, reports written.

The one rule: whatever has been judged is written, also when the run is stopped half-way or something breaks.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness import __version__
from harness.cli.progress import RunProgress
from harness.cli.stopping import Stopping
from harness.core.placeholders import names_in
from harness.core.redact import Redactor
from harness.core.result import unrun
from harness.core.target_file import TargetFile
from harness.drivers import conformance
from harness.drivers.conformance import Conformance
from harness.errors import HarnessError, UsageError
from harness.shell.asker import Asker
from harness.shell.lane import Lane
from harness.shell.loop import run as run_loop
from harness.shell.punctual import punctually
from harness.shell.report_folder import write_reports
from reports.record import CaseResult, RunRecord, Target, Verdict
from scenarios.case import Case
from scenarios.profiles import PROFILES


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What is to be run. `target_spec` and `target_options` are the target as the user named it, `jobs` the most lanes,
    `out` the folder of the reports."""

    target_spec: str
    target_options: tuple[str, ...] = ()
    target: TargetFile
    cases: tuple[Case, ...]
    seed: int
    profile: str
    jobs: int | None
    out: Path
    upstream_port: int = 0

    @property
    def lanes(self) -> int:
        """How many targets run at once; what has but one port, on either side, runs once."""
        if self.target.command is None or "port" not in names_in(self.target.url) or self.upstream_port:
            return 1
        disturbing = sum(case.disturbs for case in self.cases)
        return min(self.jobs or PROFILES[self.profile].lanes, 1 + disturbing)


def perform(session: Session, *, quiet: bool) -> RunRecord:
    """Run the cases, write the reports and return the record.

    Raises:
        HarnessError: nothing could be judged at all; the reports say so as well.
    """
    _make_folder(session.out)
    started_at, started_s = datetime.now(UTC), time.monotonic()
    results: dict[str, CaseResult] = {}
    failure: Exception | None = None
    url = session.target.url
    with RunProgress(len(session.cases), quiet=quiet) as progress:
        stopping = Stopping(
            lambda name: progress.say(f"{name}: ending the run (once more: without patience for the target)")
        )

        def on_result(result: CaseResult) -> None:
            results[result.id] = result
            progress.done(result)

        def on_start(where: str) -> None:
            nonlocal url
            url = where

        with stopping.instead_of_dying():
            try:
                run_loop(_run(session, stopping, progress, on_start=on_start, on_result=on_result))
            except asyncio.CancelledError:
                cause = f"the run was stopped by {stopping.signal_name} before this was judged"
            except Exception as error:  # noqa: BLE001 - raised again below, once what there is has been written
                failure, cause = error, f"the run broke off before this was judged: {error}"
            cases = [
                results.get(case.id) or unrun(case, Verdict.INCONCLUSIVE, cause)  # a run that ended has all results
                for case in session.cases
            ]
            record = RunRecord.of(
                edgeproof=__version__,
                seed=session.seed,
                profile=session.profile,
                target=_described(session.target, url),
                started_at=started_at,
                duration_s=round(time.monotonic() - started_s, 3),
                cases=cases,
            )
            _write(record, session.out)
    if failure is not None:
        raise failure
    return record


async def _run(
    session: Session,
    stopping: Stopping,
    progress: RunProgress,
    *,
    on_start: Callable[[str], None],
    on_result: Callable[[CaseResult], None],
) -> None:
    name = session.target.name
    lanes = [
        Lane(session.target, seed=session.seed, logs=session.out / "logs" / str(index), upstream_port=port)
        for index, port in enumerate([session.upstream_port] * session.lanes, start=1)
    ]
    with stopping.cancelling_this_task():
        async with AsyncExitStack() as stack:
            verb = "starting" if session.target.command else "attaching to"
            progress.say(f"{verb} {name}" + (f" on {len(lanes)} ports" if len(lanes) > 1 else ""))
            await _enter(lanes, stack)
            on_start(lanes[0].url)
            await Asker(lanes[0], seed=session.seed).check_wiring()
            progress.say(f"judging {name}, seed {session.seed}")
            hidden = [secret for lane in lanes for secret in lane.hidden]
            settings = Conformance(
                seed=session.seed,
                target_spec=session.target_spec,
                target_options=session.target_options,
                redactor=Redactor(hidden),
                on_result=on_result,
            )
            with punctually():
                await conformance.run(session.cases, lanes, settings)


async def _enter(lanes: list[Lane], stack: AsyncExitStack) -> None:
    """Start all lanes at once; when one fails, the others have been ended before its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(stack.enter_async_context(lane))
    except* HarnessError as errors:
        raise errors.exceptions[0] from None


def _described(target: TargetFile, url: str) -> Target:
    claims = {name: value for name, value in asdict(target.capabilities).items() if value}
    return Target(name=target.name, url=url, command=target.command or (), capabilities=claims)


def _make_folder(folder: Path) -> None:
    """Make sure that reports can be written before anything is run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


def _write(record: RunRecord, folder: Path) -> None:
    try:
        write_reports(record, folder)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        f"reports cannot be written to {folder}", evidence=error.strerror or str(error), next_step="give another --out"
    )
