"""`edgeproof run --url`: a first look at a proxy that runs already, without a target file.

The one rule: it is a target file all the same. It lies with the reports, so that a replay names it and a user can go
on from it.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Final

import typer

from harness.cli.options import is_typed
from harness.cli.output import tell
from harness.core.target.file import TargetFile
from harness.core.target.first_look import FirstLook
from harness.core.target.parser import parse
from harness.core.target.values import Dialect
from harness.errors import UsageError

_USUAL_MODEL: Final = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
USUAL_PORT: Final = 8787
"""Where the mock is when nothing is said, here as in `edgeproof mock`."""
_FILE: Final = "target.toml"
_PANEL: Final = "Without a target file"

UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        envvar="EDGEPROOF_URL",
        help=f"A proxy that is already running; its upstream must be the mock, on --upstream-port ({USUAL_PORT}).",
        rich_help_panel=_PANEL,
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="M", envvar="EDGEPROOF_MODEL", help="The model to ask for.", rich_help_panel=_PANEL
    ),
]
DialectOption = Annotated[
    Dialect | None,
    typer.Option("--dialect", envvar="EDGEPROOF_DIALECT", help="How clients talk to it.", rich_help_panel=_PANEL),
]
PathOption = Annotated[
    str | None,
    typer.Option(
        "--path", metavar="PATH", envvar="EDGEPROOF_PATH", help="Where a chat request goes.", rich_help_panel=_PANEL
    ),
]
StreamingOption = Annotated[
    bool | None,
    typer.Option(
        "--streaming/--no-streaming",
        envvar="EDGEPROOF_STREAMING",
        help="Whether it streams; yes by default.",
        rich_help_panel=_PANEL,
    ),
]


def look(
    context: typer.Context,
    url: str | None,
    *,
    file: str | None,
    model: str | None,
    dialect: Dialect | None,
    path: str | None,
    streaming: bool | None,
) -> FirstLook | None:
    """Return what is assumed of the proxy at an address; None without one, or when the command line names a target.

    Raises:
        UsageError: the address is not one, the environment names two targets, or a flag describes a proxy that a target
            file describes.
    """
    if url is not None and not is_typed(context, "url"):
        if file is not None or is_typed(context, "target"):
            url = None
        elif context.get_parameter_source("target") == context.get_parameter_source("url"):
            raise UsageError("two targets are named: EDGEPROOF_TARGET and EDGEPROOF_URL", next_step="unset one of them")
    if url is None:
        told = {"model": model, "dialect": dialect, "path": path, "streaming": streaming}
        extra = next((f"--{name}" for name, value in told.items() if value is not None and is_typed(context, name)), "")
        if extra:
            raise UsageError(f"{extra} needs --url", next_step="a target file has it in its table [chat]")
        return None
    return FirstLook.at(
        url,
        dialect=dialect or "openai",
        path=path,
        model=model or _USUAL_MODEL,
        streaming=True if streaming is None else streaming,
    )


def described(first: FirstLook) -> TargetFile:
    """Return the target that the assumptions come to."""
    return parse(first.text, file="what --url, --path and --model say")


def file_in(out: Path) -> Path:
    """Return where the file lies that says what was assumed."""
    return out / _FILE


def announce(first: FirstLook, *, upstream_port: int, file: Path) -> None:
    """Say what is assumed, and which file says the same."""
    streams = "it streams (if not: --no-streaming)" if first.streaming else "it does not stream"
    tell(f"a first look at {first.origin} without a target file, assuming that")
    tell(f"  it speaks the {first.dialect} dialect at {first.path}, for the model {first.model}")
    tell(f"  its upstream is http://127.0.0.1:{upstream_port}, where the mock will be")
    tell(f"  {streams}, and claims nothing else: no cache, retries, breaker, fallback or limits are judged")
    tell(f"these assumptions are in {file}; copy it, add what the proxy claims, then:")
    tell(f"  {shlex.join(['edgeproof', 'run', 'my-proxy.toml', '--upstream-port', str(upstream_port)])}")
