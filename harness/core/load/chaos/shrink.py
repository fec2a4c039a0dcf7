"""The smallest part of what went wrong that still goes wrong, found by leaving things out.

The one rule: what is returned has failed by itself, and lacks nothing that could be left out one at a time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import combinations
from typing import TypeVar

T = TypeVar("T")


async def smallest(elements: Sequence[T], fails: Callable[[tuple[T, ...]], Awaitable[bool]]) -> tuple[T, ...] | None:
    """Return a smallest part that fails; None when not even the whole does.

    Parts of one and of two are all tried, in their order; a larger whole then loses one element after another.
    """
    whole = tuple(elements)
    for size in (1, 2):
        for part in combinations(whole, size) if size < len(whole) else ():
            if await fails(part):
                return part
    if not await fails(whole):
        return None
    shorter = True
    while shorter:
        shorter = False
        for index in range(len(whole)):
            part = (*whole[:index], *whole[index + 1 :])
            if len(part) > 2 and await fails(part):
                whole, shorter = part, True
                break
    return whole
