"""One connection to the mock: bytes in, whole requests out, one answer after the other.

The one rule: requests are answered in the order they came (RFC 9112 §9.3.2) and reading never stops for an answer, so
that a peer that leaves is noticed while the answer waits or is blocked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias, cast

import httptools

from harness.core.observed.request_target import wanted
from harness.mock_cloudflare.request import Request
from harness.shell.upstream.arrival import Arrival, field, target_and_headers
from harness.shell.upstream.player import Line
from harness.shell.upstream.turns import Turns

Handler: TypeAlias = Callable[[Arrival, "Connection"], Coroutine[Any, Any, bool]]
"""Answers one arrival on a connection and tells whether the connection takes another."""


class Connection(asyncio.Protocol):
    """Parses what one peer sends and hands each request to the handler, one at a time."""

    line: Line
    _turns: Turns[Arrival]

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
        self._handler = handler
        self._most_body_bytes = most_body_bytes
        self._on_open = on_open
        self._on_close = on_close
        self._parser = httptools.HttpRequestParser(self)
        self._deaf = False
        self._owes_continue = False
        self._in_message = False
        self._arrived_s = 0.0
        self._target = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._body_bytes = 0

    @property
    def task(self) -> asyncio.Task[None] | None:
        """What answers on it, where that had to wait."""
        return self._turns.task

    def abort(self) -> None:
        """Drop the connection at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection and begin to serve it."""
        transport = cast("asyncio.Transport", transport)  # uvloop's are that in all but name
        self._transport = transport
        self.line = Line(transport)
        self._turns = Turns(self._answer, on_idle=self._pay_continue, transport=transport)
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
        if self._turns.waiting and not self._turns.is_busy:
            # Behind whatever else has come: who is answered while others are read wakes up for each answer alone.
            asyncio.get_running_loop().call_soon(self._turns.go_on)

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
        self._headers.append(field(name, value))

    def on_headers_complete(self) -> None:
        """Decide on the body before it comes."""
        if self._offers_upgrade():
            return
        if self._target[:1] != b"/" and wanted(self._target.decode("latin-1")) is None:
            self._refuse(400, "the target names no host that could be one (RFC 9112 §3.2.2)")
            return
        hosts, length, expected = 0, "", ""
        for name, value in target_and_headers(self._target, self._headers)[1]:
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
        self._turns.put(arrival)

    def _offers_upgrade(self) -> bool:
        """Whether the parser is about to take the request's body for another protocol; CONNECT has no body."""
        if not self._parser.should_upgrade() or _method(self._parser) == "CONNECT":
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

    def _answer(self, arrival: Arrival) -> Coroutine[Any, Any, bool]:
        return self._handler(arrival, self)

    def _request(self) -> Request:
        target, headers = target_and_headers(self._target, self._headers)
        path, _, query = target.partition("?")
        return Request(
            method=_method(self._parser),
            path=path,
            query=query.partition("#")[0],
            headers=headers,
            body=b"".join(self._body),
            http_10=self._is_http_10(),
        )

    def _is_http_10(self) -> bool:
        version: str = self._parser.get_http_version()
        return version == "1.0"

    def _pay_continue(self) -> None:
        if self._owes_continue and not (self._turns.is_busy or self._turns.waiting or self.line.peer_left):
            self._owes_continue = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, status: int, reason: str) -> None:
        self._deaf = True
        self._owes_continue = self._in_message = False
        self.line.lingers = True
        self._turns.put(
            Arrival(request=self._request(), arrived_s=self._arrived_s, keep_alive=False, refused=status, reason=reason)
        )

    def _peer_left(self) -> None:
        if self._in_message and not self._deaf:
            self._in_message = False
            self._deaf = True
            self._turns.put(Arrival(request=self._request(), arrived_s=self._arrived_s, keep_alive=False, partial=True))
        self.line.note_peer_left()
        self._turns.go_on()


def _method(parser: httptools.HttpRequestParser) -> str:
    method: bytes = parser.get_method()
    return method.decode("latin-1")
