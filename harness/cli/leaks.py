"""`edgeproof leaks`: the leak suite alone, with its own knobs.

The one rule: the same scenarios, verdicts, reports and exit codes as in a run; only how much is played is the user's.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli.options import JsonOption, OwnedOption, ProfileOption, SeedOption, TargetOption, VerboseOption
from harness.cli.outlets.events import STDOUT, EventsOption, require_room
from harness.cli.output import print_json, results, tell
from harness.cli.running.perform import perform
from harness.cli.running.session import LeakPlan, Session
from harness.core.leaks.leak import Measure
from harness.core.run.gate import exit_code
from harness.core.statistics.slope import fewest_points
from harness.core.target.file import TargetFile, require_permission
from harness.errors import UsageError
from harness.shell.target.targets import load
from harness.shell.target.worker.ready import made_ready
from reports import terminal
from reports.record import RunRecord, Verdict
from scenarios.leaks import SCENARIOS, select
from scenarios.profiles import PROFILES

_FEWEST_ROUNDS = fewest_points() - 1

OnlyOption = Annotated[
    str, typer.Option("--only", metavar="GLOB", help="Only these scenarios, as in 'cut,client-*'; with commas.")
]
RoundsOption = Annotated[
    int | None,
    typer.Option(
        "--rounds", metavar="N", min=_FEWEST_ROUNDS, help="Rounds of each scenario; more rounds show smaller leaks."
    ),
]
RequestsOption = Annotated[
    int | None,
    typer.Option("--requests", metavar="N", min=1, help="Requests per round; more requests show smaller leaks."),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the reports.")]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("leaks", rich_help_panel="Judge a proxy")(leaks)


def leaks(
    target: TargetOption = "reference",
    only: OnlyOption = "*",
    rounds: RoundsOption = None,
    requests: RequestsOption = None,
    profile: ProfileOption = "quick",
    seed: SeedOption = None,
    out: OutOption = Path("edgeproof-leaks"),
    json: JsonOption = False,
    verbose: VerboseOption = False,
    events: EventsOption = None,
    i_own_this_target: OwnedOption = False,
) -> None:
    """Find leaks: memory, descriptors, threads, tasks and upstream calls, scenario by scenario.

    The embedded reference proxy, and your own:

      edgeproof leaks
      edgeproof leaks --target my-proxy.toml

    One scenario at length, for a leak of a few bytes:

      edgeproof leaks -t my-proxy.toml --only client-gone --rounds 60 --requests 100

    A proxy in Python is traced from inside, unchanged, and the lines that
    leak are named. On Node and workerd, memory is what is left after a
    forced garbage collection. Elsewhere it is what the system counts, and
    growth that garbage could explain is inconclusive.

    Exit code: 0 nothing leaks, 1 something does, 2 usage, 3 inconclusive.
    """
    if profile not in PROFILES:
        raise UsageError(f"there is no profile called {profile!r}", next_step=f"there are: {', '.join(PROFILES)}")
    require_room(events, json=json)
    scenarios = select(only)
    if not scenarios:
        names = ", ".join(item.name for item in SCENARIOS)
        raise UsageError(f"no leak scenario matches {only!r}", next_step=f"there are: {names}")
    session = Session(
        target_spec=target,
        target_options=("--i-own-this-target",) if i_own_this_target else (),
        target=_loaded(target, owned=i_own_this_target),
        suites=("leaks",),
        cases=(),
        seed=secrets.randbelow(2**31) if seed is None else seed,
        profile=profile,
        whole=True,
        jobs=None,
        out=out,
        leaks=LeakPlan(scenarios=scenarios, rounds=rounds, requests=requests),
        events=events,
    )
    record = perform(session, quiet=json)
    if json:
        print_json(record.to_json())
    elif events != STDOUT:
        with results() as console:
            if verbose:
                terminal.render(record, console, verbose=True, page=out / "index.html")
            else:
                terminal.render_verdict(record, console)
                _render(record, console)
                console.print(f"\nreport: {out / 'index.html'}", markup=False, soft_wrap=True)
    raise typer.Exit(exit_code(record))


def _loaded(spec: str, *, owned: bool) -> TargetFile:
    target = made_ready(load(spec), say=tell)
    require_permission(target, owned=owned)
    if target.command is None:
        raise UsageError(
            f"{target.name} is already running, so what its process holds cannot be measured",
            evidence="target.command is not set",
            next_step="add target.command, so that edgeproof starts it",
        )
    return target


def _render(record: RunRecord, console: Console) -> None:
    scenarios: dict[str, Any] = dict(record.leaks).get("scenarios") or {}  # type: ignore[assignment]
    by_id = {each["id"]: each for each in scenarios.values()}
    table = Table(box=None, pad_edge=False)
    for name in ("scenario", "verdict", "a request leaves", "between", "requests"):
        table.add_column(name, no_wrap=name == "scenario")
    for case in record.cases:
        row = _row(by_id[case.id]) if case.id in by_id else ("-", "-", "-")
        style = "bold red" if case.verdict is Verdict.FAIL else ""
        table.add_row(case.id, Text(str(case.verdict), style=style), *row)
    console.print(table)
    for case in record.cases:
        for finding in case.findings:
            console.print(f"\n{finding.message}  [{finding.invariant}]", markup=False, soft_wrap=True)
            for line in finding.evidence:
                console.print(f"  {line}", markup=False, soft_wrap=True)
        if case.cause:
            console.print(f"\n{case.id}: {case.verdict}: {case.cause}", markup=False, soft_wrap=True)
    told = record.leaks.get("attribution")
    if told:
        console.print(f"\n{told}", markup=False, soft_wrap=True)


def _row(described: dict[str, Any]) -> tuple[str, str, str]:
    """Return what a request leaves of memory, its interval, and how many requests say so."""
    asked = described["samples"]["requests"]
    requests = str(asked[-1]) if asked else "-"
    for measure in (Measure.TRACED, Measure.UNIQUE):
        grown = described["growth"].get(str(measure))
        if grown and grown["per_request"] is not None:
            low, high = grown["low"], grown["high"]
            interval = "-" if low is None else f"{measure.amount(low)} and {measure.amount(high)}"
            return measure.amount(grown["per_request"]), interval, requests
    return "-", "-", requests
