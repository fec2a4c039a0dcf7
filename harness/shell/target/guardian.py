"""A small process that ends what this one has started, should this one be killed.

Nothing can be done in a process that is killed (SIGKILL, out of memory). So the guardian, one for each process that
starts others, holds the end of a pipe that closes by itself when its ward dies, however that comes about. It then kills
what its ward had not ended: process groups that it was told of, and whatever carries its mark in the environment, which
finds a group that it was not yet told of, and descendants that left theirs.

The one rule: as a program, this file needs nothing but the standard library, and ends when its ward does.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

MARK: Final = "EDGEPROOF_GUARDIAN"
"""The variable of the environment by which a guardian knows what it guards."""


_UNHEARD: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends its ward must not end the guardian."""

_AT_PEACE: Final = "nothing is left"


class Guardian:
    """Guards process groups for as long as this process lives; it starts with the first of them."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(16)
        self._groups: set[int] = set()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def mark(self) -> dict[str, str]:
        """Return what a process needs in its environment to be known, from its first moment on; the guardian runs."""
        with self._lock:
            if self._process is None:
                self._start()
            elif self._process.poll() is not None:
                self._process.communicate()
                self._start()
        return {MARK: self._mark}

    def guard(self, group: int) -> None:
        """Have this process group killed when this process dies."""
        with self._lock:
            self._groups.add(group)
            self._tell(f"+{group}")

    def leave(self, group: int) -> None:
        """Take no more care of a group: it has been ended, and its number may soon be somebody else's."""
        with self._lock:
            self._groups.discard(group)
            self._tell(f"-{group}")

    def dismiss(self) -> None:
        """End the guardian, which kills what it still guards."""
        with self._lock:
            if self._process is None:
                return
            if not self._groups:
                self._tell(_AT_PEACE)
            with contextlib.suppress(BrokenPipeError), self._process:  # closes its pipe, and waits
                pass
            self._process = None

    def _start(self) -> None:
        import psutil

        libraries = str(Path(psutil.__file__).parent.parent)
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, _UNHEARD)  # it inherits this
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-I", "-S", __file__, self._mark, libraries],  # -S: it starts in a third of the time
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        for group in self._groups:  # of one before it, which somebody has killed
            self._tell(f"+{group}")

    def _tell(self, word: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(f"{word}\n".encode())


GUARDIAN: Final = Guardian()
"""The guardian of this process."""

atexit.register(GUARDIAN.dismiss)


def outlive(words: Iterable[str], mark: str, libraries: str) -> None:
    """Listen until the ward is dead, then kill all that it has left."""
    guarded: set[int] = set()
    for word in map(str.strip, words):
        if word == _AT_PEACE:
            return
        (guarded.add if word.startswith("+") else guarded.discard)(int(word[1:]))
    for group in guarded:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    sys.path.append(libraries)
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                process.kill()


if __name__ == "__main__":
    outlive(sys.stdin, *sys.argv[1:])
