"""`edgeproof run` and `edgeproof replay`: the main job, from flags to files and an exit code.

The one rule: whatever has been judged is written, also when the run is stopped half-way.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import typer
from rich.console import Console

from harness import __version__
from harness.cli.progress import RunProgress
from harness.core.dialects import SUPPORTED
from harness.core.gate import exit_code
from harness.core.redact import Redactor
from harness.core.result import unrun
from harness.core.target_file import TargetFile, require_permission
from harness.drivers import conformance
from harness.drivers.conformance import Conformance
from harness.errors import UsageError
from harness.shell.lane import Lane
from harness.shell.loop import run as run_loop
from harness.shell.report_folder import write_reports
from harness.shell.targets import load
from reports import terminal
from reports.record import CaseResult, RunRecord, Target, Verdict, read
from scenarios.case import Case
from scenarios.index import select
from scenarios.profiles import PROFILES

SUITES = ("conformance",)
_LANES = 4
FailOn: TypeAlias = Literal["must", "should"]

TargetOption = Annotated[
    str,
    typer.Option(
        "--target", "-t", metavar="FILE|NAME", envvar="EDGEPROOF_TARGET", help="A target file, or `reference`."
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option("--seed", envvar="EDGEPROOF_SEED", min=0, help="Decides every draw; a fresh one when left out."),
]
OutOption = Annotated[Path, typer.Option("--out", envvar="EDGEPROOF_OUT", help="Folder for the reports.")]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", "-j", envvar="EDGEPROOF_JOBS", min=1, max=16, help="Targets at once, each on its own port."),
]
OwnedOption = Annotated[
    bool, typer.Option("--i-own-this-target", help="Allow a target that is not on this machine's loopback.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("run", rich_help_panel="Judge a proxy")(run)
    app.command("replay", rich_help_panel="Judge a proxy")(replay)


def run(
    target: TargetOption = "reference",
    suite: Annotated[str, typer.Option("--suite", help=f"Suites by name, with commas: {', '.join(SUITES)}.")] = "all",
    case: Annotated[str, typer.Option("--case", help="Only cases whose id matches, such as 'cache.*'.")] = "*",
    profile: Annotated[
        str,
        typer.Option("--profile", envvar="EDGEPROOF_PROFILE", help=f"{', '.join(PROFILES)}: how much and how long."),
    ] = "quick",
    seed: SeedOption = None,
    jobs: JobsOption = None,
    out: OutOption = Path("edgeproof-report"),
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", envvar="EDGEPROOF_FAIL_ON", help="What makes the exit code 1.")
    ] = "must",
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", help="A results.json; what failed there already does not fail this run."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the record as JSON instead of the summary.")] = False,
    upstream_port: Annotated[
        int, typer.Option("--upstream-port", min=0, max=65535, help="The mock's port, for a target that runs already.")
    ] = 0,
    i_own_this_target: OwnedOption = False,
) -> None:
    """Run the suites against a proxy and report.

    Examples:

      edgeproof run                                  the embedded reference proxy

      edgeproof run --target my-proxy.toml           your own, started or attached to

      edgeproof run -t my-proxy.toml --case 'cache.*' --seed 7
    """
    if suite != "all" and (unknown := [name for name in suite.split(",") if name not in SUITES]):
        raise UsageError(f"no suite is called {unknown[0]!r}", next_step=f"there is: {', '.join(SUITES)}")
    if profile not in PROFILES:
        raise UsageError(f"no profile is called {profile!r}", next_step=f"there are: {', '.join(PROFILES)}")
    known = read(baseline) if baseline else None
    chosen = tuple(item for item in select(case) if case != "*" or PROFILES[profile].includes(item))
    plan = _Plan(
        target_spec=target,
        target=_loaded(target, owned=i_own_this_target),
        cases=chosen,
        seed=secrets.randbelow(2**31) if seed is None else seed,
        profile=profile,
        jobs=jobs,
        out=out,
        upstream_port=upstream_port,
    )
    record = _perform(plan, quiet=json)
    if json:
        typer.echo(record.to_json(), nl=False)
    else:
        console = Console(highlight=False)
        terminal.render(record, console)
        console.print(f"report: {out / 'index.html'}", markup=False, soft_wrap=True)
    raise typer.Exit(exit_code(record, fail_on=fail_on, baseline=known))


def replay(
    case_id: Annotated[str, typer.Argument(metavar="ID", help="The case, as a report names it.")],
    target: TargetOption = "reference",
    seed: SeedOption = None,
    out: OutOption = Path("edgeproof-replay"),
    i_own_this_target: OwnedOption = False,
) -> None:
    """Run one case again, with the seed that the report names.

    Example: edgeproof replay endings.cut-by-reset --seed 7
    """
    run(target=target, case=case_id, seed=seed, jobs=1, out=out, i_own_this_target=i_own_this_target)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    target_spec: str
    target: TargetFile
    cases: tuple[Case, ...]
    seed: int
    profile: str
    jobs: int | None
    out: Path
    upstream_port: int = 0


def _loaded(spec: str, *, owned: bool) -> TargetFile:
    target = load(spec)
    require_permission(target, owned=owned)
    if target.chat.dialect not in SUPPORTED:
        raise UsageError(
            f"{spec}: chat.dialect {target.chat.dialect!r} cannot be judged yet",
            next_step=f"this version judges {' and '.join(SUPPORTED)}",
        )
    return target


def _perform(plan: _Plan, *, quiet: bool) -> RunRecord:
    results: list[CaseResult] = []
    started_at, started_s = datetime.now(UTC), time.monotonic()
    plan.out.mkdir(parents=True, exist_ok=True)
    interrupted = False
    url: list[str] = []
    with RunProgress(len(plan.cases), quiet=quiet) as progress:

        def on_result(result: CaseResult) -> None:
            results.append(result)
            progress.done(result)

        try:
            run_loop(_run(plan, on_result, progress, url))
        except (KeyboardInterrupt, asyncio.CancelledError):
            interrupted = True
    if interrupted:
        judged = {result.id for result in results}
        left = [case for case in plan.cases if case.id not in judged]
        results += [unrun(case, Verdict.INCONCLUSIVE, "the run was stopped before it was judged") for case in left]
    order = {case.id: index for index, case in enumerate(plan.cases)}
    record = RunRecord.of(
        edgeproof=__version__,
        seed=plan.seed,
        profile=plan.profile,
        target=_described(plan.target, url[0] if url else plan.target.url),
        started_at=started_at,
        duration_s=round(time.monotonic() - started_s, 3),
        cases=sorted(results, key=lambda result: order[result.id]),
    )
    write_reports(record, plan.out)
    return record


def _described(target: TargetFile, url: str) -> Target:
    claims: dict[str, Any] = {name: value for name, value in asdict(target.capabilities).items() if value}
    return Target(name=target.name, url=url, command=target.command or (), capabilities=claims)


async def _run(plan: _Plan, on_result: Any, progress: RunProgress, url: list[str]) -> None:  # noqa: ANN401
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    disturbing = sum(case.disturbs for case in plan.cases)
    wanted = plan.jobs or min(_LANES, 1 + disturbing)
    number = wanted if plan.target.command is not None else 1
    async with AsyncExitStack() as stack:
        progress.say(f"starting {plan.target.name}" + (f" on {number} ports" if number > 1 else ""))
        lanes = [
            Lane(plan.target, seed=plan.seed, logs=plan.out / "logs" / str(index), upstream_port=plan.upstream_port)
            for index in range(1, number + 1)
        ]
        await asyncio.gather(*(stack.enter_async_context(lane) for lane in lanes))
        url.append(lanes[0].url)
        progress.say(f"judging {plan.target.name}, seed {plan.seed}")
        await conformance.run(plan.cases, lanes, _settings(plan, lanes, on_result))


def _settings(plan: _Plan, lanes: Sequence[Lane], on_result: Any) -> Conformance:  # noqa: ANN401
    hidden = [secret for lane in lanes for secret in lane.hidden]
    return Conformance(seed=plan.seed, target_spec=plan.target_spec, redactor=Redactor(hidden), on_result=on_result)
