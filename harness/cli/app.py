"""The verbs put together, and the one place where an exception becomes a message and an exit code.

The one rule: whatever a user types, the answer is a result, or one clear message and the exit code for it; never a
traceback. (A bug in edgeproof itself says that it is one, and where its traceback lies.)
"""

from __future__ import annotations

import sys
import tempfile
import traceback

import typer
from rich.console import Console

from fault_injection.fault import InvalidFaultError
from fault_injection.plan import PlanError
from fault_injection.registry import UnknownFaultError
from fault_injection.spec import SpecError
from harness import __version__
from harness.cli import catalogue, records, run, serving, setup
from harness.errors import HarnessError
from reports.record import RecordError
from scenarios.index import UnknownCaseError

_INTERRUPTED = 130

app = typer.Typer(
    name="edgeproof",
    help="Prove that an edge AI proxy survives its upstream.",
    epilog="Try it: [bold]edgeproof run[/bold]. Your own proxy: [bold]edgeproof init > my-proxy.toml[/bold], edit it, "
    "then [bold]edgeproof run --target my-proxy.toml[/bold].",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (run, serving, catalogue, records, setup):
    module.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"edgeproof {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Prove that an edge AI proxy survives its upstream."""


def main() -> None:
    """Run the command line and exit with the code of DESIGN: 0 held, 1 broken, 2 usage, 3 inconclusive, 4 gate."""
    sys.exit(_outcome())


def _outcome() -> int:
    try:
        app(standalone_mode=True)
    except HarnessError as error:
        return _complain(str(error), error.exit_code)
    except (RecordError, UnknownFaultError, InvalidFaultError, SpecError, PlanError, UnknownCaseError) as error:
        return _complain(str(error), 2)
    except KeyboardInterrupt:
        return _complain("stopped", _INTERRUPTED)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _complain(f"{where}{error.strerror or error}", 2)
    except Exception as error:  # noqa: BLE001 - the last resort: a bug of ours, told as one
        with tempfile.NamedTemporaryFile("w", prefix="edgeproof-", suffix=".traceback", delete=False) as file:
            traceback.print_exc(file=file)
        kind = type(error).__name__
        return _complain(f"this is a bug in edgeproof, not in your proxy: {kind}: {error}\ntraceback: {file.name}", 3)
    return 0


def _complain(message: str, code: int) -> int:
    Console(stderr=True, highlight=False).print(f"edgeproof: {message}", markup=False, soft_wrap=True)
    return code
