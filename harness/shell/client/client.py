"""The measuring client: one request on one connection, every received piece stamped, every end told apart.

The one rule: it reads with nothing of its own between socket and record, so that what is recorded is what arrived and
when. It judges nothing but the framing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from harness.core.observed.history import ClientEnd, ClientExchange
from harness.shell.client.stream import Stream, connect
from harness.shell.client.transcript import READ_BYTES, Ask, Transcript

_SLOW_RECEIVE_BUFFER_BYTES = 8_192
"""The system's receive buffer of a reader that is slow or pauses, so that the window never opens wider."""
_SLOW_READS_PER_S = 20


async def ask(ask: Ask, *, on_event: Callable[[int], None] | None = None) -> ClientExchange:
    """Make one request as its moves say and return what came of it.

    `on_event` is called with 1, 2, … as events arrive: server-sent events that carry data, or lines that are not blank
    in an answer of any other type. Nothing is raised for what the target does.
    """
    return await _Exchange(Transcript(ask), on_event).run()


class _Exchange:
    """One exchange while it runs."""

    def __init__(self, seen: Transcript, on_event: Callable[[int], None] | None) -> None:
        self._seen = seen
        self._moves = seen.ask.moves
        self._on_event = on_event
        self._stream: Stream | None = None
        self._loop = asyncio.get_running_loop()
        self._leave: asyncio.Future[ClientEnd] = self._loop.create_future()
        self._leaving = False
        self._upload_failed = False

    async def run(self) -> ClientExchange:
        """Go through the exchange; the connection is closed when this returns."""
        seen = self._seen
        tasks: list[asyncio.Task[None] | asyncio.Task[ClientEnd]] = []
        end = ClientEnd.TIMED_OUT
        try:
            async with asyncio.timeout(seen.ask.patience_s):
                slow = self._moves.read_bytes_per_s is not None or bool(self._moves.read_pause_s)
                self._stream = await connect(
                    seen.url, receive_buffer_bytes=_SLOW_RECEIVE_BUFFER_BYTES if slow else None
                )
                reading = self._loop.create_task(self._read())
                tasks += [reading, self._loop.create_task(self._upload())]
                await asyncio.wait({reading, self._leave}, return_when=asyncio.FIRST_COMPLETED)
                end = reading.result() if reading.done() else ClientEnd.LEFT
        except TimeoutError:
            end = seen.overdue()
        except OSError as error:
            end = seen.unconnected(error)
        finally:
            end_s = time.monotonic()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._stream is not None:
                self._stream.close(rudely=end is ClientEnd.LEFT and self._moves.leave_rudely)
        return seen.outcome(end, end_s=end_s)

    async def _upload(self) -> None:
        """Send the request; what goes wrong is left for the reader to see, after what had arrived before."""
        stream = self._open_stream()
        moves = self._moves
        head = self._seen.head
        body = moves.body[: moves.leave_after_bytes] if moves.leave == "upload" else moves.body
        try:
            if moves.upload_piece_bytes or moves.leave == "upload":
                await stream.send(head)
                size = moves.upload_piece_bytes or max(1, len(body))
                for start in range(0, len(body), size):
                    if start and moves.upload_wait_s:
                        await asyncio.sleep(moves.upload_wait_s)
                    await stream.send(body[start : start + size])
            else:
                await stream.send(head + body)
        except OSError:
            self._upload_failed = True
            return
        if len(body) == len(moves.body):
            self._seen.sent_s = time.monotonic()
        if moves.leave in ("upload", "request-sent"):
            self._begin_leaving()

    async def _read(self) -> ClientEnd:
        """Read to the end of the answer."""
        stream = self._open_stream()
        rate = self._moves.read_bytes_per_s
        size = READ_BYTES if rate is None else max(1, min(READ_BYTES, int(rate / _SLOW_READS_PER_S)))
        if self._moves.read_pause_s:
            await asyncio.sleep(self._moves.read_pause_s)
        while True:
            try:
                data = await stream.receive(size)
            except OSError as error:
                return self._seen.broken(error)
            now_s = time.monotonic()
            if not data:
                return self._closed()
            self._take(data, now_s)
            if self._leave.done():
                return ClientEnd.LEFT
            if self._seen.is_over:
                return self._seen.framed()
            if rate is not None:
                await asyncio.sleep(len(data) / rate)

    def _take(self, data: bytes, now_s: float) -> None:
        numbers = self._seen.take(data, now_s)
        leave = self._moves.leave
        at_once = leave == "head" or (leave == "event" and self._moves.leave_after_events <= 0)
        if at_once and self._seen.head_s is not None:
            self._begin_leaving()
        for number in numbers:
            if self._on_event:
                self._on_event(number)
            if leave == "event" and number >= self._moves.leave_after_events:
                self._begin_leaving()

    def _closed(self) -> ClientEnd:
        end = self._seen.closed()
        # a reset that the upload met first reads as a plain end here
        return ClientEnd.RESET if end is ClientEnd.CLOSED_EARLY and self._upload_failed else end

    def _begin_leaving(self) -> None:
        if self._leaving:
            return
        self._leaving = True
        if self._moves.leave_wait_s:
            self._loop.call_later(self._moves.leave_wait_s, self._go)
        else:
            self._go()

    def _go(self) -> None:
        if not self._leave.done():
            self._leave.set_result(ClientEnd.LEFT)

    def _open_stream(self) -> Stream:
        if self._stream is None:
            raise RuntimeError("not connected yet")
        return self._stream
