"""The measuring client: one request, on a connection of its own or in its turn on one that is kept.

Every received piece is stamped, every end told apart.

The one rule: it reads with nothing of its own between socket and record, so that what is recorded is what arrived and
when. It judges nothing but the framing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from harness.core.observed.history import ClientEnd, ClientExchange
from harness.shell.client.kept import Kept
from harness.shell.client.leaving import Leaving
from harness.shell.client.stream import Stream, connect
from harness.shell.client.transcript import READ_BYTES, Ask, Transcript
from harness.shell.client.upload import Upload

_SLOW_RECEIVE_BUFFER_BYTES = 8_192
"""The system's receive buffer of a reader that is slow or pauses, so that the window never opens wider."""
_SLOW_READS_PER_S = 20
_TOLD_BYTES = 200
"""How much is kept of what nobody asked for."""

T = TypeVar("T")


async def ask(ask: Ask, *, on_event: Callable[[int], None] | None = None, kept: Kept | None = None) -> ClientExchange:
    """Make one request as its moves say and return what came of it.

    `on_event` is called with 1, 2, … as events arrive: server-sent events that carry data, or lines that are not blank
    in an answer of any other type. `kept` is the connection to use, where it is shared. Nothing is raised for what the
    target does.
    """
    return await _Exchange(Transcript(ask), on_event, kept).run()


class _Exchange:
    """One exchange while it runs."""

    def __init__(self, seen: Transcript, on_event: Callable[[int], None] | None, kept: Kept | None) -> None:
        self._seen = seen
        self._moves = seen.ask.moves
        self._on_event = on_event
        self._kept = kept
        self._stream: Stream | None = None
        self._loop = asyncio.get_running_loop()
        self._leaving = Leaving(self._moves)
        self._upload = Upload(seen, self._leaving)
        self._events = 0

    async def run(self) -> ClientExchange:
        """Go through the exchange; its connection is closed when this returns, unless it is kept for others."""
        seen = self._seen
        end = ClientEnd.TIMED_OUT
        end_s = None
        try:
            async with asyncio.timeout(seen.ask.patience_s):
                end = await (self._alone() if self._kept is None else self._in_turn(self._kept))
        except TimeoutError:
            end = seen.overdue()
        except OSError as error:
            end = seen.unconnected(error)
        finally:
            end_s = time.monotonic()
            if self._kept is None and self._stream is not None:
                self._stream.close(rudely=end is ClientEnd.LEFT and self._moves.leave_rudely)
        return seen.outcome(end, end_s=end_s)

    async def _alone(self) -> ClientEnd:
        """Use a connection of its own."""
        self._stream = await self._connected()
        uploading, reading = self._started(self._read())
        try:
            return await self._ended(reading)
        finally:
            await _cancelled(uploading, reading)

    async def _in_turn(self, kept: Kept) -> ClientEnd:
        """Use the connection that is kept, or a fresh one where that turns out to be none any more."""
        seen = self._seen
        while (end := await self._one_turn(kept)) is None or self._is_dropped(end):
            seen.dropped = seen.dropped or end is not None
            seen.renew()
        return end

    def _is_dropped(self, end: ClientEnd) -> bool:
        """Whether a used connection closed without a byte of an answer, so that its client asks on another one."""
        untouched = self._seen.reader.fed_bytes == 0
        return self._seen.rode_on and untouched and end in (ClientEnd.CLOSED_EARLY, ClientEnd.RESET)

    async def _one_turn(self, kept: Kept) -> ClientEnd | None:
        """Ask on the connection that is kept; None when the answer before this one has ended it."""
        tasks: tuple[asyncio.Task[Any], ...] = ()
        try:
            async with kept.sending:
                await self._take_up(kept)
                tasks = uploading, reading = self._started(self._read_in_turn(kept))
                await _first_of(uploading, reading, self._leaving.gone)
            return await self._ended(reading)
        finally:
            await _cancelled(*tasks)

    async def _take_up(self, kept: Kept) -> None:
        """Have a connection to send on; one on which something has come unasked is none any more."""
        if kept.is_idle and (came := await kept.listen()) is not None:
            self._seen.unasked, self._seen.dropped = came[:_TOLD_BYTES], not came
            kept.close()
        self._seen.rode_on = kept.stream is not None
        if kept.stream is None:
            kept.stream = await self._connected()
        self._stream = kept.stream

    async def _read_in_turn(self, kept: Kept) -> ClientEnd | None:
        async with kept.reading:
            if kept.stream is not self._stream:
                return None
            end, reader = ClientEnd.LEFT, self._seen.reader
            try:
                end = await self._read(kept.taken())
            finally:
                if not (end is ClientEnd.COMPLETE and reader.keeps and self._seen.sent_s is not None):
                    kept.drop(self._stream, rudely=self._leaving.has_begun and self._moves.leave_rudely)
            return end

    def _started(self, reading: Coroutine[None, None, T]) -> tuple[asyncio.Task[None], asyncio.Task[T]]:
        self._upload = Upload(self._seen, self._leaving)
        return self._loop.create_task(self._upload.send(self._open_stream())), self._loop.create_task(reading)

    async def _ended(self, reading: asyncio.Task[T]) -> T | ClientEnd:
        await _first_of(reading, self._leaving.gone)
        return reading.result() if reading.done() else ClientEnd.LEFT

    async def _connected(self) -> Stream:
        moves = self._moves
        slow = moves.read_bytes_per_s is not None or moves.read_pause_s or moves.stop_after_events
        return await connect(self._seen.url, receive_buffer_bytes=_SLOW_RECEIVE_BUFFER_BYTES if slow else None)

    async def _read(self, come: bytes = b"") -> ClientEnd:
        """Read to the end of the answer; `come` is what is there of it already."""
        stream = self._open_stream()
        rate = self._moves.read_bytes_per_s
        size = READ_BYTES if rate is None else max(1, min(READ_BYTES, int(rate / _SLOW_READS_PER_S)))
        if self._moves.read_pause_s:
            await asyncio.sleep(self._moves.read_pause_s)
        while True:
            try:
                data = come or await stream.receive(size)
            except OSError as error:
                return self._seen.broken(error)
            come = b""
            now_s = time.monotonic()
            if not data:
                return self._closed()
            self._take(data, now_s)
            if self._leaving.gone.done():
                return ClientEnd.LEFT
            if self._seen.is_over:
                return self._framed()
            if 0 < self._moves.stop_after_events <= self._events:
                await asyncio.sleep(self._moves.stopped_for_s)
                return ClientEnd.LEFT
            if rate is not None:
                await asyncio.sleep(len(data) / rate)

    def _framed(self) -> ClientEnd:
        """Say how the answer ended; what came behind it is the next one's where the connection is kept."""
        if self._kept is not None and self._seen.reader.keeps:
            self._kept.rest = self._seen.reader.take_rest()
        return self._seen.framed()

    def _take(self, data: bytes, now_s: float) -> None:
        numbers = self._seen.take(data, now_s)
        if self._seen.reader.head_done or self._seen.reader.interim:
            self._upload.heard.set()
        self._events += len(numbers)
        leave = self._moves.leave
        at_once = leave == "head" or (leave == "event" and self._moves.leave_after_events <= 0)
        if at_once and self._seen.head_s is not None:
            self._leaving.begin()
        for number in numbers:
            if self._on_event:
                self._on_event(number)
            if leave == "event" and number >= self._moves.leave_after_events:
                self._leaving.begin()

    def _closed(self) -> ClientEnd:
        end = self._seen.closed()
        # a reset that the upload met first reads as a plain end here
        return ClientEnd.RESET if end is ClientEnd.CLOSED_EARLY and self._upload.failed else end

    def _open_stream(self) -> Stream:
        if self._stream is None:
            raise RuntimeError("not connected yet")
        return self._stream


async def _first_of(*waiting: asyncio.Future[Any]) -> None:
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
