"""The flags that several verbs share, and the target that they name.

The one rule: a flag means the same wherever it is given.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from harness.cli.output import tell
from harness.cli.running.suites import SUITES
from harness.core.target.file import TargetFile, require_permission
from harness.errors import UsageError
from harness.shell.target.targets import load
from harness.shell.target.worker.ready import made_ready
from scenarios.profiles import PROFILES

FailOn: TypeAlias = Literal["must", "should"]

TargetOption = Annotated[
    str,
    typer.Option(
        "--target",
        "-t",
        metavar="FILE|NAME",
        envvar="EDGEPROOF_TARGET",
        help="A target file, or reference: the proxy that comes with edgeproof.",
    ),
]
FileArgument = Annotated[
    str | None, typer.Argument(metavar="FILE|NAME", show_default=False, help="The same as --target.")
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
        "--profile",
        metavar="NAME",
        envvar="EDGEPROOF_PROFILE",
        help=f"{', '.join(PROFILES)}: a minute, up to 4, up to 40, until Ctrl-C.",
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="N",
        envvar="EDGEPROOF_SEED",
        min=0,
        help="Random seed: the same one asks exactly the same again. A new one by default.",
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
        help="How many targets to run at once, each on its own port. The profile decides by default.",
    ),
]
OutOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", envvar="EDGEPROOF_OUT", help="Folder for the reports.")
]
FailOnOption = Annotated[
    FailOn, typer.Option("--fail-on", envvar="EDGEPROOF_FAIL_ON", help="Lowest severity that fails the run.")
]
BaselineOption = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        envvar="EDGEPROOF_BASELINE",
        help="Known failures (see edgeproof baseline), or a results.json: only new failures fail the run.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", envvar="EDGEPROOF_JSON", help="Print the record as JSON instead of the summary.")
]
VerboseOption = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        envvar="EDGEPROOF_VERBOSE",
        help="Show everything: each case that did not plainly pass, and all measurements.",
    ),
]
UpstreamPortOption = Annotated[
    int,
    typer.Option(
        "--upstream-port",
        metavar="N",
        envvar="EDGEPROOF_UPSTREAM_PORT",
        min=0,
        max=65535,
        help="The mock's port, for a target that is already running; 0 picks a free one.",
    ),
]
TimingsOption = Annotated[
    bool, typer.Option("--timings", envvar="EDGEPROOF_TIMINGS", help="Also show the slowest cases and families.")
]
CovOption = Annotated[
    bool,
    typer.Option(
        "--cov",
        envvar="EDGEPROOF_COV",
        help="Measure the target's own code (Python, Node, Workers) while judging it.",
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
        help="Exit with code 4 when the target's coverage is lower than this. Implies --cov.",
    ),
]
ResilienceOption = Annotated[
    float | None,
    typer.Option(
        "--resilience-fail-under",
        metavar="PERCENT",
        envvar="EDGEPROOF_RESILIENCE_FAIL_UNDER",
        min=0,
        max=100,
        help="Exit with code 4 when a whole run meets fewer pairs than this (a fault with a place, a surface, a state "
        "of the cache). 0 means no gate; the profile decides by default.",
    ),
]
RepeatOption = Annotated[
    int,
    typer.Option(
        "--repeat",
        metavar="N",
        envvar="EDGEPROOF_REPEAT",
        min=1,
        max=100,
        help="Play the cases N times with one seed, restarting the target each time, and report which verdicts differ.",
    ),
]
OwnedOption = Annotated[bool, typer.Option("--i-own-this-target", help="Allow a target on another machine.")]


def pairs_gate(percent: float | None, profile: str) -> float:
    """Return the share of pairs that a run is held to: what the user said, or else what its profile says."""
    if percent is None:
        return PROFILES[profile].pairs_percent if profile in PROFILES else 0.0
    return percent


def options_of(*, upstream_port: int, owned: bool) -> tuple[str, ...]:
    """Return the flags that a replay of a run needs to reach the same target."""
    port = ("--upstream-port", str(upstream_port)) if upstream_port else ()
    return (*port, "--i-own-this-target") if owned else port


def is_typed(context: typer.Context, name: str) -> bool:
    """Return whether a parameter was given on the command line, which counts for more than the environment."""
    return str(context.get_parameter_source(name)).endswith("COMMANDLINE")


def named(context: typer.Context, *, file: str | None, target: str, url: str | None = None) -> str:
    """Return the target that was named: by itself, with --target, or in the environment.

    Raises:
        UsageError: more than one was named on the command line.
    """
    flag = target if is_typed(context, "target") else None
    told = [f"--url {url}" if each is url else each for each in (file, flag, url) if each is not None]
    if len({*told}) > 1:
        raise UsageError(f"two targets are named: {told[0]} and {told[1]}", next_step="leave one of them out")
    return file or target


def loaded(spec: str, *, owned: bool, upstream_port: int) -> TargetFile:
    """Return a target that can be judged.

    Raises:
        UsageError: when it cannot be, or must not be.
    """
    target = made_ready(load(spec), say=tell)
    require_permission(target, owned=owned)
    if target.command is None and not upstream_port:
        raise UsageError(
            f"{target.name} is already running, so it has one upstream already",
            evidence="target.command is not set",
            next_step="add --upstream-port with the port of that upstream: the mock will listen there",
        )
    return target
