"""Standard output and standard error, as pipes, terminals and old locales have them.

The one rule: results go to standard output, all else to standard error; a reader that has gone away ends the output
and never changes an exit code.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import typer
from rich.console import Console


def make_streams_safe() -> None:
    """Make both streams take whatever is written: closed ones swallow it, ASCII ones escape what they lack."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class PatientConsole(Console):
    """A console whose reader may go away: rich would end the process with exit code 1, which means a broken promise."""

    def on_broken_pipe(self) -> None:
        """Write nothing more, here or at the interpreter's end."""
        self.quiet = True
        _close(self.file)


@contextmanager
def results() -> Iterator[Console]:
    """Give the console for results; when its reader goes away, as `head` does, the rest is not written."""
    try:
        yield PatientConsole(highlight=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _close(sys.stdout)


def print_json(text: str) -> None:
    """Print JSON, in UTF-8 whatever the locale is, because RFC 8259 §8.1 says so."""
    with results():
        typer.echo(text.encode(), nl=False)


def tell(message: str, *, style: str = "") -> None:
    """Say something on standard error, word for word."""
    with suppress(OSError):  # nobody listens
        PatientConsole(stderr=True, highlight=False).print(message, markup=False, soft_wrap=True, style=style)


def log(line: str) -> None:
    """Write a line to standard error as quickly as can be: for what comes by the thousand."""
    with suppress(OSError, ValueError):  # nobody listens
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _close(stream: IO[str]) -> None:
    """Send whatever is still written to nowhere, or the interpreter would complain about it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
