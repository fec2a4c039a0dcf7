"""A process with all its descendants.

The one rule: only they are looked at. To ask every process of the machine for its parent takes milliseconds, and who
samples a target does so on the loop that plays its upstream. Source: proc(5), `/proc/PID/task/TID/children`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

_TOLD: Final = Path(f"/proc/self/task/{os.getpid()}/children").exists()
"""Whether this system tells of a thread's children; not every one does."""


def family_of(pid: int) -> list[psutil.Process]:
    """Return a process, first, and all its descendants, also those that went into a session of their own.

    Raises:
        psutil.Error: there is no such process.
    """
    root = psutil.Process(pid)
    if not _TOLD:
        return [root, *root.children(recursive=True)]
    found = [root]
    for child in _descendants(pid):
        with suppress(psutil.Error):  # it has just gone
            found.append(psutil.Process(child))
    return found


def _descendants(pid: int) -> Iterator[int]:
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError):  # the thread has just gone, or its process
            for child in map(int, (thread / "children").read_text("ascii").split()):
                yield child
                yield from _descendants(child)
