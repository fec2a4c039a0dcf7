"""What the processors of this machine are busy with: the target, the harness, or somebody else.

The one rule: what cannot be measured is not guessed; there is then no use to tell of.
"""

from __future__ import annotations

import os
from typing import Final

import psutil

from harness.core.load.lateness import HostUse

_LEAST_S: Final = 0.5
_IDLE: Final = frozenset({"idle", "iowait"})


class HostMeter:
    """Measures from when it is made; `target` is the target's process, where it was started here."""

    def __init__(self, target: int | None) -> None:
        self._target = target
        self._before = _machine()
        self._ours = _spent(os.getpid())
        self._theirs = _spent(target) if target else None

    def read(self) -> HostUse | None:
        """Return the use since then; None where too little time has passed to tell. Call it while they all run."""
        idle_s, busy_s = (after - before for before, after in zip(self._before, _machine(), strict=True))
        if idle_s + busy_s < _LEAST_S:
            return None
        # The target and the generators are children of this process, so their time is part of ours.
        known_s = _spent(os.getpid()) - self._ours
        theirs_s = _spent(self._target) - self._theirs if self._target and self._theirs is not None else None
        whole_s = idle_s + busy_s
        return HostUse(
            idle=idle_s / whole_s,
            strangers=max(0.0, busy_s - known_s) / whole_s,
            target_processors=None if theirs_s is None else theirs_s / whole_s * (psutil.cpu_count() or 1),
        )


def _machine() -> tuple[float, float]:
    """Return how long all processors together were idle and busy."""
    times = psutil.cpu_times()._asdict()
    # A guest's time is part of the user's.
    whole = sum(spent for name, spent in times.items() if not name.startswith("guest"))
    idle = sum(times.get(name, 0.0) for name in _IDLE)
    return idle, whole - idle


def _spent(pid: int) -> float:
    """Return the processor time of a process and all its descendants, ended ones included."""
    spent_s = 0.0
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return spent_s
    for each in family:
        try:
            times = each.cpu_times()
        except psutil.Error:
            continue
        spent_s += (
            times.user + times.system + getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        )
    return spent_s
