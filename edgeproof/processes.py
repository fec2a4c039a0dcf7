"""Processes of ours, started from a program of somebody else's.

The one rule: none of them outlives the program that started it, however that ends. Each holds one end of a pipe, and
stops when the other end closes, which the system sees to even when the program is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from types import TracebackType
from typing import IO, Final, Self

from edgeproof.errors import EdgeproofError

_COMMAND: Final = (sys.executable, "-P", "-m", "edgeproof.under_program")
_GRACE_S: Final = 15.0
_TOLD_BYTES: Final = 4000


def answer_of(module: str, question: object) -> object:
    """Ask a module of ours in a process of its own; both question and answer are JSON.

    Raises:
        EdgeproofError: when no answer came.
    """
    done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
        [*_COMMAND, "--module", module], input=json.dumps(question), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise EdgeproofError(f"{module} ended with exit code {done.returncode}: {done.stderr[-_TOLD_BYTES:].strip()}")
    return json.loads(done.stdout)


class Ours:
    """The command line with these `words`, for as long as this is entered."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._said = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def start(self) -> None:
        """Start it. Ctrl-C on a terminal does not reach it: the program decides when it ends."""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process; a pipe would fill up
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
                [*_COMMAND, *self._words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                start_new_session=True,
            )
        except BaseException:
            self._errors.close()
            raise

    @property
    def pid(self) -> int | None:
        """The process; None before it was started."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        return self._process.poll() if self._process else None

    def line(self) -> str:
        """Wait for the next line that it prints; empty when it ended instead."""
        out = self._process.stdout if self._process else None
        return out.readline().decode(errors="replace") if out else ""

    def rest(self) -> str:
        """Wait for its end, and return all that it printed until then."""
        if self._process is None or self._process.stdout is None:
            return ""
        printed = self._process.stdout.read().decode(errors="replace")
        self._process.wait()
        return printed

    def said(self) -> str:
        """Return the end of what it has written to standard error."""
        if self._errors is not None and not self._errors.closed:
            size = os.fstat(self._errors.fileno()).st_size
            told = os.pread(self._errors.fileno(), _TOLD_BYTES, max(0, size - _TOLD_BYTES))  # it writes where it was
            self._said = told.decode(errors="replace").strip()
        return self._said

    def end(self) -> None:
        """Ask it to end, wait for that, and in the end make it."""
        process = self._process
        if process is None:
            return
        try:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_S)
        finally:
            if process.poll() is None:
                process.kill()  # what it has started, its guardian ends
                process.wait()
            self.said()
            if self._errors is not None:
                self._errors.close()
