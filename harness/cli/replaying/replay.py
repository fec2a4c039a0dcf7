"""`edgeproof replay`: one case again, by its id, or a failure that was kept, by its file.

The one rule: the same seed asks the same again; what is played again is judged as in a run, and shown more closely.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
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
from harness.cli.output import results, tell
from harness.cli.replaying.closely import show_closely
from harness.cli.replaying.hold import hold
from harness.cli.running.finish import finish
from harness.cli.running.session import Session
from harness.errors import UsageError
from harness.shell.playing.kept_files import read_kept
from reports.record import RunRecord
from scenarios.case import Case
from scenarios.case_file import KeptCase
from scenarios.index import EVERY, select
from scenarios.searching import sweep

HoldOption = Annotated[
    bool,
    typer.Option(
        "--hold",
        help="Afterwards keep the target and the mock up, with the case's faults in force, until Ctrl-C; prints curl "
        "lines that work.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("replay", rich_help_panel="Judge a proxy")(replay)


def replay(
    what: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="The case, as a report names it, or a failure that was kept.")
    ],
    seed: SeedOption = None,
    target: TargetOption = "reference",
    out: OutOption = Path("edgeproof-replay"),
    json: JsonOption = False,
    verbose: VerboseOption = False,
    hold_it: HoldOption = False,
    repeat: RepeatOption = 1,
    upstream_port: UpstreamPortOption = 0,
    i_own_this_target: OwnedOption = False,
) -> None:
    """Play one case again, with the seed that a report names, or a failure that was kept; exits as run does.

    It shows what the run showed, the wire log of the case and the end of
    the target's own log. For each case that did not pass, every report has
    this command, ready to copy:

      edgeproof replay endings.cut-between-events-by-reset --seed 7
      edgeproof replay cache.expires --seed 7 --target my-proxy.toml

    To try it by hand: target and mock stay up with the faults in force, and
    curl lines that ask what the case asks are printed:

      edgeproof replay cache.expires --seed 7 --target my-proxy.toml --hold

    A failure that a search has found is a file of its own, with its seed:

      edgeproof replay edgeproof-report/regressions/no-loss-3f0c51d2aa.toml
    """
    chosen = _of_file(Path(what), seed) if what.endswith(".toml") else _of_id(what, seed)
    session = Session(
        target_spec=target,
        target_options=options_of(upstream_port=upstream_port, owned=i_own_this_target),
        target=loaded(target, owned=i_own_this_target, upstream_port=upstream_port),
        suites=("properties",) if chosen.kept else ("conformance",),
        cases=() if chosen.kept else (chosen.case,),
        seed=chosen.seed,
        profile="quick",
        whole=chosen.whole,
        jobs=1,
        out=out,
        repeat=repeat,
        upstream_port=upstream_port,
        kept=chosen.kept,
        explores=False,
    )

    def then(record: RunRecord) -> None:
        if not json:
            with results() as console:
                show_closely(record, session, console)
        if hold_it:
            if record.gate is None or not record.gate.stopped:  # whoever ended the case wants nothing more of it
                hold(session, chosen.case)
        elif not json:
            tell(
                "to try it by hand: add --hold, which keeps the target and the mock up and prints curl lines that work"
            )

    finish(session, json=json, verbose=verbose, then=then)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """What is to be played again: a case, with its file where it was kept."""

    case: Case
    seed: int
    whole: bool = True
    kept: tuple[tuple[Path, KeptCase], ...] = ()


def _of_file(path: Path, seed: int | None) -> _Chosen:
    kept = read_kept(path)
    if seed is not None:
        kept = replace(kept, seed=seed)
    return _Chosen(case=kept.case, seed=kept.seed, kept=((path, kept),))


def _of_id(name: str, seed: int | None) -> _Chosen:
    part = sweep.part(name)
    if name not in EVERY and not part:
        select(name)  # says what is the nearest when there is none
        raise UsageError(f"{name!r} is not a single case", next_step=f"for several: edgeproof run --case '{name}'")
    drawn = secrets.randbelow(2**31) if seed is None else seed
    return _Chosen(case=part or EVERY[name], seed=drawn, whole=name in EVERY)
