"""Where a server that is one of several asks for what all of them have in common.

The one rule: what is decided there is carried out here, on the connection that asked.
"""

from __future__ import annotations

from typing import Protocol

from fault_injection.reply import Reply
from harness.mock_cloudflare.request import Request
from harness.shell.upstream.answering import Decision


class Elsewhere(Protocol):
    """Whoever knows what a server that is one of several does not."""

    def decides(self, request: Request) -> bool:
        """Whether the answer to a request is decided there and not here."""
        ...

    async def decide(self, request: Request, *, keep_alive: bool) -> Decision:
        """Return what is to be done about a request."""
        ...

    async def control(self, request: Request) -> Reply:
        """Answer a request for a control path."""
        ...
