"""What a process holds at a moment: resident memory and open descriptors, with all its children.

The one rule: a process that has just gone counts as nothing; sampling never fails a case.
"""

from __future__ import annotations

import time

import psutil

from harness.core.observed.history import Sample
from harness.shell.target.family import family_of


def sample(pid: int | None, label: str) -> Sample | None:
    """Sample a process tree, or return None when there is no such process or it cannot be looked into."""
    if pid is None:
        return None
    try:
        processes = family_of(pid)
    except psutil.Error:
        return None
    resident = descriptors = 0
    for process in processes:
        try:
            with process.oneshot():
                resident += process.memory_info().rss
                descriptors += process.num_fds()
        except psutil.Error:
            continue
    return Sample(at_s=time.monotonic(), label=label, resident_bytes=resident, descriptors=descriptors)
