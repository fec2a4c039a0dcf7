"""How long a process waited for a processor: a target that the machine starves looks slow, and may give up.

The one rule: where the system does not count it, nobody was starved. Sources: Linux, Documentation/scheduler/
sched-stats, `/proc/PID/schedstat`: the second number is the time spent on a run queue, in nanoseconds; proc(5),
`/proc/PID/task/TID/children`, and `/proc/stat`: the eighth number of a processor is what the host of a virtual machine
kept from it, in ticks. It is asked twice a case, so it reads these files alone and looks at no other process.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_NS: Final = 1e9
_STOLEN: Final = 8


def waited_s(pid: int | None) -> float:
    """Return how long a process and its children have been ready to run, and did not, in seconds.

    It is the longest of all threads' sums: threads that wait side by side have not waited longer. 0 for no process,
    and where nobody counts.
    """
    waited_ns = 0
    family = [pid] if pid is not None else []
    while family:
        for thread in Path(f"/proc/{family.pop()}/task").glob("*"):
            with suppress(OSError, IndexError, ValueError):  # a thread that has just gone, or a system without these
                waited_ns = max(waited_ns, int((thread / "schedstat").read_text("ascii").split()[1]))
                family += map(int, (thread / "children").read_text("ascii").split())
    return waited_ns / _NS


def stolen_s() -> float:
    """Return what the host of this virtual machine has kept from its processors so far, in seconds.

    It is that of the processor that lost most: a process may have been on it. No run queue shows this time, because the
    machine itself takes it for time in which the process ran. 0 where nobody counts.
    """
    try:
        rows = [line.split() for line in Path("/proc/stat").read_text("ascii").splitlines() if line.startswith("cpu")]
        return max(int(row[_STOLEN]) for row in rows if row[0] != "cpu") / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0
