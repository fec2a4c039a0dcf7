"""A line between two of our own processes, over which either asks the other.

The one rule: it is for a pair of sockets that we made and handed to a child of ours. What comes is unpickled, and that
can run any code.
"""

from __future__ import annotations

import asyncio
import pickle
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias, cast

Answer: TypeAlias = Callable[[Any], Awaitable[object]]
"""Answers a question of the other side; what it raises is raised there, as a `ChannelError`."""

_FRAME: Final = struct.Struct("!QIB")
"""How many bytes follow, which question it is or answers, and what it is."""
_QUESTION, _ANSWER, _FAILURE = range(3)


class ChannelError(Exception):
    """The other side failed at a question, or is gone."""


class Channel(asyncio.Protocol):
    """One end. `lost` is done once the other is gone; questions are begun in the order in which they were asked."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._buffer = bytearray()
        self._numbers = 0
        self._asked: dict[int, asyncio.Future[object]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def over(cls, pair: socket.socket, answer: Answer) -> Channel:
        """Open one end over a socket of a pair."""
        channel = cls(answer)
        await asyncio.get_running_loop().create_unix_connection(lambda: channel, sock=pair)
        return channel

    async def ask(self, question: object) -> Any:  # noqa: ANN401 - whoever asks knows what a question comes to
        """Return the answer to a question.

        Raises:
            ChannelError: the other side failed at it, or is gone.
        """
        if self.lost.done():
            raise ChannelError("the process at the other end is gone")
        self._numbers = number = (self._numbers + 1) % (1 << 32)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._send(number, _QUESTION, question)
        try:
            return await answer
        finally:
            del self._asked[number]

    def close(self) -> None:
        """Hang up, once what was said has left."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the other side is gone: nobody is left waiting."""
        self.lost.set_result(None)
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(ChannelError("the process at the other end is gone"))
        for task in self._answering:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        """Read what came, as far as it is whole."""
        self._buffer += data
        while len(self._buffer) >= _FRAME.size:
            size, number, kind = _FRAME.unpack_from(self._buffer)
            end = _FRAME.size + size
            if len(self._buffer) < end:
                return
            with memoryview(self._buffer) as whole, whole[_FRAME.size : end] as written:
                said = pickle.loads(written)  # noqa: S301 - of our own process
            del self._buffer[:end]
            self._take(number, kind, said)

    def _take(self, number: int, kind: int, said: object) -> None:
        if kind == _QUESTION:
            task = asyncio.get_running_loop().create_task(self._reply(number, said))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
            return
        answer = self._asked.get(number)
        if answer is None or answer.done():
            return  # whoever asked has given up
        if kind == _FAILURE:
            answer.set_exception(ChannelError(str(said)))
        else:
            answer.set_result(said)

    async def _reply(self, number: int, question: object) -> None:
        try:
            kind, said = _ANSWER, await self._answer(question)
        except Exception as error:  # noqa: BLE001 - it is told to whoever asked
            kind, said = _FAILURE, repr(error)
        self._send(number, kind, said)

    def _send(self, number: int, kind: int, said: object) -> None:
        if not self.lost.done():
            written = pickle.dumps(said, pickle.HIGHEST_PROTOCOL)
            self._transport.write(_FRAME.pack(len(written), number, kind) + written)
