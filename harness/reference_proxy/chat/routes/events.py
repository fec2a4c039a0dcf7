"""An answer on its way to one client, as an event stream.

The one rule: only an answer that is whole and on disk gets the end of its framing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from harness.reference_proxy.chat.routes.words import Json, event
from harness.reference_proxy.chat.storage.turns import Begun
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http import relay


class EventStream:
    """One answer on its way to a client who has `stall_s` to take anything at all of it."""

    form: Mapping[str, str] = {
        "Content-Type": "text/event-stream; charset=utf-8",
        "X-Vercel-AI-UI-Message-Stream": "v1",
    }
    """What the head says of the form."""

    def __init__(self, request: web.Request, begun: Begun, *, stall_s: float) -> None:
        self._request = request
        self._stall_s = stall_s
        self.whole = False
        self.response = web.StreamResponse(
            headers={
                **self.form,
                "Cache-Control": "no-cache",
                "X-Accel-Buffering": "no",
                "X-Conversation-Id": begun.conversation_id,
                "X-Message-Id": begun.answer_id,
            }
        )

    @property
    def begun(self) -> bool:
        """Whether anything has gone out, so that a status can no longer tell what went wrong."""
        return self.response.prepared

    async def start(self) -> None:
        """Send the head."""
        await self.response.prepare(self._request)

    async def send(self, data: bytes) -> None:
        """Send some events; raises StalledError when the client takes nothing."""
        async with self._taken():
            await self.response.write(data)

    async def finish(self) -> None:
        """End the framing: the answer is whole; raises StalledError when the client takes nothing."""
        async with self._taken():
            await self.response.write_eof()
        self.whole = True

    async def fail(self, error: ProxyError) -> None:
        """Say that the answer ends here without being whole, and end the connection without its framing."""
        self._request[relay.FAILURE] = error.code
        try:
            await self._break_off(error)
        except ConnectionError:
            relay.abort(self._request)
            return
        await relay.flush_and_abort(self._request)

    @contextlib.asynccontextmanager
    async def _taken(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._stall_s):
                yield
        except TimeoutError:
            raise StalledError("the client takes nothing") from None

    async def _break_off(self, error: ProxyError) -> None:
        await self._part({"type": "error", "errorText": error.message})

    async def _part(self, part: Json) -> None:
        await self.send(event(part))


class StalledError(ConnectionError):
    """A client takes nothing of what it asked for."""
