"""`edgeproof chaos`: faults by a plan while synthetic traffic flows, and a verdict on what clients were told.

The one rule: what would be unsafe or senseless is refused before anything is started.
"""

from __future__ import annotations

import secrets
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from harness.cli.chaotic.behind import Place
from harness.cli.chaotic.performing import Run, perform
from harness.cli.chaotic.telling import foretold, told
from harness.cli.options import JsonOption, OwnedOption, SeedOption, TargetOption, VerboseOption, loaded, options_of
from harness.cli.outlets.events import STDOUT, EventsOption, require_room
from harness.cli.output import print_json, results, tell
from harness.cli.plan_option import plan_from
from harness.cli.running.perform import make_folder
from harness.core.gateway.guard import Caps
from harness.core.observed.redact import Redactor
from harness.core.run.gate import exit_code
from harness.core.run.seeds import digest
from harness.drivers.chaos import ChaosSettings
from harness.drivers.chaos.settings import MOST_RATE_PER_S
from harness.errors import UsageError
from harness.shell.gateway.kill_switch import FILE, kill_switch
from reports import terminal

_ANY: Final = 1
"""Stands for a port that is still to be picked."""
_USUAL: Final = Caps()


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("chaos", rich_help_panel="Judge a proxy")(chaos)


def chaos(
    target: TargetOption = "reference",
    plan: Annotated[
        Path, typer.Option("--plan", metavar="FILE|PRESET", help="Which faults when: a TOML file, or a preset.")
    ] = Path("brownout"),
    upstream: Annotated[
        str, typer.Option("--upstream", metavar="URL", help="The real upstream; the mock by default.")
    ] = "",
    gateway: Annotated[
        str, typer.Option("--gateway", metavar="URL", help="The control URL of a gateway that is already running.")
    ] = "",
    listen: Annotated[
        str,
        typer.Option(
            "--listen", metavar="HOST:PORT", help="The gateway's address, for a target that is already running."
        ),
    ] = "",
    all_is_ours: Annotated[
        bool, typer.Option("--all-is-ours", help="Nobody else uses the gateway, so requests need no mark.")
    ] = False,
    rate: Annotated[
        float, typer.Option("--rate", metavar="PER_S", min=0.1, max=1000, help="Requests per second.")
    ] = 10.0,
    locust: Annotated[
        bool, typer.Option("--locust", help="Send requests with Locust, from a separate process.")
    ] = False,
    steady_s: Annotated[
        float, typer.Option("--steady-s", min=1, max=600, help="Seconds of traffic before the plan.")
    ] = 5.0,
    recovery_s: Annotated[
        float, typer.Option("--recovery-s", min=1, max=600, help="Seconds for recovery after the plan, at most.")
    ] = 10.0,
    most_requests: Annotated[
        int, typer.Option("--most-requests", min=0, help="The most requests that the run sends.")
    ] = _USUAL.requests,
    most_faulted: Annotated[
        int, typer.Option("--most-faulted", min=0, help="The most requests that a fault strikes.")
    ] = _USUAL.faulted,
    most_tokens: Annotated[
        int, typer.Option("--most-tokens", min=0, help="The most tokens that the run may cost.")
    ] = _USUAL.tokens,
    seed: SeedOption = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the reports.")] = Path(
        "edgeproof-chaos"
    ),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and play only the steady state.")
    ] = False,
    json: JsonOption = False,
    verbose: VerboseOption = False,
    events: EventsOption = None,
    i_own_this_target: OwnedOption = False,
) -> None:
    """Break the upstream of a proxy according to a plan, and judge what its clients get.

    The reference proxy behind the gateway, in front of the mock:

      edgeproof chaos --plan brownout
      edgeproof chaos --target my-proxy.toml --plan mid-stream-cuts

    A system that runs already, whose upstream is a gateway:

      edgeproof gateway --upstream https://api.cloudflare.com --control-port 9001
      edgeproof chaos --target staging.toml --gateway http://127.0.0.1:9001

    What it would do, without doing it:

      edgeproof chaos --plan brownout --dry-run

    To stop it at once: Ctrl-C, EDGEPROOF_CHAOS=off, or a file chaos.stop
    in --out.

    Exit code: 0 all held, 1 a promise was broken, 2 usage, 3 inconclusive:
    no steady state, or a phase in which no fault struck.
    """
    require_room(events, json=json)
    run_seed = secrets.randbelow(2**31) if seed is None else seed
    rules = plan_from(plan)
    if rules.ttl_s is None:
        raise UsageError(f"{plan} has no ttl_s", next_step="give it ttl_s, in seconds, as its first line")
    if rate > MOST_RATE_PER_S and not i_own_this_target:
        raise UsageError(
            f"{rate:g} requests a second are more than {MOST_RATE_PER_S:g}",
            next_step="ask for less, or say that the target is yours: --i-own-this-target",
        )
    try:
        caps = Caps(requests=most_requests, faulted=most_faulted, tokens=most_tokens)
    except ValueError as error:
        raise UsageError("a cap is too high", evidence=str(error), next_step="give a lower one") from error
    proxy = loaded(target, owned=i_own_this_target, upstream_port=_ANY)
    place = Place(upstream=upstream, gateway=gateway, listen=listen, all_is_ours=all_is_ours)
    place.check(proxy)
    make_folder(out)
    make_folder(out / "logs" / "chaos")
    called_off = kill_switch(out / FILE)
    if why := called_off():
        raise UsageError("nothing is injected", evidence=why, next_step="remove that first")
    settings = ChaosSettings(
        seed=run_seed,
        plan=replace(rules, seed=rules.seed or run_seed),
        run=f"run-{digest(run_seed, 'chaos', str(plan))[:12]}",
        say=tell,
        redactor=Redactor(),
        rate_per_s=rate,
        steady_s=steady_s,
        recovery_s=recovery_s,
        caps=caps,
        generators=out / "logs" / "chaos" if locust else None,
        injects=not dry_run,
        is_called_off=called_off,
    )
    options = ("--locust",) * locust + options_of(upstream_port=0, owned=i_own_this_target)
    again = _again(target, plan, place, settings, options)
    if dry_run and events != STDOUT:
        with results() as console:
            for line in foretold(proxy, settings, place.upstream or place.gateway):
                console.print(line, markup=False, soft_wrap=True)
    record = perform(
        Run(target=proxy, spec=target, settings=settings, place=place, out=out, again=again, events=events)
    )
    if json:
        print_json(record.to_json())
    elif events != STDOUT:
        with results() as console:
            for line in told(record):
                console.print(line, markup=False, soft_wrap=True)
            console.print()
            terminal.render(record, console, verbose=verbose, page=out / "index.html")
    raise typer.Exit(exit_code(record))


def _again(target: str, plan: Path, place: Place, settings: ChaosSettings, options: tuple[str, ...]) -> str:
    said = ["edgeproof", "chaos", "--plan", str(plan), "--rate", f"{settings.rate_per_s:g}"]
    said += ["--steady-s", f"{settings.steady_s:g}", "--recovery-s", f"{settings.recovery_s:g}"]
    for name in ("requests", "faulted", "tokens"):
        cap = getattr(settings.caps, name)
        said += [] if cap == getattr(_USUAL, name) else [f"--most-{name}", str(cap)]
    said += ["--seed", str(settings.seed)]
    said += [] if target == "reference" else ["--target", target]
    said += [*place.words, *(["--all-is-ours"] if place.all_is_ours else [])]
    return shlex.join([*said, *options])
