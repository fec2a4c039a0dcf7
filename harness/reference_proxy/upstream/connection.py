"""One connection to the upstream: a request out, its answer in, then perhaps another.

The one rule: what came before a breach or a break is handed on before either is told. llhttp reads the answers, which
takes a tenth of the time that h11 takes over them, and stops where RFC 9112 has it stop.
"""

import asyncio
import select
from collections.abc import Callable
from typing import cast

import httptools
import httpx

_MOST_WAITING_BYTES = 64 * 1024
"""Body bytes that nobody has taken yet; with more the connection is not read."""
_MOST_HEAD_BYTES = 64 * 1024

Head = list[tuple[bytes, bytes]]


class Connection(asyncio.Protocol):
    """A connection that is open, or was. `on_lost` is called once it is gone."""

    def __init__(self, on_lost: Callable[["Connection"], None], socket_options: list[tuple[int, int, int]]) -> None:
        self._on_lost = on_lost
        self._socket_options = socket_options
        self._news: asyncio.Future[None] | None = None
        self._failure: httpx.TransportError | None = None
        self._gone = False
        self._reading = True
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.status = 0
        self.headers: Head = []
        self._head_bytes = 0
        self._pieces: list[bytes] = []
        self._waiting_bytes = 0
        self._has_head = False
        self._ends_with_connection = False
        self._whole = False
        self._keeps = False

    @property
    def is_free(self) -> bool:
        """Whether another request can be asked on it: the last answer is whole, and both sides stay."""
        return self._whole and self._keeps and not self.is_gone and not self._pieces

    @property
    def is_stale(self) -> bool:
        """Whether something has come on a free connection, which can be nothing good: most often its end."""
        if self.is_gone:
            return True
        if not hasattr(select, "poll"):
            return False  # as on Windows; its end is then noticed when it is asked on
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(poll.poll(0))

    @property
    def is_gone(self) -> bool:
        """Whether the connection has ended, or is about to."""
        return self._gone or self._transport.is_closing()

    def ask(self, request: bytes) -> None:
        """Put a request, head and body; the connection must be new or free."""
        self._begin()
        self._transport.write(request)

    async def head(self) -> None:
        """Wait until `status` and `headers` are those of the answer; raises httpx.TransportError."""
        while not self._has_head:
            await self._more()

    async def piece(self) -> bytes | None:
        """What has come of the body, None behind its end; raises httpx.TransportError where it breaks off.

        All that is there comes at once, whatever chunks it came in: each taken by itself costs as much as what it says.
        """
        while not self._pieces:
            if self._whole:
                return None
            await self._more()
        piece = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._waiting_bytes = 0
        if not self._reading and not self._gone:
            self._reading = True
            self._transport.resume_reading()
        return piece

    def abort(self) -> None:
        """Drop the connection at once."""
        self._transport.abort()

    async def _more(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._news = asyncio.get_running_loop().create_future()
        await self._news

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _fail(self, failure: httpx.TransportError) -> None:
        if self._failure is None and not self._whole:
            self._failure = failure
        self._keeps = False
        self._tell()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast("asyncio.Transport", transport)
        for option in self._socket_options:
            transport.get_extra_info("socket").setsockopt(*option)

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        if self._whole:
            self._keeps = False  # nobody has asked for it
            self.abort()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(httpx.RemoteProtocolError(f"the answer is no HTTP/1.1: {error}"))
            self.abort()
            return
        if self._waiting_bytes > _MOST_WAITING_BYTES and self._reading:
            self._reading = False
            self._transport.pause_reading()
        self._tell()

    def eof_received(self) -> None:
        """Take note of a polite end, with which an answer without any length is whole."""
        if self._has_head and self._ends_with_connection:
            self._whole = True
            self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection is gone."""
        self._gone = True
        error = httpx.ReadError if exc else httpx.RemoteProtocolError
        self._fail(error("the connection ended before the answer did"))
        self._on_lost(self)

    # What follows is called by httptools, while it reads.

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head, or a trailer, which nobody wants."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > _MOST_HEAD_BYTES:
            raise ValueError("the head is too long")
        if not self._has_head:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Decide what ends the body (RFC 9112 §6.3)."""
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return  # interim: another head follows
        self._has_head = True
        names = {name.lower() for name, _ in self.headers}
        bodiless = self.status in (204, 304)
        self._ends_with_connection = not bodiless and not names & {b"content-length", b"transfer-encoding"}

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._pieces.append(body)
        self._waiting_bytes += len(body)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self._has_head:
            self._whole = True
            self._keeps = self._parser.should_keep_alive()
        else:
            self.headers.clear()
