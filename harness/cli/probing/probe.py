"""`edgeproof probe`: infers what a target claims from what it does.

The one rule: results go to standard output, ready to paste; what differs from the file decides the exit code.
"""

from __future__ import annotations

import secrets
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

import typer

from harness.cli.options import (
    FileArgument,
    JsonOption,
    OwnedOption,
    SeedOption,
    TargetOption,
    UpstreamPortOption,
    loaded,
    named,
)
from harness.cli.output import print_json, results
from harness.cli.probing.performing import Probe, perform
from harness.cli.probing.telling import render
from harness.core.probing.experiments import EXPERIMENTS
from harness.core.probing.terms import bounds
from harness.errors import UsageError

_JOBS: Final = 4

WithinOption = Annotated[
    str,
    typer.Option(
        "--within",
        metavar="S[,NAME=S]",
        envvar="EDGEPROOF_WITHIN",
        help="How long each limit is looked for, in seconds; some by name, as in '20,ttl=90': first-byte, idle, total, "
        "ttl, open.",
    ),
]
OnlyOption = Annotated[
    str, typer.Option("--only", metavar="A,B", help=f"Only these experiments: {', '.join(EXPERIMENTS)}.")
]
JobsOption = Annotated[
    int,
    typer.Option("--jobs", "-j", metavar="N", envvar="EDGEPROOF_JOBS", min=1, max=16, help="The most targets at once."),
]
MostOption = Annotated[
    float,
    typer.Option("--most", metavar="S", min=1, max=7200, help="The most seconds for a single experiment."),
]
OutOption = Annotated[
    Path,
    typer.Option(
        "--out", metavar="DIR", envvar="EDGEPROOF_OUT", help="Folder for probe.json, capabilities.toml and the logs."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("probe", rich_help_panel="Set up")(probe)


def probe(
    context: typer.Context,
    file: FileArgument = None,
    target: TargetOption = "reference",
    within: WithinOption = "20",
    only: OnlyOption = "",
    most: MostOption = 300.0,
    jobs: JobsOption = _JOBS,
    seed: SeedOption = None,
    out: OutOption = Path("edgeproof-probe"),
    json: JsonOption = False,
    upstream_port: UpstreamPortOption = 0,
    i_own_this_target: OwnedOption = False,
) -> None:
    """Find out what a proxy does, and print it in the form of a target file.

    Retries and their pauses, a breaker, timeouts, a cache and its key, a fallback, limits:

      edgeproof probe my-proxy.toml

    Long limits are looked for only when you say so:

      edgeproof probe my-proxy.toml --within 20,ttl=90,total=130

    A part of it, as JSON:

      edgeproof probe -t my-proxy.toml --only retries,breaker --json

    A default run takes one to three minutes. What is not seen in time is
    reported as not seen in time, never as absent.

    Exit code: 0 the file's claims agree, 1 one differs, 2 usage, 3 inconclusive.
    """
    spec = named(context, file=file, target=target)
    session = Probe(
        target=loaded(spec, owned=i_own_this_target, upstream_port=upstream_port),
        experiments=_chosen(only),
        bounds=bounds(within),
        most_s=most,
        jobs=jobs,
        seed=secrets.randbelow(2**31) if seed is None else seed,
        upstream_port=upstream_port,
        out=out,
    )
    found = perform(session)
    if json:
        print_json(found.to_json())
    else:
        with results() as console:
            render(found, console)
    raise typer.Exit(found.exit_code)


def _chosen(only: str) -> tuple[str, ...]:
    """Return the experiments that are asked for, in their own order."""
    wanted = [word.strip() for word in only.split(",") if word.strip()]
    for word in wanted:
        if word not in EXPERIMENTS:
            near = get_close_matches(word, EXPERIMENTS, n=1)
            raise UsageError(
                f"no experiment is called {word!r}",
                next_step=f"did you mean {near[0]}?" if near else f"there are: {', '.join(EXPERIMENTS)}",
            )
    return tuple(name for name in EXPERIMENTS if not wanted or name in wanted)
