"""`edgeproof gateway`: a reverse proxy in front of a real upstream that faults what bears a run's mark.

The one rule: everything that bounds it is on by default; what a user gives can only narrow it, but for the token.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from fault_injection.plan import Plan
from harness.cli.output import print_json, results, tell
from harness.cli.plan_option import plan_from
from harness.cli.stopping import told_to_stop
from harness.core.gateway.guard import RUN_HEADER, Caps, GuardError
from harness.core.observed.hidden.credentials import has_userinfo, secrets_of
from harness.core.observed.redact import Redactor, shown_url
from harness.core.run.seeds import digest
from harness.core.serving.names import is_loopback
from harness.errors import UsageError
from harness.shell.gateway.audit import Audit
from harness.shell.gateway.gateway import Gateway, GatewaySettings
from harness.shell.gateway.kill_switch import FILE, VARIABLE, kill_switch
from harness.shell.gateway.manners import TOKEN_VARIABLE
from harness.shell.loop import run as run_loop
from harness.shell.watching.punctual import punctually

_USUAL: Final = Caps()
_LOOKS_EVERY_S: Final = 1.0


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("gateway", rich_help_panel="Try things by hand")(gateway)


def gateway(
    upstream: Annotated[str, typer.Option("--upstream", metavar="URL", help="The real upstream, without a path.")],
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Where traffic goes in; port 0 picks a free one.")
    ] = "127.0.0.1:9000",
    control_port: Annotated[
        int,
        typer.Option("--control-port", min=0, max=65535, help="Its control port, on this machine; 0 picks a free one."),
    ] = 0,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE|PRESET", help="Faults from the start, for the plan's lifetime."),
    ] = None,
    run: Annotated[str, typer.Option("--run", metavar="NAME", help="The mark; by default one from the seed.")] = "",
    seed: Annotated[int, typer.Option("--seed", envvar="EDGEPROOF_SEED", min=0, help="Random seed.")] = 0,
    most_requests: Annotated[
        int, typer.Option("--most-requests", min=0, help="The most marked requests that it takes for one run.")
    ] = _USUAL.requests,
    most_faulted: Annotated[
        int, typer.Option("--most-faulted", min=0, help="The most requests that a fault strikes.")
    ] = _USUAL.faulted,
    most_tokens: Annotated[
        int, typer.Option("--most-tokens", min=0, help="The most tokens that a run may cost.")
    ] = _USUAL.tokens,
    log: Annotated[
        Path,
        typer.Option("--log", metavar="FILE", help="Log of what was done to which request, one JSON object per line."),
    ] = Path("chaos-events.jsonl"),
    name: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="HOST", help="Also accept requests with this Host; can be repeated."),
    ] = None,
    all_is_ours: Annotated[
        bool, typer.Option("--all-is-ours", help="Only the proxy under test can reach it, so requests need no mark.")
    ] = False,
    leave_after_s: Annotated[
        float, typer.Option("--leave-after-s", min=0, help="Stop after this many idle seconds; 0: never.")
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print its addresses as one line of JSON.")] = False,
) -> None:
    """Run a gateway between a staging proxy and its real upstream, until Ctrl-C.

    It passes everything on unchanged. Only requests that bear the mark of a
    run are faulted, and only while a plan is in force:

      edgeproof gateway --upstream https://api.cloudflare.com
      edgeproof gateway --upstream https://api.cloudflare.com --plan brownout

    Point the proxy at http://127.0.0.1:9000 instead of its upstream. The mark
    is a header, X-Edgeproof-Run, or W3C baggage: edgeproof=NAME.

    To stop all faults at once: EDGEPROOF_CHAOS=off before the start, a
    file chaos.stop beside the log, or Ctrl-C.
    """
    host, port = place_of(listen)
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not is_loopback(host) and not token:
        raise UsageError(
            f"{host} can be reached from elsewhere, so only who has a token may use the gateway",
            next_step=f"put one into the environment as {TOKEN_VARIABLE}, or listen on 127.0.0.1",
        )
    try:
        caps = Caps(requests=most_requests, faulted=most_faulted, tokens=most_tokens)
    except ValueError as error:
        raise UsageError("a cap is too high", evidence=str(error), next_step="give a lower one") from error
    settings = GatewaySettings(
        upstream=upstream_url(upstream),
        host=host,
        port=port,
        control_port=control_port,
        seed=seed,
        token=token,
        names=tuple(name or ()),
        all_is_ours=all_is_ours,
        caps=caps,
        is_called_off=kill_switch(log.parent / FILE),
    )
    rules = plan_from(plan) if plan else None
    mark = run or f"run-{digest(seed, 'gateway')[:12]}"
    with punctually():  # whoever asks through it must not wait for a collection of all that was loaded
        run_loop(_serve(settings, rules, mark, log, leave_after_s=leave_after_s, as_json=as_json))


async def _serve(
    settings: GatewaySettings,
    plan: Plan | None,
    run: str,
    log: Path,
    *,
    leave_after_s: float,
    as_json: bool,
) -> None:
    stop, ends = told_to_stop()
    running = Gateway(settings, audit=Audit(log, redactor=Redactor(secrets_of(os.environ))))
    try:
        await running.start()
    except OSError as error:
        control = f", or its control port {settings.control_port}," if settings.control_port else ""
        raise UsageError(
            f"{settings.host}:{settings.port}{control} is not available",
            evidence=os.strerror(error.errno or 0),
            next_step=f"give another --listen{' or --control-port' if control else ''}; port 0 picks a free one",
        ) from error
    try:
        if plan is not None:
            running.experiment.arm(plan, run=run, by_nonce=False, watched=False)
        _announce(running, run if plan else "", log, ends=ends, as_json=as_json)
        await _until_over(running, stop, leave_after_s)
    except GuardError as error:
        raise UsageError(
            "the plan cannot be put in force", evidence=str(error), next_step="see: edgeproof plan"
        ) from error
    finally:
        if running.experiment.guard.faulted:
            tell("reverting")
        await running.close()
    guard = running.experiment.guard
    tell(f"stopped: {guard.faulted} of {guard.requests} marked requests were faulted")


async def _until_over(running: Gateway, stop: asyncio.Event, leave_after_s: float) -> None:
    """Return when it is told to stop, or when nobody has needed it for long."""
    loop = asyncio.get_running_loop()
    needed_s = loop.time()
    while not stop.is_set():
        try:
            async with asyncio.timeout(_LOOKS_EVERY_S):
                await stop.wait()
        except TimeoutError:
            if running.open_connections or running.is_steered:
                needed_s = loop.time()
            elif leave_after_s and loop.time() - needed_s > leave_after_s:
                return


def _announce(running: Gateway, run: str, log: Path, *, ends: str, as_json: bool) -> None:
    if as_json:
        told = {"url": running.url, "control": running.control_url, "run": run, "pid": os.getpid()}
        print_json(json.dumps(told) + "\n")
        return
    with results() as console:
        console.print(running.url, markup=False, soft_wrap=True)
    marked = f"faults what bears {RUN_HEADER}: {run}" if run else "faults nothing until a plan is put in force"
    tell(
        f"gateway to {running.upstream.geturl()} on {running.url}; {marked}\n"
        f"steered at {running.control_url}/__edgeproof__/state; log: {log}\n"
        f"{ends}, {VARIABLE}=off or a file {FILE} beside the log stops all faults"
    )


def place_of(listen: str) -> tuple[str, int]:
    """Return the host and the port of an address to listen on.

    Raises:
        UsageError: it is none.
    """
    try:
        parts = urlsplit(f"//{listen}")
        if "@" not in listen and parts.hostname and parts.port is not None:
            return parts.hostname, parts.port
    except ValueError:
        pass
    raise UsageError(
        f"{shown_url(listen)!r} is not an address to listen on", next_step="give one such as 127.0.0.1:9000"
    )


def upstream_url(url: str) -> str:
    """Return the URL of an upstream as a gateway takes it: a scheme and a host.

    Raises:
        UsageError: it says more, or less.
    """
    if has_userinfo(url):
        raise UsageError(
            f"{shown_url(url)} holds a user name or a password, which the gateway does not send",
            next_step="leave it out: a proxy sends its upstream's credentials itself, and the gateway passes them on",
        )
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or parts.query:
        raise UsageError(
            f"{shown_url(url)!r} is not an upstream", next_step="give one such as https://api.cloudflare.com"
        )
    return f"{parts.scheme}://{parts.netloc}"
