"""A connection that a client keeps: it serves one request after another, each in its turn (RFC 9112 §9.3).

The one rule: what comes while nothing is asked belongs to nobody. It is taken off and told, never read as an answer.
"""

from __future__ import annotations

import asyncio

from harness.shell.client.stream import Stream

LISTENS_S = 0.1
"""How long a client listens before it asks again: long enough for a target to take what it has not read for a request
and to answer that."""
_READ_BYTES = 65_536


class Kept:
    """A connection, and the turns of those who use it: one sends while another reads, which is pipelining."""

    def __init__(self) -> None:
        self.stream: Stream | None = None
        self.rest = b""
        """What came behind the end of the last answer."""
        self.sending = asyncio.Lock()
        self.reading = asyncio.Lock()

    @property
    def is_idle(self) -> bool:
        """Whether every answer that was asked for is there."""
        return not self.reading.locked()

    async def listen(self) -> bytes | None:
        """Return what comes on an idle connection before anything is asked: None for nothing, b"" for its end."""
        if self.rest:
            return self.rest
        if self.stream is None:
            return None
        try:
            async with asyncio.timeout(LISTENS_S):
                return await self.stream.receive(_READ_BYTES)
        except TimeoutError:
            return None
        except OSError:
            return b""

    def taken(self) -> bytes:
        """Take what has come already for whose turn it is."""
        rest, self.rest = self.rest, b""
        return rest

    def drop(self, stream: Stream | None, *, rudely: bool = False) -> None:
        """Close a connection, if it is still the one that is kept."""
        if stream is not None and stream is self.stream:
            self.stream, self.rest = None, b""
            stream.close(rudely=rudely)

    def close(self) -> None:
        """Close whatever is kept."""
        self.drop(self.stream)
