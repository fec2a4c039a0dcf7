"""`edgeproof load`: the load suite alone, with its own knobs.

The one rule: the same measurements, verdicts, reports and exit codes as in a run; only how much is asked, by whom and
under which faults, is the user's.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn

import typer

from harness.cli.loading.again import words_for
from harness.cli.loading.chat import chat_session, refuse_database
from harness.cli.loading.options import (
    ArrivalsOption,
    BindOption,
    CancelOption,
    DatabaseOption,
    DurationOption,
    FirstOption,
    HostOption,
    MasterOption,
    ObjectivesOption,
    OutOption,
    OverheadOption,
    PaceOption,
    PlanOption,
    PortOption,
    ProcessesOption,
    ProfileOption,
    RateOption,
    RepeatsOption,
    ShapeOption,
    ThinkOption,
    TokensOption,
    UsersOption,
    WebOption,
    WebPortOption,
    WorkerOption,
    WorkersOption,
)
from harness.cli.options import (
    JsonOption,
    OwnedOption,
    SeedOption,
    TargetOption,
    UpstreamPortOption,
    VerboseOption,
    loaded,
    options_of,
)
from harness.cli.outlets.events import EventsOption, require_room
from harness.cli.outlets.formats import FormatOption, wanted
from harness.cli.plan_option import plan_from
from harness.cli.running.finish import finish
from harness.cli.running.session import LoadPlan, Session
from harness.core.load.objectives import Objective, read_objectives
from harness.core.load.report import Generators
from harness.core.run.duration import seconds
from harness.errors import UsageError
from harness.shell.load.fleet import command, environment
from scenarios.load import MOST_DURATION_S, Arrivals, LoadProfile

_USUAL: Final = LoadProfile()
_SHORTEST_S: Final = 0.5
_MASTER_PORT: Final = 5557
_WEB_PORT: Final = 8089


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("load", rich_help_panel="Judge a proxy")(load)


def load(
    context: typer.Context,
    target: TargetOption = "reference",
    profile: ProfileOption = "proxy",
    database: DatabaseOption = "sqlite,postgresql",
    users: UsersOption = _USUAL.users,
    duration: DurationOption = f"{_USUAL.duration_s:g}s",
    shape: ShapeOption = _USUAL.shape,
    arrivals: ArrivalsOption = _USUAL.arrivals,
    rate: RateOption = None,
    objectives: ObjectivesOption = None,
    plan: PlanOption = None,
    overhead: OverheadOption = False,
    tokens: TokensOption = _USUAL.prompt.tokens,
    pace_s: PaceOption = _USUAL.prompt.pace_s,
    first_s: FirstOption = _USUAL.prompt.first_s,
    think_s: ThinkOption = _USUAL.think_s,
    cancel: CancelOption = _USUAL.cancel,
    repeats: RepeatsOption = _USUAL.repeats,
    processes: ProcessesOption = 1,
    master: MasterOption = False,
    workers: WorkersOption = 1,
    master_bind_host: BindOption = "127.0.0.1",
    worker: WorkerOption = False,
    master_host: HostOption = None,
    master_port: PortOption = _MASTER_PORT,
    web: WebOption = False,
    web_port: WebPortOption = _WEB_PORT,
    seed: SeedOption = None,
    out: OutOption = Path("edgeproof-load"),
    json: JsonOption = False,
    verbose: VerboseOption = False,
    format: FormatOption = "",  # noqa: A002 - a parameter is named as its flag is
    events: EventsOption = None,
    upstream_port: UpstreamPortOption = 0,
    i_own_this_target: OwnedOption = False,
) -> None:
    """Put many streaming users on a proxy at once, time every token, and judge every answer.

    The embedded reference proxy, and your own:

      edgeproof load --users 100 --duration 30s
      edgeproof load --target my-proxy.toml --objectives slo.txt

    Arrivals at a rate, whether or not earlier answers have come:

      edgeproof load --arrivals poisson --rate 40 --shape ramp

    A brownout: what the proxy makes of an upstream that fails now and then

      edgeproof load --plan faults.toml --duration 2m

    From several processes, or from other machines:

      edgeproof load --processes 2
      edgeproof load --master --workers 2 --master-bind-host 10.0.0.1
      edgeproof load --worker --master-host 10.0.0.1

    A chat service with many tenants, held against targets of its own:

      edgeproof load --profile chat

    Objectives, one a line; without a file, the first token within 1 s for
    95 %, 10 tokens a second, and less than 1 % errors:

      ttft_p95_s < 1
      goodput > 20

    Exit code: 0 all held, 1 an answer was wrong, 2 usage, 3 inconclusive,
    4 an objective was missed.
    """
    forms = wanted(format)
    require_room(events, json=json)
    if worker:
        _work(master_host, master_port, master=master)
    if master_host is not None:
        raise UsageError("--master-host is for a worker", next_step="add --worker, or leave it out")
    if master and processes > 1:
        raise UsageError(
            "--master and --processes cannot be combined",
            next_step="a master's load comes from its workers; start one for each process with --worker",
        )
    lasts_s = seconds(duration, source="--duration", low_s=_SHORTEST_S, high_s=MOST_DURATION_S)
    if profile == "chat":
        session = chat_session(
            context,
            target_spec=target,
            target_options=options_of(upstream_port=upstream_port, owned=i_own_this_target),
            target=loaded(target, owned=i_own_this_target, upstream_port=upstream_port),
            users=users,
            duration_s=lasts_s,
            databases=database,
            seed=secrets.randbelow(2**31) if seed is None else seed,
            out=out,
            upstream_port=upstream_port,
            formats=forms,
            events=events,
        )
        finish(session, json=json, verbose=verbose, tables=("load",))
    refuse_database(context)
    asked = replace(
        _USUAL,
        users=users,
        duration_s=lasts_s,
        shape=shape,
        arrivals=arrivals,
        rate_per_s=_rate(rate, arrivals),
        prompt=replace(_USUAL.prompt, tokens=tokens, pace_s=pace_s, first_s=first_s),
        think_s=think_s,
        cancel=cancel,
        repeats=repeats,
    )
    faults = plan_from(plan) if plan else None
    run_seed = secrets.randbelow(2**31) if seed is None else seed
    session = Session(
        target_spec=target,
        target_options=options_of(upstream_port=upstream_port, owned=i_own_this_target),
        target=loaded(target, owned=i_own_this_target, upstream_port=upstream_port),
        suites=("load",),
        cases=(),
        seed=run_seed,
        profile="load",
        whole=True,
        jobs=1,
        out=out,
        upstream_port=upstream_port,
        formats=forms,
        events=events,
        load=LoadPlan(
            profile=asked,
            again=words_for(asked, objectives=objectives, plan=plan, processes=processes, overhead=overhead),
            objectives=_objectives(objectives) if objectives else None,
            plan=replace(faults, seed=faults.seed or run_seed) if faults else None,
            overhead=overhead,
            generators=Generators(
                processes=processes,
                leads=master,
                workers=workers,
                bind_host=master_bind_host,
                bind_port=master_port if master else 0,
                web_port=web_port if web else None,
            ),
        ),
    )
    finish(session, json=json, verbose=verbose, tables=("load",))


def _rate(rate: float | None, arrivals: Arrivals) -> float | None:
    if rate is not None and arrivals == "closed":
        raise UsageError(
            "--rate needs open arrivals; closed users ask again once they have their answer",
            next_step="add --arrivals constant or --arrivals poisson, or leave --rate out",
        )
    return rate


def _objectives(path: Path) -> tuple[Objective, ...]:
    try:
        return read_objectives(path.read_text(encoding="utf-8"), source=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the objectives {path} cannot be read",
            evidence=getattr(error, "strerror", None) or str(error),
            next_step="name a file with one objective per line, as in: ttft_p95_s < 1",
        ) from error


def _work(host: str | None, port: int, *, master: bool) -> NoReturn:
    """Become a worker."""
    if master:
        raise UsageError("--master and --worker cannot be combined", next_step="leave one of them out")
    if host is None:
        raise UsageError("--worker needs a master", next_step="say where it is: --master-host HOST")
    words = command("worker", host, str(port))
    os.execve(words[0], words, environment())  # noqa: S606 - our own interpreter and module, no shell
