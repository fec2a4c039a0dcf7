"""Keeping the harness on time, and knowing when it was not: a mock that is late makes targets look late.

The one rule: what was measured while the event loop itself stood still is no evidence against a target.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

_SWITCH_S = 0.0002
_BEAT_S = 0.02
_LATE_S = 0.005
"""A beat that comes later than this is remembered."""
_MOST_REMEMBERED = 20_000
_STARVED = 0.4
"""With this share of its time lost the harness is starved, however short each standstill is."""


@contextmanager
def punctually() -> Iterator[None]:
    """Keep the interpreter from holding up the event loop.

    A full garbage collection stops everything: half a second of it was seen on a busy machine, as long as some
    timeouts. So it runs seldom, and leaves alone what already exists. A thread that judges keeps the interpreter to
    itself for one switch interval whenever the loop lets go of it, which is at every send; so that is made short.
    """
    threshold, interval_s = gc.get_threshold(), sys.getswitchinterval()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    sys.setswitchinterval(_SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        gc.set_threshold(*threshold)
        gc.unfreeze()


class Lateness:
    """Remembers when the event loop stood still. Use `watching` around what is to be watched."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque(maxlen=_MOST_REMEMBERED)
        self._beat_s = time.monotonic()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch the running event loop."""
        task = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def worst_since(self, at_s: float) -> float:
        """Return the longest standstill since a moment on the monotonic clock, in seconds; 0 when there was none.

        Of a harness that was starved, by a machine that has too much to do, it is all the time it lost.
        """
        now_s = time.monotonic()
        overdue_s = now_s - self._beat_s - _BEAT_S  # a standstill that has only just ended
        known = [lasted_s for ended_s, lasted_s in self._late if ended_s >= at_s]
        known += [overdue_s] if overdue_s > _LATE_S else []
        lost_s = sum(known)
        return lost_s if lost_s > _STARVED * (now_s - at_s) else max(known, default=0.0)

    def lost_since(self, at_s: float) -> float:
        """Return all the time that the event loop stood still since a moment on the monotonic clock, in seconds."""
        return sum(lasted_s for ended_s, lasted_s in self._late if ended_s >= at_s)

    @property
    def moments(self) -> tuple[tuple[float, float], ...]:
        """When each standstill ended, on the monotonic clock, and how long it had lasted, in seconds."""
        return tuple(self._late)

    async def _beat(self) -> None:
        while True:
            self._beat_s = time.monotonic()
            await asyncio.sleep(_BEAT_S)
            now_s = time.monotonic()
            late_s = now_s - self._beat_s - _BEAT_S
            if late_s > _LATE_S:
                self._late.append((now_s, late_s))
