"""`edgeproof mock` and `edgeproof proxy`: each end of the wire on its own, to try things by hand.

The one rule: what a shell should read (addresses, environment) goes to standard output, everything else to standard
error.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from fault_injection.plan import Plan
from harness.cli.options import OwnedOption, loaded
from harness.cli.output import log, print_json, results, tell
from harness.cli.plan_option import plan_from
from harness.cli.stopping import told_to_stop, unless_told
from harness.core.target.file import TargetFile
from harness.errors import HarnessError, UsageError
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings, environment
from harness.shell.loop import run as run_loop
from harness.shell.own_path import with_own_path
from harness.shell.playing.lane import Lane
from harness.shell.upstream.told import Told
from harness.shell.upstream.wire_server import WireServer
from harness.shell.upstream.workers.crew import Crew

_MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"

_ANY = 1
"""Stands for a port that is still to be picked."""


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("mock", rich_help_panel="Try things by hand")(mock)
    app.command(
        "proxy",
        rich_help_panel="Try things by hand",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    )(proxy)


def mock(
    port: Annotated[
        int, typer.Option("--port", "-p", min=0, max=65535, help="Where it listens; 0 picks a free port.")
    ] = 8787,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="A TOML file of rules: which faults hit which requests.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", envvar="EDGEPROOF_SEED", min=0, help="Random seed.")] = 0,
    target: Annotated[
        str,
        typer.Option("--target", "-t", metavar="FILE|NAME", help="Start this target as well, before the mock."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON instead of the environment.")] = False,
    gather: Annotated[
        bool, typer.Option("--gather", help="Send in one piece what no pause separates: quicker, for load alone.")
    ] = False,
    workers: Annotated[
        int,
        typer.Option("--workers", metavar="N", min=1, max=64, help="Processes that share the port: for load alone."),
    ] = 1,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name", metavar="HOST", help="Also answer control paths that are asked by this name; can be repeated."
        ),
    ] = None,
    i_own_this_target: OwnedOption = False,
) -> None:
    """Run the mock Cloudflare alone; print the environment that points a proxy at it.

    It serves the APIs of Workers AI, Workers KV and OpenAI until Ctrl-C,
    and logs one line for each request on standard error.
    Start it, and try the curl line that it prints:

      edgeproof mock

    Start a proxy with its environment, in a script:

      edgeproof mock --port 8787 > mock.env &
      . ./mock.env; my-proxy --upstream http://127.0.0.1:8787

    A fault in one answer (edgeproof faults lists them), or by a plan:

      curl ... -H 'X-Edgeproof-Fault: sse.truncate(after=3)'
      edgeproof mock --plan faults.toml --seed 7

    Steered from a container, which knows this machine by another name:

      edgeproof mock --name host.docker.internal

    On several cores, with one plan, one store and one journal for all:

      edgeproof mock --workers 4

    With a proxy in front of it, started as its target file says:

      edgeproof mock --target my-proxy.toml
    """
    rules = plan_from(plan) if plan else None
    proxy = loaded(target, owned=i_own_this_target, upstream_port=port or _ANY) if target else None
    if proxy is not None and proxy.command is None and not port:
        raise UsageError(
            f"{proxy.name} is already running, so its upstream has a fixed port",
            evidence="target.command is not set",
            next_step="name it: --port N",
        )
    if proxy is not None and (gather or workers > 1):
        raise UsageError(
            f"{'--gather' if gather else '--workers'} is for a mock alone",
            next_step="leave out --target, and start the proxy with the mock's environment",
        )
    if workers > 1 and sys.platform != "linux":
        raise UsageError("only Linux spreads a port over processes", next_step="leave out --workers")
    names = tuple(name or ())
    run_loop(_serve(port, rules, seed, proxy, as_json=as_json, names=names, gathers=gather, workers=workers))


async def _serve(
    port: int,
    plan: Plan | None,
    seed: int,
    target: TargetFile | None,
    *,
    as_json: bool,
    names: tuple[str, ...],
    gathers: bool,
    workers: int,
) -> None:
    stop, stopped_by = told_to_stop()
    failed: asyncio.Future[str] | None = None
    async with AsyncExitStack() as stack:
        server: WireServer | Crew
        settings, lane = MockSettings(), None
        if target is not None:
            lane = await unless_told(stop, stack.enter_async_context(_proxy(target, seed, port)))
            if lane is None:
                tell("stopped")
                return
            settings, server = lane.mock.settings, lane.server
            server.set_plan(plan)
        elif workers == 1:
            server = WireServer(mock=MockCloudflare(settings), seed=seed, plan=plan, port=port, gathers=gathers)
        else:
            server = Crew(
                mock=MockCloudflare(settings), workers=workers, seed=seed, plan=plan, port=port, gathers=gathers
            )
            failed = server.failed
            failed.add_done_callback(lambda _: stop.set())
        server.answer_to(names)
        if lane is None:
            stack.push_async_callback(server.close)
            await _start(server, port)
        if as_json:
            _print(server.url, settings, lane)
        else:
            if lane is not None:
                tell(f"{lane.target_file.name} on {lane.url}")
            _announce(server.url, settings, stopped_by=stopped_by)
        told = Told(server.journal, log) if isinstance(server, WireServer) else None  # workers tell for themselves
        await stop.wait()
        if told is not None:
            told.finish()
    if failed is not None and failed.done():
        raise HarnessError("a part of the mock is gone, and with it what it had seen", evidence=failed.result())
    tell("stopped")


@asynccontextmanager
async def _proxy(target: TargetFile, seed: int, port: int) -> AsyncGenerator[Lane]:
    logs = Path(tempfile.mkdtemp(prefix="edgeproof-mock-"))
    try:
        async with Lane(target, seed=seed, logs=logs, upstream_port=port) as lane:
            yield lane
    except Exception:
        raise  # the message names its log
    except BaseException:
        shutil.rmtree(logs, ignore_errors=True)
        raise
    shutil.rmtree(logs, ignore_errors=True)


async def _start(server: WireServer | Crew, port: int) -> None:
    try:
        await server.start()
    except OSError as error:
        raise UsageError(
            f"port {port} is not available",
            evidence=os.strerror(error.errno or 0),
            next_step="give another --port; 0 picks a free one",
        ) from error


def _print(url: str, settings: MockSettings, lane: Lane | None) -> None:
    told: dict[str, object] = {"url": url, "env": environment(settings, url), "target": None}
    if lane is not None:
        chat = lane.target_file.chat
        told["target"] = {
            "name": lane.target_file.name,
            "url": lane.url,
            "path": chat.path,
            "model": chat.model,
            "headers": dict(lane.headers("a")),
        }
    print_json(json.dumps(told) + "\n")


def _announce(url: str, settings: MockSettings, *, stopped_by: str) -> None:
    with results() as console:
        for name, value in environment(settings, url).items():
            console.print(f"export {name}={shlex.quote(value)}", markup=False, soft_wrap=True)
    body = f'{{"model": "{_MODEL}", "stream": true, "messages": [{{"role": "user", "content": "Hello"}}]}}'
    lines = (
        f"mock Cloudflare on {url} (control: {url}/__edgeproof__/health); {stopped_by} stops it",
        "try it:",
        f"  curl -N {url}/v1/chat/completions -H 'Authorization: Bearer {settings.api_token}' \\",
        f"    -H 'Content-Type: application/json' -d '{body}'",
        "the same cut short: add  -H 'X-Edgeproof-Fault: sse.truncate(after=3)'",
    )
    tell("\n".join(lines))


def proxy(context: typer.Context) -> None:
    """Run the reference proxy alone; its flags are its own: edgeproof proxy --help.

    Example: edgeproof proxy --port 8080 --upstream http://127.0.0.1:8787
    """
    # It is an application of its own, so it gets this process to itself.
    command = [sys.executable, "-P", "-m", "harness.reference_proxy", *context.args]
    os.execve(sys.executable, command, with_own_path(os.environ))  # noqa: S606 - our own interpreter and module, no shell
