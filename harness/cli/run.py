"""`edgeproof run` and `edgeproof replay`: from flags to a session, and from its record to an exit code.

The one rule: everything a user can get wrong is refused here, before anything starts.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, Literal, NoReturn, TypeAlias

import typer

from harness.cli.output import print_json, results
from harness.cli.perform import perform
from harness.cli.session import Session
from harness.cli.suites import REGRESSIONS, SUITES
from harness.core.dialects import SUPPORTED
from harness.core.gate import exit_code
from harness.core.resilience import GATE_PERCENT
from harness.core.target_file import TargetFile, require_permission
from harness.errors import UsageError
from harness.shell.kept_files import kept_in, read_kept
from harness.shell.targets import load
from reports import terminal
from reports.record import RunRecord, read
from scenarios import sweep
from scenarios.case import Case
from scenarios.index import BY_ID, select
from scenarios.profiles import PROFILES

_WHOLE: Final = frozenset({"conformance", "properties"})
"""The suites that bring faults together with everything; without one of them pairs are missing by choice."""

FailOn: TypeAlias = Literal["must", "should"]

TargetOption = Annotated[
    str,
    typer.Option("--target", "-t", metavar="FILE|NAME", envvar="EDGEPROOF_TARGET", help="A target file, or reference."),
]
SuiteOption = Annotated[
    str,
    typer.Option("--suite", metavar="A,B", envvar="EDGEPROOF_SUITE", help=f"Suites, with commas: {', '.join(SUITES)}."),
]
CaseOption = Annotated[
    str,
    typer.Option("--case", metavar="GLOB", envvar="EDGEPROOF_CASE", help="Only these cases, as in 'cache.*,json.*'."),
]
ProfileOption = Annotated[
    str,
    typer.Option(
        "--profile", metavar="NAME", envvar="EDGEPROOF_PROFILE", help=f"How much and how long: {', '.join(PROFILES)}."
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed", metavar="N", envvar="EDGEPROOF_SEED", min=0, help="Decides every draw; a fresh one when left out."
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        envvar="EDGEPROOF_JOBS",
        min=1,
        max=16,
        help="At most so many targets at once, each on a port of its own; the profile says when left out.",
    ),
]
OutOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", envvar="EDGEPROOF_OUT", help="Folder for the reports.")
]
FailOnOption = Annotated[
    FailOn, typer.Option("--fail-on", envvar="EDGEPROOF_FAIL_ON", help="The least breach that makes the exit code 1.")
]
BaselineOption = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        envvar="EDGEPROOF_BASELINE",
        help="A results.json; what failed there already does not fail this run.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", envvar="EDGEPROOF_JSON", help="Print the record as JSON instead of the summary.")
]
UpstreamPortOption = Annotated[
    int,
    typer.Option(
        "--upstream-port",
        metavar="N",
        envvar="EDGEPROOF_UPSTREAM_PORT",
        min=0,
        max=65535,
        help="The mock's port, for a target that runs already; 0 picks a free one.",
    ),
]
CovOption = Annotated[
    bool,
    typer.Option(
        "--cov", envvar="EDGEPROOF_COV", help="Measure the target's own code, in Python or Node, while it is judged."
    ),
]
CovFailUnderOption = Annotated[
    float | None,
    typer.Option(
        "--cov-fail-under",
        metavar="PERCENT",
        envvar="EDGEPROOF_COV_FAIL_UNDER",
        min=0,
        max=100,
        help="The least coverage of the target that keeps the exit code from being 4; says --cov as well.",
    ),
]
ResilienceOption = Annotated[
    float,
    typer.Option(
        "--resilience-fail-under",
        metavar="PERCENT",
        envvar="EDGEPROOF_RESILIENCE_FAIL_UNDER",
        min=0,
        max=100,
        help="The least share of pairs (a fault with a place, a surface, a state of the cache) that keeps the exit "
        "code of a whole run from being 4; 0 for no gate.",
    ),
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
    suite: SuiteOption = "all",
    case: CaseOption = "*",
    profile: ProfileOption = "quick",
    seed: SeedOption = None,
    jobs: JobsOption = None,
    out: OutOption = Path("edgeproof-report"),
    fail_on: FailOnOption = "must",
    baseline: BaselineOption = None,
    json: JsonOption = False,
    cov: CovOption = False,
    cov_fail_under: CovFailUnderOption = None,
    resilience_fail_under: ResilienceOption = GATE_PERCENT,
    upstream_port: UpstreamPortOption = 0,
    i_own_this_target: OwnedOption = False,
) -> None:
    """Judge a proxy and report: results on standard output, files in --out.

    The embedded reference proxy:

      edgeproof run

    Your own, which edgeproof starts as its target file says:

      edgeproof init my-proxy.toml
      edgeproof run --target my-proxy.toml

    Some cases, with the same draws as another time:

      edgeproof run -t my-proxy.toml --case 'cache.*' --seed 7

    With the coverage of its code, which has to be 80 % at least:

      edgeproof run -t my-proxy.toml --cov-fail-under 80

    One that runs already (a target file without command). Its upstream
    is the mock, so start it with what the mock prints, on a port you pick:

      edgeproof mock --port 8787        shows the environment; then Ctrl-C
      edgeproof run -t running.toml --upstream-port 8787

    Exit code: 0 all held, 1 a promise was broken, 2 usage,
    3 inconclusive or nothing judged, 4 a gate was missed.
    """
    if profile not in PROFILES:
        raise UsageError(f"no profile is called {profile!r}", next_step=f"there are: {', '.join(PROFILES)}")
    known = read(baseline) if baseline else None
    proxy = loaded(target, owned=i_own_this_target, upstream_port=upstream_port)
    cov = cov or cov_fail_under is not None
    if cov and proxy.command is None:
        raise UsageError(
            f"the coverage of {proxy.name} cannot be measured: it runs already",
            next_step="add target.command, so that edgeproof starts it, or leave --cov out",
        )
    suites = _suites(suite, profile, some_cases=case != "*")
    session = Session(
        target_spec=target,
        target_options=options_of(upstream_port=upstream_port, owned=i_own_this_target),
        target=proxy,
        suites=suites,
        cases=_chosen(case, profile),
        seed=secrets.randbelow(2**31) if seed is None else seed,
        profile=profile,
        jobs=jobs,
        out=out,
        upstream_port=upstream_port,
        cov=cov,
        cov_fail_under=cov_fail_under,
        kept=kept_in(out / REGRESSIONS) if "properties" in suites else (),
        resilience_fail_under=resilience_fail_under if case == "*" and {*suites} >= _WHOLE else None,
    )
    _perform(session, json=json, fail_on=fail_on, baseline=known)


def _perform(session: Session, *, json: bool, fail_on: FailOn = "must", baseline: RunRecord | None = None) -> NoReturn:
    record = perform(session, quiet=json)
    if json:
        print_json(record.to_json())
    else:
        with results() as console:
            terminal.render(record, console)
            console.print(f"report: {session.out / 'index.html'}", markup=False, soft_wrap=True)
    raise typer.Exit(exit_code(record, fail_on=fail_on, baseline=baseline))


def replay(
    what: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="The case, as a report names it, or a failure that was kept.")
    ],
    seed: SeedOption = None,
    target: TargetOption = "reference",
    out: OutOption = Path("edgeproof-replay"),
    json: JsonOption = False,
    upstream_port: UpstreamPortOption = 0,
    i_own_this_target: OwnedOption = False,
) -> None:
    """Play one case again, with the seed that a report names, or a failure that was kept; exits as run does.

    Every report has the whole line for each case that did not pass:

      edgeproof replay endings.cut-by-reset --seed 7
      edgeproof replay cache.expires --seed 7 --target my-proxy.toml

    A failure that a search has found is a file of its own, with its seed:

      edgeproof replay edgeproof-report/regressions/no-loss-3f0c51d2aa.toml
    """
    if what.endswith(".toml"):
        path = Path(what)
        kept = read_kept(path)
        session = Session(
            target_spec=target,
            target_options=options_of(upstream_port=upstream_port, owned=i_own_this_target),
            target=loaded(target, owned=i_own_this_target, upstream_port=upstream_port),
            suites=("properties",),
            cases=(),
            seed=kept.seed if seed is None else seed,
            profile="quick",
            jobs=1,
            out=out,
            upstream_port=upstream_port,
            kept=((path, kept if seed is None else replace(kept, seed=seed)),),
            explores=False,
        )
        _perform(session, json=json)
    if what not in {*BY_ID, *sweep.BY_ID}:
        select(what)  # says what is the nearest when there is none
        raise UsageError(f"{what!r} is no single case", next_step=f"for several: edgeproof run --case '{what}'")
    run(
        target=target,
        case=what,
        seed=seed,
        jobs=1,
        out=out,
        json=json,
        upstream_port=upstream_port,
        i_own_this_target=i_own_this_target,
    )


def options_of(*, upstream_port: int, owned: bool) -> tuple[str, ...]:
    """Return the flags that a replay of a run needs to reach the same target."""
    port = ("--upstream-port", str(upstream_port)) if upstream_port else ()
    return (*port, "--i-own-this-target") if owned else port


def _suites(names: str, profile: str, *, some_cases: bool) -> tuple[str, ...]:
    """Return the suites to play: those the user named, or those of the profile; for single cases that of the cases."""
    if names == "all":
        wanted = {"conformance"} if some_cases else {*PROFILES[profile].suites}
    else:
        wanted = {name.strip() for name in names.split(",")}
    if unknown := sorted(wanted - {*SUITES}):
        raise UsageError(f"no suite is called {unknown[0]!r}", next_step=f"there are: {', '.join(SUITES)}")
    return tuple(name for name in SUITES if name in wanted)


def _chosen(globs: str, profile: str) -> tuple[Case, ...]:
    """Return the cases to run: those the user named, or those of the profile."""
    if globs in sweep.BY_ID:
        return (sweep.BY_ID[globs],)
    return tuple(case for case in select(globs) if globs != "*" or PROFILES[profile].includes(case))


def loaded(spec: str, *, owned: bool, upstream_port: int) -> TargetFile:
    """Return a target that can be judged.

    Raises:
        UsageError: when it cannot be, or must not be.
    """
    target = load(spec)
    require_permission(target, owned=owned)
    if target.chat.dialect not in SUPPORTED:
        raise UsageError(
            f"{spec}: chat.dialect {target.chat.dialect!r} cannot be judged yet",
            next_step=f"this version judges {' and '.join(SUPPORTED)}",
        )
    if target.command is None and not upstream_port:
        raise UsageError(
            f"{target.name} runs already, so it knows one upstream only",
            evidence="target.command is not set",
            next_step="add --upstream-port with the port of that upstream, where the mock will be",
        )
    return target
