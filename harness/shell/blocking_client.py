"""The measuring client for a load generator: one request on one blocking socket, every read stamped as it returns.

The one rule: it works with whatever `socket` is when it runs, so that under gevent thousands of them share a thread;
nothing of its own stands between socket and record. It judges nothing but the framing.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from urllib.parse import SplitResult, urlsplit

from harness.core.history import ClientEnd, ClientExchange, Piece
from harness.core.http_reader import ResponseReader
from harness.shell.client import Ask, EventCounter, framed, request_head

_READ_BYTES = 65_536


def ask(ask: Ask) -> ClientExchange:
    """Make one request, leave when its moves say so, and return what came of it; nothing is raised for the target.

    Of the moves it knows leaving `never` and after an `event`.
    """
    exchange = _Exchange(ask)
    try:
        end = exchange.run()
    finally:
        exchange.close()
    return exchange.outcome(end)


class _Exchange:
    """One exchange while it runs."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._url = urlsplit(ask.url)
        self._target = self._url.path.rstrip("/") + ask.path
        self._headers = framed(ask, self._url)
        self._reader = ResponseReader(ask.method)
        self._events = EventCounter()
        self._pieces: list[Piece] = []
        self._socket: socket.socket | None = None
        self._problem = ""
        self._rudely = False
        self._started_s = self._end_s = time.monotonic()
        self._sent_s: float | None = None
        self._head_s: float | None = None

    def run(self) -> ClientEnd:
        """Go through the exchange."""
        try:
            self._socket = _connected(self._url, timeout_s=self._ask.patience_s)
        except OSError as error:
            self._problem = f"no connection: {error}"
            end = ClientEnd.REFUSED
        else:
            end = self._talk(self._socket)
        self._end_s = time.monotonic()
        return end

    def _talk(self, connection: socket.socket) -> ClientEnd:
        try:
            connection.sendall(request_head(self._ask.method, self._target, self._headers) + self._ask.moves.body)
            self._sent_s = time.monotonic()
            return self._read(connection)
        except TimeoutError:
            self._problem = f"no end within {self._ask.patience_s:g} s"
            return ClientEnd.TIMED_OUT
        except OSError as error:
            self._problem = f"{error.strerror or error!r} after {self._reader.body_bytes} bytes of body"
            return ClientEnd.RESET

    def _read(self, connection: socket.socket) -> ClientEnd:
        reader, moves = self._reader, self._ask.moves
        while True:
            left_s = self._started_s + self._ask.patience_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            connection.settimeout(left_s)
            data = connection.recv(_READ_BYTES)
            now_s = time.monotonic()
            if not data:
                reader.eof()
                self._problem = reader.problem or ""
                return ClientEnd.COMPLETE if reader.complete else ClientEnd.CLOSED_EARLY
            reader.feed(data)
            if reader.head_done and self._head_s is None:
                self._head_s = now_s
                self._events.start(reader.header("content-type") or "")
            body = reader.take()
            if body:
                self._pieces.append(Piece(now_s, body))
                reached = self._events.feed(body).stop - 1
                if moves.leave == "event" and reached >= moves.leave_after_events:
                    self._rudely = moves.leave_rudely
                    return ClientEnd.LEFT
            if reader.complete or reader.stopped:
                self._problem = reader.problem or ""
                return ClientEnd.BAD_FRAMING if self._problem else ClientEnd.COMPLETE

    def close(self) -> None:
        """End the connection, with an RST where the client leaves rudely."""
        if self._socket is None:
            return
        if self._rudely:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def outcome(self, end: ClientEnd) -> ClientExchange:
        """Return everything that was observed."""
        return ClientExchange(
            method=self._ask.method,
            path=self._target,
            request_headers=self._headers,
            moves=self._ask.moves,
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


def _connected(url: SplitResult, *, timeout_s: float) -> socket.socket:
    secure = url.scheme == "https"
    host, port = url.hostname or "127.0.0.1", url.port or (443 if secure else 80)
    plain = socket.create_connection((host, port), timeout=timeout_s)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
    except BaseException:
        plain.close()
        raise
