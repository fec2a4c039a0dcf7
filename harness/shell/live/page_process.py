"""The process of the live page, as the run sees it.

The one rule: telling it something never waits for it, and a page that breaks off does not break the run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from harness.errors import HarnessError, UsageError
from harness.shell.own_path import with_own_path
from reports.live import Event, to_line

_URL: Final = "http://127.0.0.1:{}/"
_ENDS_WITHIN_S: Final = 10.0


class PageProcess:
    """A live page that runs; `tell` it what happens, and `close` it."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.url = url
        self._process = process
        self._told: SimpleQueue[Event | None] = SimpleQueue()
        self._teller = threading.Thread(target=self._tell_all, name="edgeproof-live", daemon=True)
        self._teller.start()

    @classmethod
    def start(cls, *, port: int, report: Path) -> PageProcess:
        """Start the process; it listens once this returns.

        Raises:
            UsageError: the port cannot be had.
            HarnessError: the process ends before it listens.
        """
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
            [sys.executable, "-P", "-m", "harness.shell.live", str(port), str(report.absolute())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=with_own_path(os.environ),
            start_new_session=True,  # Ctrl-C is for the run, which then tells its end
        )
        assert process.stdout is not None  # noqa: S101 - for the type: it was asked for
        with process.stdout:
            line = process.stdout.readline()
        told = json.loads(line) if line.endswith(b"\n") else {}
        if "port" not in told:
            process.communicate()
            if why := told.get("error"):
                raise UsageError(
                    f"the live page cannot have port {port}", evidence=why, next_step="give another; 0 picks a free one"
                )
            raise HarnessError("the live page could not be started", next_step="leave --web out")
        return cls(process, _URL.format(told["port"]))

    def tell(self, event: Event) -> None:
        """Tell the page what has happened; it hears of it when it can."""
        self._told.put(event)

    def close(self) -> None:
        """Let the page show everything that was told, then end it."""
        self._told.put(None)
        self._teller.join(_ENDS_WITHIN_S)
        try:
            self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tell_all(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101 - for the type: it was asked for
        with suppress(OSError):  # the page has ended; the run goes on
            while (event := self._told.get()) is not None:
                pipe.write(to_line(event).encode())
                pipe.flush()
        with suppress(OSError):
            pipe.close()
