"""For the how many-th time a request comes.

The one rule: what was met longest ago is forgotten first, so that a harness may run for days.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

_MOST: Final = 100_000


class Occurrences:
    """How often each identity (see `dice.identity_of`) has been met; of more than `most` the oldest is forgotten."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._met: OrderedDict[str, int] = OrderedDict()

    def meet(self, identity: str) -> int:
        """Count one more; return the how many-th it is, from 1."""
        nth = self._met.pop(identity, 0) + 1
        self._met[identity] = nth
        if len(self._met) > self._most:
            self._met.popitem(last=False)
        return nth

    def clear(self) -> None:
        """Start over."""
        self._met.clear()
