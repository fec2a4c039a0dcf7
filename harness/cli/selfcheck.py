"""`edgeproof selfcheck`: does every invariant catch the defect it is there for?

The one rule: a survivor fails the check. It says that an invariant or a case is too weak, never that the mutant may go.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from harness.cli.options import JsonOption, SeedOption
from harness.cli.output import print_json, results, tell
from harness.cli.stopping import Stopping
from harness.core.judging.kill_matrix import KillMatrix, Trial
from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.drivers import conformance
from harness.drivers.conformance import Conformance
from harness.drivers.selfcheck import Judge, SelfCheck, run_clean, run_mutants
from harness.shell.loop import run as run_loop
from harness.shell.playing.lane import Lane
from harness.shell.target.targets import load
from reports.record import CaseResult
from scenarios.case import Case
from scenarios.mutants import Mutant, select

_INTERRUPTED = 130
_TOLD_EVERY = 10
_WIDE = 100
"""Columns of a terminal from which there is room for the invariants that blamed a mutant as well."""

MutantOption = Annotated[
    str, typer.Option("--mutant", metavar="GLOB", help="Only these mutants, as in 'key-*,never-opens'.")
]
JobsOption = Annotated[
    int,
    typer.Option("--jobs", "-j", metavar="N", envvar="EDGEPROOF_JOBS", min=1, max=16, help="Proxies that run at once."),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the kill matrix.")]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("selfcheck", rich_help_panel="Look after edgeproof")(selfcheck)


def selfcheck(
    mutant: MutantOption = "*",
    jobs: JobsOption = 4,
    seed: SeedOption = None,
    out: OutOption = Path("edgeproof-selfcheck"),
    json: JsonOption = False,
) -> None:
    """Check edgeproof itself: every known defect must be caught by its own invariant.

    All mutants of the reference proxy, and the proxy without a defect:

      edgeproof selfcheck

    Some of them, with the whole matrix as JSON:

      edgeproof selfcheck --mutant 'key-*' --json

    Exit code: 0 every mutant was killed and the clean proxy passed,
    1 a mutant survived or the clean proxy was blamed, 2 usage.
    """
    matrix = perform(
        select(mutant), seed=secrets.randbelow(2**31) if seed is None else seed, jobs=jobs, out=out, quiet=json
    )
    if matrix is None:
        raise typer.Exit(_INTERRUPTED)
    if json:
        print_json(matrix.to_json() + "\n")
    else:
        with results() as console:
            _render(matrix, console)
            console.print(f"matrix: {out / 'kill-matrix.md'}", markup=False, soft_wrap=True)
    raise typer.Exit(matrix.exit_code)


def perform(mutants: Sequence[Mutant], *, seed: int, jobs: int, out: Path, quiet: bool) -> KillMatrix | None:
    """Run the clean proxy and the mutants, write the matrix and return it; None when a signal stopped it."""
    out.mkdir(parents=True, exist_ok=True)
    say = (lambda _: None) if quiet else tell
    trials: dict[str, Trial] = {}

    def on_result(trial: Trial) -> None:
        trials[trial.mutant.id] = trial
        if not trial.killed:
            say(f"SURVIVED {trial.mutant.id}: {trial.why}")
        if len(trials) % _TOLD_EVERY == 0 or len(trials) == len(mutants):
            say(f"{len(trials)} of {len(mutants)} mutants")

    target = load("reference")
    others: dict[str, TargetFile] = {
        mutant.target: load(mutant.target) for mutant in mutants if mutant.target != target.name
    }
    settings = SelfCheck(
        target=target,
        others=others,
        seed=seed,
        jobs=jobs,
        logs=out / "logs",
        judge=_judge(target, seed),
        on_result=on_result,
    )
    stopping = Stopping(lambda name: say(f"{name}: ending the self-check"))

    async def both() -> tuple[CaseResult, ...]:
        with stopping.cancelling_this_task():
            say(f"judging the proxy without a defect, seed {seed}")
            clean = await run_clean(mutants, settings)
            say(f"judging {len(mutants)} mutants")
            await run_mutants(mutants, settings)
        return clean

    started_s = time.monotonic()
    with stopping.instead_of_dying():
        try:
            clean = run_loop(both())
        except asyncio.CancelledError:
            return None
    matrix = KillMatrix(
        seed=seed,
        duration_s=round(time.monotonic() - started_s, 1),
        clean=clean,
        trials=tuple(trials[mutant.id] for mutant in mutants),
    )
    (out / "kill-matrix.json").write_text(matrix.to_json() + "\n", encoding="utf-8")
    (out / "kill-matrix.md").write_text(matrix.to_markdown(), encoding="utf-8")
    return matrix


def _judge(target: TargetFile, seed: int) -> Judge:
    """Return how a run judges: by the conformance suite."""

    async def judge(cases: Sequence[Case], lanes: Sequence[Lane]) -> list[CaseResult]:
        found: list[CaseResult] = []
        hidden = [secret for lane in lanes for secret in lane.hidden]
        settings = Conformance(seed=seed, target_spec=target.name, redactor=Redactor(hidden), on_result=found.append)
        await conformance.run(cases, lanes, settings)
        return found

    return judge


def _render(matrix: KillMatrix, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    columns = ("mutant", "area", "killed by", "also blamed by")[: 4 if console.width >= _WIDE else 3]
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name == "mutant")
    for trial in matrix.ordered:
        own = trial.mutant.invariant
        others = ", ".join(name for name in trial.blamed if name != own)
        told = own if trial.killed else f"[bold red]survived[/bold red] {own}"
        table.add_row(*(trial.mutant.id, trial.mutant.area, told, others)[: len(columns)])
    console.print(table)
    for trial in matrix.survivors:
        console.print(f"\nSURVIVED {trial.mutant.id}: {trial.mutant.defect}", markup=False, soft_wrap=True)
        console.print(f"  {trial.why}", markup=False, soft_wrap=True)
    for result in matrix.blamed_clean:
        console.print(
            f"\nBLAMED WITHOUT A DEFECT {result.id}: {result.saw or result.cause}", markup=False, soft_wrap=True
        )
    console.print(f"\n{matrix.summary()}", markup=False, soft_wrap=True)
