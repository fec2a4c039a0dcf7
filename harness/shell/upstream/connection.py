"""One connection to the mock: bytes in, whole requests out, one answer after the other.

The one rule: requests are answered in the order they came (RFC 9112 §9.3.2) and reading never stops for an answer, so
that a peer that leaves is noticed while the answer waits or is blocked.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, cast

import httptools

from fault_injection.reply import Headers, header_of
from harness.core.observed.binding import BINDING_HEADER
from harness.core.serving.request_target import wanted
from harness.mock_cloudflare.request import Request
from harness.shell.upstream.player import Line

_MOST_WAITING = 256
"""Pipelined requests kept while an answer runs; with more the connection is not read."""


class Arrival(NamedTuple):
    """What came in: a request, whole or not.

    `refused` is the status to refuse it with: 400 for what is not HTTP, 413 for a body over the bound. `partial` says
    that the peer left before the request was whole.
    """

    request: Request
    arrived_s: float
    keep_alive: bool = True
    refused: int = 0
    reason: str = ""
    partial: bool = False


Handler: TypeAlias = Callable[[Arrival, "Connection"], Coroutine[Any, Any, bool]]
"""Answers one arrival on a connection and tells whether the connection takes another."""


class Connection(asyncio.Protocol):
    """Parses what one peer sends and hands each request to the handler, one at a time."""

    line: Line

    def __init__(
        self,
        number: int,
        handler: Handler,
        *,
        most_body_bytes: int,
        on_open: Callable[[Connection], None],
        on_close: Callable[[Connection], None],
    ) -> None:
        self.number = number
        self.task: asyncio.Task[None] | None = None
        self._handler = handler
        self._most_body_bytes = most_body_bytes
        self._on_open = on_open
        self._on_close = on_close
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Arrival] = deque()
        self._deaf = False
        self._busy = False
        self._owes_continue = False
        self._paused = False
        self._in_message = False
        self._arrived_s = 0.0
        self._target = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._body_bytes = 0

    def abort(self) -> None:
        """Drop the connection at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection and begin to serve it."""
        transport = cast("asyncio.Transport", transport)  # uvloop's are that in all but name
        self._transport = transport
        self.line = Line(transport)
        self._on_open(self)

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        while data and not self._deaf:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._decline(data[int(upgrade.args[0]) :])
                continue
            except httptools.HttpParserError as error:
                self._refuse(400, f"not HTTP/1.1: {error}")
            break
        if self._waiting and not self._busy:
            # Behind whatever else has come: who is answered while others are read wakes up for each answer alone.
            asyncio.get_running_loop().call_soon(self._go_on)

    def eof_received(self) -> bool:
        """Take note that the peer has closed its side, which counts as leaving."""
        self._peer_left()
        return False

    def pause_writing(self) -> None:
        """Stop the player until the system takes more."""
        self.line.pause()

    def resume_writing(self) -> None:
        """Let the player go on."""
        self.line.resume()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection is gone."""
        self._peer_left()
        self._on_close(self)

    # What follows is called by httptools, while it parses.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._arrived_s = time.monotonic()
        self._target, self._headers, self._body, self._body_bytes = b"", [], [], 0
        self._in_message = True

    def on_url(self, url: bytes) -> None:
        """Take a part of the request target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header line."""
        self._headers.append(_field(name, value))

    def on_headers_complete(self) -> None:
        """Decide on the body before it comes."""
        if self._offers_upgrade():
            return
        if self._target[:1] != b"/" and wanted(self._target.decode("latin-1")) is None:
            self._refuse(400, "the target names no host that could be one (RFC 9112 §3.2.2)")
            return
        hosts, length, expected = 0, "", ""
        for name, value in self._target_and_headers()[1]:
            match name.lower():
                case "host":
                    hosts += 1
                case "content-length":
                    length = length or value
                case "expect":
                    expected = expected or value
        if hosts != 1 and (hosts or not self._is_http_10()):
            self._refuse(400, f"{hosts} Host fields where one is wanted (RFC 9112 §3.2)")
        elif length.isdigit() and int(length) > self._most_body_bytes:
            self._refuse(413, f"a body of {length} bytes is over the bound of {self._most_body_bytes}")
        elif expected.lower() == "100-continue" and not self._is_http_10():
            self._owes_continue = True
            self._pay_continue()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body_bytes += len(body)
        if self._deaf:
            return
        if self._body_bytes > self._most_body_bytes:
            self._refuse(413, f"the body is over the bound of {self._most_body_bytes} bytes")
        else:
            self._body.append(body)
            self._owes_continue = False

    def on_message_complete(self) -> None:
        """Hand the request on."""
        if self._deaf or self._offers_upgrade():
            return
        self._in_message = self._owes_continue = False
        arrival = Arrival(
            request=self._request(), arrived_s=self._arrived_s, keep_alive=self._parser.should_keep_alive()
        )
        self._hand_on(arrival)

    def _offers_upgrade(self) -> bool:
        """Whether the parser is about to take the request's body for another protocol."""
        if not self._parser.should_upgrade():
            return False
        return any(name.lower() in ("content-length", "transfer-encoding") for name, _ in self._headers)

    def _decline(self, rest: bytes) -> bytes:
        """Go on in HTTP/1.1 behind an offer of another protocol (RFC 9110 §7.8); return what is still to be parsed.

        The parser stops at such an offer. A request whose body is still to come is parsed again without the offer.
        """
        again = self._in_message
        request, arrived_s = self._request(), self._arrived_s
        target = self._target
        self._parser = httptools.HttpRequestParser(self)
        if not again:
            return rest
        lines = [f"{name}: {value}\r\n" for name, value in request.headers if name.lower() != "upgrade"]
        head = request.method.encode() + b" " + target + b" HTTP/1.1\r\n"
        self._parser.feed_data(head + "".join(lines).encode("latin-1") + b"\r\n")
        self._headers, self._arrived_s = list(request.headers), arrived_s
        return rest

    def _go_on(self) -> None:
        """Answer what waits, unless an answer is under way; in a task only as far as one has to wait."""
        if self._busy or not self._waiting:
            return
        self._busy = True
        serving = self._serve()
        try:
            waits_for = serving.send(None)
        except StopIteration:
            return
        self.task = asyncio.get_running_loop().create_task(_Begun(serving, waits_for))

    async def _serve(self) -> None:
        goes_on = True
        while goes_on and self._waiting:
            arrival = self._waiting.popleft()
            if self._paused and len(self._waiting) < _MOST_WAITING // 2:
                self._paused = False
                self._transport.resume_reading()
            goes_on = await self._handler(arrival, self)
        self.task = None
        if goes_on:
            self._busy = False
            self._pay_continue()

    def _request(self) -> Request:
        target, headers = self._target_and_headers()
        path, _, query = target.partition("?")
        return Request(
            method=_method(self._parser),
            path=path,
            query=query.partition("#")[0],
            headers=headers,
            body=b"".join(self._body),
            http_10=self._is_http_10(),
        )

    def _target_and_headers(self) -> tuple[str, Headers]:
        """Return what is asked for; a target that cannot be read stays as it is, and the request is refused."""
        target = self._target.decode("latin-1")
        headers: Headers = tuple(self._headers)
        found = wanted(target)
        if found is None:
            return target, headers
        return found.path_and_query, _with_host(headers, found.authority) if found.authority else headers

    def _is_http_10(self) -> bool:
        version: str = self._parser.get_http_version()
        return version == "1.0"

    def _pay_continue(self) -> None:
        if self._owes_continue and not (self._busy or self._waiting or self.line.peer_left):
            self._owes_continue = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, status: int, reason: str) -> None:
        self._deaf = True
        self._owes_continue = self._in_message = False
        self.line.lingers = True
        self._hand_on(
            Arrival(request=self._request(), arrived_s=self._arrived_s, keep_alive=False, refused=status, reason=reason)
        )

    def _hand_on(self, arrival: Arrival) -> None:
        self._waiting.append(arrival)
        if len(self._waiting) >= _MOST_WAITING and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _peer_left(self) -> None:
        if self._in_message and not self._deaf:
            self._in_message = False
            self._deaf = True
            self._hand_on(Arrival(request=self._request(), arrived_s=self._arrived_s, keep_alive=False, partial=True))
        self.line.note_peer_left()
        self._go_on()


class _Begun(Coroutine[Any, Any, None]):
    """A coroutine that was begun outside of any task and now waits for something: a task can take it from there.

    An async function around it would not do: one that is cancelled before its first step is not even entered.
    """

    def __init__(self, begun: Coroutine[Any, Any, None], waits_for: object) -> None:
        self._begun = begun
        self._waits_for = [waits_for]

    def send(self, value: Any) -> Any:  # noqa: ANN401 - the loop's own
        """Go on."""
        return self._waits_for.pop() if self._waits_for else self._begun.send(value)

    def throw(self, *error: Any) -> Any:  # noqa: ANN401 - see above
        """Go on with an error: a cancellation."""
        self._waits_for.clear()
        return self._begun.throw(*error)

    def close(self) -> None:
        """Give it up."""
        self._begun.close()

    def __await__(self) -> Generator[Any, Any, None]:
        """Be a coroutine to whoever asks by that; a task does not."""
        return (yield from self._begun.__await__())


@lru_cache(maxsize=1024)  # most fields come with every request, and a journal keeps them by the thousand
def _field(name: bytes, value: bytes) -> tuple[str, str]:
    return sys.intern(name.decode("latin-1")), value.decode("latin-1")


def _with_host(headers: Headers, authority: str) -> Headers:
    """Return the fields with the host that the target names, for workerd, which sends none of its own in that form."""
    from_binding = header_of(headers, BINDING_HEADER) is not None
    return (*headers, ("host", authority)) if from_binding and header_of(headers, "host") is None else headers


def _method(parser: httptools.HttpRequestParser) -> str:
    method: bytes = parser.get_method()
    return method.decode("latin-1")
