"""A run performed: suites played, signals heeded, reports written.

The one rule: whatever has been judged is written, also when the run is stopped half-way or something breaks.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from harness import __version__
from harness.cli.live.audience import NOBODY, Audience
from harness.cli.outlets.events import EventLog
from harness.cli.outlets.following import Following
from harness.cli.running.progress import RunProgress
from harness.cli.running.session import Session
from harness.cli.running.stage import Stage
from harness.cli.running.suites import play
from harness.cli.stopping import Stopping
from harness.core.judging.claims import with_absent_claims
from harness.core.judging.recorded.held_to import with_claims
from harness.core.judging.result import unrun
from harness.core.run.gate import gated
from harness.core.run.left_out import FOR_LONGER, left_out
from harness.core.run.stability import settle
from harness.core.target.claims import Capabilities
from harness.core.target.coverage import section
from harness.core.target.file import TargetFile
from harness.errors import UsageError
from harness.shell.loop import run as run_loop
from harness.shell.playing.report_folder import write_reports
from harness.shell.target.coverage import TargetCoverage
from harness.shell.target.revision import NO_REVISION, Revision, revision_of
from harness.shell.target.worker.coverage.measured import WorkerCoverage
from reports.causes import explained
from reports.record import RunRecord, Target, Verdict

_CLAIMS: Final = TypeAdapter(Capabilities)


def perform(session: Session, *, quiet: bool, audience: Audience = NOBODY) -> RunRecord:
    """Run the cases, write the reports and return the record; the audience hears of all of it as it happens.

    Raises:
        HarnessError: nothing could be judged at all; the reports say so as well.
    """
    make_folder(session.out)
    revision = revision_of(session.target.here)
    started_at, started_s = datetime.now(UTC), time.monotonic()
    events = EventLog.open(session.events, started_s=started_s)
    audiences = (events, audience)
    for each in audiences:
        each.start(session, started_at=started_at)
    failure: Exception | None = None
    planned = session.planned
    with RunProgress([case.id for _, case in planned], rounds=session.repeat, quiet=quiet) as progress:
        following = Following(progress=progress, audiences=audiences, url=session.target.url)
        rounds = following.rounds
        stopping = Stopping(following.stopping)
        stage = Stage(
            session=session,
            say=following.say,
            on_start=following.began,
            on_result=following.judged,
            on_round=following.begin_round,
            on_played=following.played,
            on_sample=None if audience is NOBODY else audience.load,
        )
        cause, stopped = "", ""
        with stopping.instead_of_dying():
            try:
                run_loop(_run(stage, stopping))
            except asyncio.CancelledError:
                stopped = stopping.signal_name
                cause = f"the run was stopped by {stopped} before this was judged"
            except Exception as error:  # noqa: BLE001 - raised again below, once what there is has been written
                failure, cause = error, f"the run broke off before this was judged: {error}"
            if not rounds:
                rounds.append({})
            for results in rounds:
                for suite, case in planned:
                    if case.id not in results:
                        why = cause or stage.causes.get(suite, "")
                        results[case.id] = unrun(case, Verdict.INCONCLUSIVE, why, suite=suite)
            settled, stability = settle(rounds)
            told = [*(settled.pop(case.id) for _, case in planned), *settled.values()]
            cases = with_claims(with_absent_claims(told))
            rows = left_out(cases)
            if rows or session.for_longer:
                stage.sections["not_judged"] = {
                    **({"run_takes_at_most_s": session.amount.total_s, "reasons": rows} if rows else {}),
                    **({FOR_LONGER: session.for_longer} if session.for_longer else {}),
                }
            unexplained = RunRecord.of(
                edgeproof=__version__,
                seed=session.seed,
                profile=session.profile,
                target=described(session.target, following.url, revision),
                started_at=started_at,
                duration_s=round(time.monotonic() - started_s, 3),
                clock_s=started_s,
                cases=cases,
                stability=stability,
                shard=session.shard,
                **stage.sections,
            )
            record = gated(explained(unexplained), session.held_to, stopped=stopped)
            write(record, session.out, also=session.formats)
            for each in audiences:
                each.end(record, error=str(failure or ""))
    if failure is not None:
        raise failure
    return record


async def _run(stage: Stage, stopping: Stopping) -> None:
    """Play the suites; what they have reached of the target's code is told also when they are stopped."""
    session = stage.session
    cover = _coverage(session) if session.cov else None
    if cover:
        stage.watch, stage.measured = cover.env, cover.target
    try:
        with stopping.cancelling_this_task():
            await play(stage)
    finally:
        if cover:
            stage.say("collecting the target's coverage")
            reached = section(
                await cover.collect(),
                fail_under=session.cov_fail_under,
                loaded_alone=isinstance(cover, TargetCoverage) and cover.counts_loaded_files_alone,
            )
            stage.sections["coverage"] = {**stage.sections.get("coverage", {}), "target": reached}


def _coverage(session: Session) -> TargetCoverage | WorkerCoverage:
    folder = session.out / "coverage"
    return WorkerCoverage(session.counted, folder) if session.counted else TargetCoverage(session.target, folder)


def described(target: TargetFile, url: str, revision: Revision = NO_REVISION) -> Target:
    """Return what a record says of a target."""
    told = _CLAIMS.dump_python(target.capabilities, mode="json", exclude_none=True)
    claims = {name: value for name, value in told.items() if value}
    return Target(
        name=target.name,
        version=target.version or "",
        revision=revision.commit,
        revision_dirty=revision.dirty,
        url=url,
        command=target.command or (),
        capabilities=claims,
        file=target.file,
        lines=dict(target.lines) if target.file else {},
    )


def make_folder(folder: Path) -> None:
    """Make sure that reports can be written before anything is run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


def write(record: RunRecord, folder: Path, *, also: Iterable[str] = ()) -> None:
    """Write every report of a record, and the forms that are asked for besides."""
    try:
        write_reports(record, folder, also=also)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        f"reports cannot be written to {folder}", evidence=error.strerror or str(error), next_step="give another --out"
    )
