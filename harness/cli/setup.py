"""`edgeproof init` and `edgeproof doctor`: a target file to start from, and a look at the installation.

The one rule: `init` prints a file that runs as it is once its three marked lines are filled in; `doctor` says what to
do about whatever it finds.
"""

from __future__ import annotations

import os
import platform
import resource
import shlex
import shutil
import socket
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from harness import __version__
from harness.cli.output import results, tell
from harness.core.target.file import TargetFile
from harness.core.target.worker.first_file import first_file
from harness.errors import UsageError
from harness.shell.load.capacity import TOKENS, answers_per_s
from harness.shell.loop import run as run_loop
from harness.shell.target.targets import load, template
from harness.shell.target.worker.ready import folder_of, needs_of, wrangler_file
from harness.shell.target.worker.tools import ESBUILD, WORKERD, find
from reports.overview import amount

_LIBRARIES = ("aiohttp", "httptools", "httpx", "hypothesis", "locust", "psutil", "pydantic", "uvloop")
_FEW_DESCRIPTORS = 1024


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("init", rich_help_panel="Set up")(init)
    app.command("doctor", rich_help_panel="Set up")(doctor)


def init(
    path: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to write; standard output by default.")
    ] = None,
    worker: Annotated[
        Path | None,
        typer.Option(
            "--worker", metavar="WRANGLER", help="The wrangler file of the Cloudflare Worker to write it for."
        ),
    ] = None,
) -> None:
    """Write a commented target file for your own proxy.

    Then edit it, and judge the proxy:

      edgeproof init my-proxy.toml
      edgeproof run my-proxy.toml

    For a Cloudflare Worker:

      edgeproof init edgeproof.toml --worker wrangler.jsonc
    """
    text = template() if worker is None else _for_worker(worker, path)
    if path is None:
        with results() as console:
            console.print(text, end="", markup=False, soft_wrap=True)
        return
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} already exists", next_step="name another file, or remove it first") from None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written", evidence=error.strerror or str(error), next_step="name another file"
        ) from error
    edit = "Edit command, url and model" if worker is None else "See what it says of the Worker"
    tell(f"{path} written. {edit}, then: edgeproof run {shlex.quote(str(path))}")


def _for_worker(wrangler: Path, path: Path | None) -> str:
    """Return the target file for a Worker, which names its wrangler file as seen from there."""
    start = (path or Path("target.toml")).resolve().parent
    seen = os.path.relpath(wrangler.resolve(), start)
    return first_file(wrangler_file(wrangler, environment=None), file=Path(seen).as_posix())


def doctor(
    target: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="The target file of a Cloudflare Worker, to check that as well."),
    ] = None,
    speed: Annotated[
        bool, typer.Option("--speed", help="Measure what one load generator can ask here; takes some eight seconds.")
    ] = False,
) -> None:
    """Check the installation, and say what to do about anything missing.

    Also check what a Cloudflare Worker needs, without running it:

      edgeproof doctor edgeproof.toml

    How much a load may ask of this machine, for each process of --processes:

      edgeproof doctor --speed
    """
    wanted = load(target) if target is not None else None
    with results() as console:
        python = f"Python {platform.python_version()} on {platform.system()} ({sys.executable})"
        console.print(f"edgeproof {__version__}, {python}", markup=False, soft_wrap=True)
        problems = [*_libraries(console), *_descriptors(console), *_loopback(console)]
        problems += needs_of(wanted) if wanted is not None else []
        for line in _for_workers(wanted):
            console.print(line, markup=False, soft_wrap=True)
        browser = shutil.which("chromium") or "not found (only the tests of the HTML report need it)"
        console.print(f"chromium       {browser}", markup=False, soft_wrap=True)
        if speed:
            run_loop(_tell_speed(console))
        for problem in problems:
            console.print(f"problem: {problem}", style="red", markup=False, soft_wrap=True)
        console.print("no problems" if not problems else amount(len(problems), "problem"))
    raise typer.Exit(3 if problems else 0)


async def _tell_speed(console: Console) -> None:
    whole, streams = await answers_per_s(stream=False), await answers_per_s(stream=True)
    told = f"{whole:.0f} whole answers or {streams:.0f} streams of {TOKENS} tokens a second"
    console.print(
        f"one generator  {told}; a load that asks for half of it is measured well", markup=False, soft_wrap=True
    )


def _libraries(console: Console) -> list[str]:
    problems = []
    for name in _LIBRARIES:
        try:
            console.print(f"{name:<14} {version(name)}", markup=False)
        except PackageNotFoundError:
            problems.append(f"{name} is not installed; run: pip install edgeproof")
    return problems


def _for_workers(target: TargetFile | None) -> list[str]:
    """What Cloudflare Workers are judged with. Nothing of it is a problem: who has no Worker needs none."""
    npm = shutil.which("npm")
    here = folder_of(target) if target is not None and target.worker is not None else Path.cwd()
    absent = (
        "not installed; npm installs it at first use" if npm else "not found, and there is no npm to install it with"
    )
    absent = f"{absent} (only Cloudflare Workers need it)"
    return [f"{tool.name:<14} {find(tool, here) or absent}" for tool in (WORKERD, ESBUILD)]


def _descriptors(console: Console) -> list[str]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    console.print(f"descriptors    {soft} at most")
    return [] if soft >= _FEW_DESCRIPTORS else [f"only {soft} descriptors; run: ulimit -n 4096"]


def _loopback(console: Console) -> list[str]:
    try:
        with socket.create_server(("127.0.0.1", 0)):
            console.print("loopback       works")
    except OSError as error:
        return [f"no port on 127.0.0.1: {error}"]
    return []
