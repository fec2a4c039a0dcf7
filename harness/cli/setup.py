"""`edgeproof init` and `edgeproof doctor`: a target file to start from, and a look at the installation.

The one rule: `init` prints a file that runs as it is once its three marked lines are filled in; `doctor` says what to
do about whatever it finds.
"""

from __future__ import annotations

import platform
import resource
import shutil
import socket
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from harness import __version__
from harness.errors import UsageError
from harness.shell.targets import template

_LIBRARIES = ("aiohttp", "httptools", "httpx", "hypothesis", "psutil", "pydantic", "uvloop")
_FEW_DESCRIPTORS = 1024


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("init", rich_help_panel="Set up")(init)
    app.command("doctor", rich_help_panel="Set up")(doctor)


def init(
    path: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to write; standard output when left out.")
    ] = None,
) -> None:
    """Write a commented target file for your own proxy.

    Example: edgeproof init my-proxy.toml
    """
    text = template()
    if path is None:
        typer.echo(text, nl=False)
        return
    if path.exists():
        raise UsageError(f"{path} is there already", next_step="name another file, or remove it first")
    path.write_text(text, encoding="utf-8")
    hint = f"{path} written. Edit command, url and model, then: edgeproof run --target {path}"
    Console(stderr=True, highlight=False).print(hint, markup=False, soft_wrap=True)


def doctor() -> None:
    """Check the installation and say what to do about anything that is missing."""
    console = Console(highlight=False)
    console.print(
        f"edgeproof {__version__}, Python {platform.python_version()} on {platform.system()} ({sys.executable})"
    )
    problems = [*_libraries(console), *_descriptors(console), *_loopback(console)]
    browser = shutil.which("chromium")
    console.print(f"chromium       {browser or 'not found (only the tests of the HTML report need it)'}", markup=False)
    for problem in problems:
        console.print(f"problem: {problem}", style="red", markup=False, soft_wrap=True)
    console.print("all well" if not problems else f"{len(problems)} problem(s)")
    raise typer.Exit(3 if problems else 0)


def _libraries(console: Console) -> list[str]:
    problems = []
    for name in _LIBRARIES:
        try:
            console.print(f"{name:<14} {version(name)}", markup=False)
        except PackageNotFoundError:
            problems.append(f"{name} is not installed; run: pip install edgeproof")
    return problems


def _descriptors(console: Console) -> list[str]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    console.print(f"descriptors    {soft} at most")
    return [] if soft >= _FEW_DESCRIPTORS else [f"only {soft} descriptors; run: ulimit -n 4096"]


def _loopback(console: Console) -> list[str]:
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            console.print(f"loopback       port {server.getsockname()[1]} could be had")
    except OSError as error:
        return [f"no port on 127.0.0.1: {error}"]
    return []
