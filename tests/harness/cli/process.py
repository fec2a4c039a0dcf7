"""The command line as a child process, for what only a process of its own can show: signals, pipes, descendants."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from harness.shell.target import guardian

COMMAND = (sys.executable, "-m", "harness")
PATIENCE_S = 60


@contextmanager
def edgeproof(
    *arguments: str, cwd: Path, command: Sequence[str] = COMMAND, **pipes: int
) -> Iterator[subprocess.Popen[str]]:
    """Start `edgeproof ARGUMENTS`; whatever is left of it at the end is killed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("EDGEPROOF_")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes}
    with subprocess.Popen(
        [*command, *arguments], cwd=cwd, env=env, text=True, start_new_session=True, **pipes
    ) as child:  # type: ignore[call-overload]  # the pipes are integers
        try:
            yield child
        finally:
            for process in (*descendants(child.pid), psutil.Process(child.pid)) if child.poll() is None else ():
                process.kill()


def descendants(pid: int) -> list[psutil.Process]:
    """Return the children of a process and theirs, but for its guardian."""
    guarding = guardians(pid)
    return [each for each in psutil.Process(pid).children(recursive=True) if each not in guarding]


def wait_for_descendants(child: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return a process's children and theirs as soon as there are some."""
    while child.poll() is None:
        if found := descendants(child.pid):
            return found
    raise AssertionError(f"it ended with {child.returncode} and had started nothing")


def guardians(pid: int) -> list[psutil.Process]:
    """Return who will end the rest of a process's children, should it be killed: none, or one."""
    found = []
    for each in psutil.Process(pid).children():
        with suppress(psutil.Error):
            if guardian.__file__ in each.cmdline():
                found.append(each)
    return found


def wait_for_line(child: subprocess.Popen[str], part: str) -> str:
    """Read its standard error up to a line with these words."""
    assert child.stderr is not None
    seen = []
    for line in child.stderr:
        seen.append(line)
        if part in line:
            return line
    raise AssertionError(f"{part!r} was never said; this was: {''.join(seen)}")
