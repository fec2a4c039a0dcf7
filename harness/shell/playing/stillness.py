"""Waits until a target asks its upstream nothing any more, so that it can be ended without cutting anything short.

The one rule: what a target still writes behind an answer that it has given (`waitUntil`, a task of its own) is no worse
for the end of a process that the harness chose.
"""

from __future__ import annotations

import asyncio
from typing import Final

from harness.shell.upstream.journal import Journal

STILL_S: Final = 0.15
"""Without a call for so long, a target has written what there was to write."""
PATIENCE_S: Final = 2.0
"""A call that never ends, as a fault may have it, is not waited for longer than this."""


async def stillness(journal: Journal, *, for_s: float = STILL_S, within_s: float = PATIENCE_S) -> bool:
    """Return True once no call has run for `for_s`; False when `within_s` have passed without that."""
    changed = asyncio.Event()
    unsubscribe = journal.subscribe(changed.set)
    try:
        async with asyncio.timeout(within_s):
            while await _changes(changed, None if journal.running else for_s):
                changed.clear()
    except TimeoutError:
        return False
    finally:
        unsubscribe()
    return True


async def _changes(changed: asyncio.Event, within_s: float | None) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return await changed.wait()
    except TimeoutError:
        return False
