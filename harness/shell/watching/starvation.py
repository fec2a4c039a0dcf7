"""How long a process waited for a processor: a target that the machine starves looks slow, and may give up.

The one rule: where the system does not count it, nobody was starved. Sources: Linux, Documentation/scheduler/
sched-stats, `/proc/PID/schedstat`: the second number is the time spent on a run queue, in nanoseconds; proc(5),
`/proc/PID/task/TID/children`. It is asked twice a case, so it reads these files alone and looks at no other process.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

_NS: Final = 1e9


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
