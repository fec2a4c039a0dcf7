"""The measuring client for a load generator: one request on one blocking socket, every read stamped as it returns.

The one rule: it works with whatever `socket` is when it runs, so that under gevent thousands of them share a thread;
nothing of its own stands between socket and record. It judges nothing but the framing.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from urllib.parse import SplitResult

from harness.core.observed.history import ClientEnd, ClientExchange
from harness.shell.client.transcript import READ_BYTES, Ask, Transcript


def ask(ask: Ask) -> ClientExchange:
    """Make one request, leave when its moves say so, and return what came of it; nothing is raised for the target.

    Of the moves it knows leaving `never` and after an `event`.
    """
    seen = Transcript(ask)
    try:
        connection = _connected(seen.url, timeout_s=ask.patience_s)
    except OSError as error:
        end = seen.unconnected(error)
        return seen.outcome(end, end_s=time.monotonic())
    with connection:
        end = _talk(connection, seen)
        end_s = time.monotonic()
        if end is ClientEnd.LEFT and ask.moves.leave_rudely:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes with an RST
    return seen.outcome(end, end_s=end_s)


def _talk(connection: socket.socket, seen: Transcript) -> ClientEnd:
    try:
        connection.sendall(seen.request)
        seen.sent_s = time.monotonic()
        return _read(connection, seen)
    except TimeoutError:
        return seen.overdue()
    except OSError as error:
        return seen.broken(error)


def _read(connection: socket.socket, seen: Transcript) -> ClientEnd:
    moves = seen.ask.moves
    while True:
        left_s = seen.started_s + seen.ask.patience_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        connection.settimeout(left_s)
        data = connection.recv(READ_BYTES)
        now_s = time.monotonic()
        if not data:
            return seen.closed()
        numbers = seen.take(data, now_s)
        if moves.leave == "event" and numbers and numbers[-1] >= moves.leave_after_events:
            return ClientEnd.LEFT
        if seen.is_over:
            return seen.framed()


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
