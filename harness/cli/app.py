"""The verbs put together, and the one place where an exception becomes a message and an exit code.

The one rule: whatever a user types, the answer is a result, or one clear message and the exit code for it; never a
traceback. (A bug in edgeproof itself says that it is one, and where its traceback lies.)
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from fault_injection.fault import InvalidFaultError
from fault_injection.plan import PlanError
from fault_injection.registry import UnknownFaultError
from fault_injection.spec import SpecError
from harness import __version__
from harness.cli.output import make_streams_safe, results, tell
from harness.errors import HarnessError
from reports.record import RecordError
from reports.record.amiss import amiss
from scenarios.index import UnknownCaseError
from scenarios.mutants import UnknownMutantError

_USAGE = 2
_BUG = 3
_INTERRUPTED = 130
_SCARCE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_MISTAKES = (
    RecordError,
    UnknownFaultError,
    InvalidFaultError,
    SpecError,
    PlanError,
    UnknownCaseError,
    UnknownMutantError,
)
"""What a user got wrong, told by those whose words they are."""
_LISTS: Final = ("--case", "--suite", "--only")
"""Options that name several things, with commas. Of two, the parser would leave the first one out without a word."""

VERBS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "run": "running.run",
        "ui": "live.ui",
        "replay": "replaying",
        "leaks": "leaks",
        "load": "loading",
        "chaos": "chaotic",
        "gateway": "chaotic",
        "mock": "serving",
        "proxy": "serving",
        "plan": "plan",
        "cases": "catalogue",
        "faults": "catalogue",
        "invariants": "catalogue",
        "report": "records",
        "compare": "records",
        "baseline": "baseline",
        "merge": "shards",
        "league": "league",
        "probe": "probing",
        "drift": "drifting",
        "init": "setup",
        "doctor": "setup",
        "selfcheck": "selfcheck",
    }
)
"""Every verb and the module that registers it."""


def _version(wanted: bool) -> None:
    if wanted:
        with results():
            typer.echo(f"edgeproof {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Prove that an edge AI proxy survives its upstream."""


def app(words: Sequence[str]) -> typer.Typer:
    """Return the verbs that a command line can mean: the one that it names, else all of them.

    A run needs libraries that would hold up every other verb, so what nobody asks for is not loaded.
    """
    made = typer.Typer(
        name="edgeproof",
        epilog="Start here: [bold]edgeproof run[/bold]\n"
        "Your own proxy: [bold]edgeproof init my-proxy.toml[/bold], edit it, then\n"
        "[bold]edgeproof run my-proxy.toml[/bold]",
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback(no_args_is_help=True)(_root)
    named = VERBS.get(next((word for word in words if not word.startswith("-")), ""))
    wanted = [named] if named else [] if "--version" in words else dict.fromkeys(VERBS.values())
    for module in wanted:
        import_module(f"harness.cli.{module}").register(made)
    return made


def main() -> None:
    """Run the command line and exit with the code of its outcome.

    0 all held, 1 a promise was broken, 2 usage, 3 inconclusive or harness error, 4 a gate was missed.
    """
    make_streams_safe()
    sys.exit(_outcome())


def _outcome() -> int:
    words = sys.argv[1:]
    for option in _LISTS:
        if sum(word == option or word.startswith(f"{option}=") for word in words) > 1:
            return _complain(f"{option} is given twice\ngive it once, with commas: {option} 'A,B'", _USAGE)
    try:
        code = app(words)(standalone_mode=False)
    except HarnessError as error:
        return _complain(str(error), error.exit_code)
    except typer.TyperException as error:
        return _misused(error)
    except _MISTAKES as error:
        return _complain(str(error.args[0] if error.args else error), _USAGE)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort
        if isinstance(error, OSError) and (told := _told_by_the_system(error)):
            return _complain(*told)
        return _complain(_bug(error), _BUG)
    return code if isinstance(code, int) else 0


def _misused(error: typer.TyperException) -> int:
    """Tell what is wrong with the command line, and which help to read."""
    context = getattr(error, "ctx", None)
    said = " ".join(error.format_message().split())
    if isinstance(error.__cause__, ValidationError):
        first = error.__cause__.errors(include_url=False)[0]
        told = amiss(first) if first["type"] == "value_error" else f"{amiss(first)}, not {first['input']!r}"
        said = said.replace(" ".join(first["msg"].split()), told)
    if said:  # nothing is said where the help was shown instead
        verb = context.command_path if context is not None else "edgeproof"
        _complain(f"{said}\nsee: {verb} --help", _USAGE)
    return _USAGE


def _told_by_the_system(error: OSError) -> tuple[str, int] | None:
    """Return what to say of a file that cannot be used, or of what the machine has run out of, and the exit code.

    None for all else, a broken connection of our own say: nobody has left that to the user, so it is a bug.
    """
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in _SCARCE:
        return f"the machine has run out of something: {reason}\nmake room, or run less at once (--jobs 1)", _BUG
    if error.filename is not None:
        name = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else error.filename
        return f"{name}: {reason}\nname a file or folder that is there, and that you may read and write", _USAGE
    return None


def _bug(error: Exception) -> str:
    what = f"this is a bug in edgeproof, not in your proxy: {type(error).__name__}: {error}"
    try:
        with tempfile.NamedTemporaryFile("w", prefix="edgeproof-", suffix=".traceback", delete=False) as file:
            traceback.print_exc(file=file)
    except OSError:
        return f"{what}\nreport it with the command you typed and with the traceback:\n{traceback.format_exc()}"
    return f"{what}\nreport it with the command you typed and with the traceback: {file.name}"


def _complain(message: str, code: int) -> int:
    tell(f"edgeproof: {message}")
    return code
