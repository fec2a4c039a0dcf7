"""`edgeproof replay`: one case again, by its id, or a failure that was kept, by its file.

The one rule: the same seed asks the same again; what is played again is judged and told as in a run.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import (
    JsonOption,
    OutOption,
    OwnedOption,
    RepeatOption,
    SeedOption,
    TargetOption,
    UpstreamPortOption,
    VerboseOption,
    loaded,
    options_of,
)
from harness.cli.run import finish, run
from harness.cli.session import Session
from harness.errors import UsageError
from harness.shell.playing.kept_files import read_kept
from scenarios.index import BY_ID, select
from scenarios.searching import sweep


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("replay", rich_help_panel="Judge a proxy")(replay)


def replay(
    context: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="The case, as a report names it, or a failure that was kept.")
    ],
    seed: SeedOption = None,
    target: TargetOption = "reference",
    out: OutOption = Path("edgeproof-replay"),
    json: JsonOption = False,
    verbose: VerboseOption = False,
    repeat: RepeatOption = 1,
    upstream_port: UpstreamPortOption = 0,
    i_own_this_target: OwnedOption = False,
) -> None:
    """Play one case again, with the seed that a report names, or a failure that was kept; exits as run does.

    Every report has the whole line for each case that did not pass:

      edgeproof replay endings.cut-between-events-by-reset --seed 7
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
            whole=True,
            jobs=1,
            out=out,
            repeat=repeat,
            upstream_port=upstream_port,
            kept=((path, kept if seed is None else replace(kept, seed=seed)),),
            explores=False,
        )
        finish(session, json=json, verbose=verbose)
    if what not in BY_ID and not sweep.part(what):
        select(what)  # says what is the nearest when there is none
        raise UsageError(f"{what!r} is no single case", next_step=f"for several: edgeproof run --case '{what}'")
    run(
        context,
        target=target,
        case=what,
        seed=seed,
        jobs=1,
        out=out,
        json=json,
        verbose=verbose,
        repeat=repeat,
        upstream_port=upstream_port,
        i_own_this_target=i_own_this_target,
    )
