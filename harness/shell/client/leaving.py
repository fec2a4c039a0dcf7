"""When a client leaves of its own accord.

The one rule: it goes once, at the moment that its moves name and no earlier.
"""

from __future__ import annotations

import asyncio

from fault_injection.client import ClientMoves
from harness.core.observed.history import ClientEnd


class Leaving:
    """The leaving of one client: `begin` it, and `gone` is done when it has come to that."""

    def __init__(self, moves: ClientMoves) -> None:
        self._wait_s = moves.leave_wait_s
        self._loop = asyncio.get_running_loop()
        self.has_begun = False
        """Whether it has made up its mind, and goes now or soon."""
        self.gone: asyncio.Future[ClientEnd] = self._loop.create_future()

    def begin(self) -> None:
        """Leave, after the wait that its moves ask for; the second time nothing happens."""
        if self.has_begun:
            return
        self.has_begun = True
        if self._wait_s:
            self._loop.call_later(self._wait_s, self._go)
        else:
            self._go()

    def _go(self) -> None:
        if not self.gone.done():
            self.gone.set_result(ClientEnd.LEFT)
