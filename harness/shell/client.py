"""The measuring client: one request on one connection, every received piece stamped, every end told apart.

The one rule: it reads with nothing of its own between socket and record, so that what is recorded is what arrived and
when. It judges nothing but the framing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from fault_injection.client import ClientMoves
from fault_injection.reply import Headers
from harness.core.history import ClientEnd, ClientExchange, Piece
from harness.core.http_reader import ResponseReader
from harness.core.sse import Decoder
from harness.shell.stream import Stream, connect

_READ_BYTES = 65_536
_SLOW_RECEIVE_BUFFER_BYTES = 8_192
"""The system's receive buffer of a reader that is slow or pauses, so that the window never opens wider."""
_SLOW_READS_PER_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request to make. `patience_s` bounds the whole exchange, from the connection to the last byte.

    Host and Content-Length are added unless `headers` holds them; `path` follows whatever path `url` has.
    """

    url: str
    path: str
    method: str = "POST"
    headers: Headers = ()
    moves: ClientMoves = field(default_factory=ClientMoves)
    patience_s: float = 30.0
    label: str = ""
    identity: str = ""


async def ask(ask: Ask, *, on_event: Callable[[int], None] | None = None) -> ClientExchange:
    """Make one request as its moves say and return what came of it.

    `on_event` is called with 1, 2, … as events arrive: server-sent events that carry data, or lines that are not blank
    in an answer of any other type. Nothing is raised for what the target does.
    """
    exchange = _Exchange(ask, on_event)
    end = await exchange.run()
    return exchange.outcome(end)


class _Exchange:
    """One exchange while it runs."""

    def __init__(self, ask: Ask, on_event: Callable[[int], None] | None) -> None:
        self._ask = ask
        self._moves = ask.moves
        self._on_event = on_event
        self._url = urlsplit(ask.url)
        self._target = self._url.path.rstrip("/") + ask.path
        self._request_headers = framed(ask, self._url)
        self._reader = ResponseReader(ask.method)
        self._events = EventCounter()
        self._pieces: list[Piece] = []
        self._stream: Stream | None = None
        self._loop = asyncio.get_running_loop()
        self._leave: asyncio.Future[ClientEnd] = self._loop.create_future()
        self._leaving = False
        self._problem = ""
        self._upload_failed = False
        self._started_s = time.monotonic()
        self._sent_s: float | None = None
        self._head_s: float | None = None

    async def run(self) -> ClientEnd:
        """Go through the exchange; the connection is closed when this returns."""
        tasks: list[asyncio.Task[None] | asyncio.Task[ClientEnd]] = []
        end = ClientEnd.TIMED_OUT
        try:
            async with asyncio.timeout(self._ask.patience_s):
                slow = self._moves.read_bytes_per_s is not None or bool(self._moves.read_pause_s)
                self._stream = await connect(
                    self._url, receive_buffer_bytes=_SLOW_RECEIVE_BUFFER_BYTES if slow else None
                )
                reading = self._loop.create_task(self._read())
                tasks += [reading, self._loop.create_task(self._upload())]
                await asyncio.wait({reading, self._leave}, return_when=asyncio.FIRST_COMPLETED)
                end = reading.result() if reading.done() else ClientEnd.LEFT
        except TimeoutError:
            self._problem = f"no end within {self._ask.patience_s:g} s"
        except OSError as error:
            self._problem = f"no connection: {error}"
            end = ClientEnd.REFUSED
        finally:
            self._end_s = time.monotonic()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._stream is not None:
                self._stream.close(rudely=end is ClientEnd.LEFT and self._moves.leave_rudely)
        return end

    def outcome(self, end: ClientEnd) -> ClientExchange:
        """Return everything that was observed."""
        return ClientExchange(
            method=self._ask.method,
            path=self._target,
            request_headers=self._request_headers,
            moves=self._moves,
            started_s=self._started_s,
            sent_s=self._sent_s,
            head_s=self._head_s,
            status=self._reader.status if self._reader.head_done else None,
            headers=self._reader.headers,
            pieces=tuple(self._pieces),
            end=end,
            end_s=self._end_s,
            problem=self._problem,
            label=self._ask.label,
            identity=self._ask.identity,
        )

    async def _upload(self) -> None:
        """Send the request; what goes wrong is left for the reader to see, after what had arrived before."""
        stream = self._open_stream()
        moves = self._moves
        head = request_head(self._ask.method, self._target, self._request_headers)
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
            self._sent_s = time.monotonic()
        if moves.leave in ("upload", "request-sent"):
            self._begin_leaving()

    async def _read(self) -> ClientEnd:
        """Read to the end of the answer."""
        stream = self._open_stream()
        rate = self._moves.read_bytes_per_s
        size = _READ_BYTES if rate is None else max(1, min(_READ_BYTES, int(rate / _SLOW_READS_PER_S)))
        if self._moves.read_pause_s:
            await asyncio.sleep(self._moves.read_pause_s)
        while True:
            try:
                data = await stream.receive(size)
            except OSError as error:
                self._problem = f"{error.strerror or error!r} after {self._reader.body_bytes} bytes of body"
                return ClientEnd.RESET
            now = time.monotonic()
            if not data:
                return self._closed()
            self._reader.feed(data)
            self._take(now)
            if self._leave.done():
                return ClientEnd.LEFT
            if self._reader.complete or self._reader.stopped:
                return self._framed()
            if rate is not None:
                await asyncio.sleep(len(data) / rate)

    def _take(self, now: float) -> None:
        reader = self._reader
        if reader.head_done and self._head_s is None:
            self._head_s = now
            self._events.start(reader.header("content-type") or "")
            if self._moves.leave == "head" or (self._moves.leave == "event" and self._moves.leave_after_events <= 0):
                self._begin_leaving()
        body = reader.take()
        if not body:
            return
        self._pieces.append(Piece(now, body))
        for number in self._events.feed(body):
            if self._on_event:
                self._on_event(number)
            if self._moves.leave == "event" and number >= self._moves.leave_after_events:
                self._begin_leaving()

    def _closed(self) -> ClientEnd:
        self._reader.eof()
        if self._reader.complete:
            return self._framed()
        self._problem = self._reader.problem or ""
        # a reset that the upload met first reads as a plain end here
        return ClientEnd.RESET if self._upload_failed else ClientEnd.CLOSED_EARLY

    def _framed(self) -> ClientEnd:
        self._problem = self._reader.problem or ""
        return ClientEnd.BAD_FRAMING if self._problem else ClientEnd.COMPLETE

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


class EventCounter:
    """Numbers the events of a body, from 1."""

    def __init__(self) -> None:
        self._decoder: Decoder | None = None
        self._line = b""
        self._count = 0

    def start(self, content_type: str) -> None:
        """Choose by type what an event is."""
        if "event-stream" in content_type:
            self._decoder = Decoder()

    def feed(self, body: bytes) -> range:
        """Return the numbers of the events that this piece completes."""
        if self._decoder is not None:
            fresh = len(self._decoder.feed(body))
        else:
            *lines, self._line = (self._line + body).split(b"\n")
            fresh = sum(1 for line in lines if line.strip())
        first = self._count + 1
        self._count += fresh
        return range(first, self._count + 1)


def framed(ask: Ask, url: SplitResult) -> Headers:
    """Return the headers of a request with those that its framing needs."""
    names = {name.lower() for name, _ in ask.headers}
    added: list[tuple[str, str]] = []
    if "host" not in names:
        added.append(("Host", url.netloc.rpartition("@")[2]))
    if not names & {"content-length", "transfer-encoding"} and (ask.moves.body or ask.method in ("POST", "PUT")):
        added.append(("Content-Length", str(len(ask.moves.body))))
    return (*added, *ask.headers)


def request_head(method: str, target: str, headers: Headers) -> bytes:
    """Return the head of a request, blank line included."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
