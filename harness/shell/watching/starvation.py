"""How long a process waited for a processor: a target that the machine starves looks slow, and may give up.

The one rule: where the system does not count it, nobody was starved. Source: Linux, Documentation/scheduler/
sched-stats, `/proc/PID/schedstat`: the second number is the time spent on a run queue, in nanoseconds.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

_NS: float = 1e9


def waited_s(pid: int | None) -> float:
    """Return how long a process and its children have been ready to run, and did not, in seconds.

    It is the longest of all threads' sums: threads that wait side by side have not waited longer. 0 for no process,
    and where nobody counts.
    """
    if pid is None:
        return 0.0
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0.0
    return max(map(_of_process, family), default=0.0)


def _of_process(process: psutil.Process) -> float:
    waited = 0.0
    for told in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
        with suppress(OSError, IndexError, ValueError):  # a thread that has just gone
            waited = max(waited, int(told.read_text("ascii").split()[1]) / _NS)
    return waited
