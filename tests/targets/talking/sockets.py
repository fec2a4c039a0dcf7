"""Proxies that get WebSockets wrong: pings, closes, who hears what, and what is said at the end.

The one rule: each makes one mistake that somebody has made, and is right in everything else.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from tests.targets.serving import Failure, Json, dump
from tests.targets.talking.proxy import Socket, Talk, Talking


class NeverPongs(Talking):
    """Reads pings and does not answer them."""

    def new_socket(self) -> Socket:
        """Return a WebSocket that leaves pings to whoever reads it."""
        return Socket(autoping=False, max_msg_size=4 << 20, compress=False)


class ClosesWithoutAWord(Talking):
    """Drops the connection at a message that is too large."""

    async def too_large(self, socket: Socket) -> None:
        """Close it below the protocol."""
        if socket._req is not None and socket._req.transport is not None:
            socket._req.transport.abort()


class IgnoresTheUnreadable(Talking):
    """Says nothing to a message that it cannot read."""

    async def say(self, talk: Talk, socket: Socket, message: str | bytes) -> None:
        """Answer what can be answered."""
        try:
            await self.answered(talk, socket, message)
        except Failure as failure:
            if failure.status >= 500:
                await self.send(socket, dump({"error": {"message": failure.message, "code": failure.status}}))


class TellsOnlyTheAsker(Talking):
    """Claims that everybody hears an answer, and tells who asked."""

    async def heard(self, talk: Talk, chunk: Json, asking: Socket | None) -> None:
        """Tell nobody else."""


class TellsEverybody(Talking):
    """Tells an answer to everybody who is connected, in whatever conversation."""

    async def heard(self, talk: Talk, chunk: Json, asking: Socket | None) -> None:
        """Tell all."""
        for each in [*self.talks.values()]:
            await super().heard(each, chunk, asking)


class DonesTheBroken(Talking):
    """Ends an answer over a WebSocket with [DONE], however it ended."""

    async def say(self, talk: Talk, socket: Socket, message: str | bytes) -> None:
        """Answer, and say that it was all."""
        try:
            await self.answered(talk, socket, message)
        except Failure:
            await self.done(talk, socket)


class AnswersTheGone(Talking):
    """Reads upstream's answer to its end for a client whose WebSocket is closed."""

    def left(self, answering: asyncio.Task[None]) -> None:
        """Let it go on."""


class NoSocket(Talking):
    """Claims a WebSocket and has none."""

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPNotFound
