"""A connection that is read and written by hand: a plain socket, or TLS over one.

The one rule: nothing is read ahead, unless a protocol reads. What a caller has not asked for stays in the system's
buffers, so that a reader that pauses is felt by the other side.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Protocol, TypeVar, TypeVarTuple
from urllib.parse import SplitResult

_TLS_READ_BYTES = 16_384 + 512
"""One record of TLS at its longest (RFC 8446 §5.2), so that little more than was asked for is taken off the socket."""

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Stream(Protocol):
    """What the measuring client needs of a connection."""

    async def receive(self, size: int) -> bytes:
        """Return up to `size` bytes as they come; none when the peer has closed. Raises OSError."""
        ...

    async def send(self, data: bytes) -> None:
        """Return once the system has all of it. Raises OSError."""
        ...

    def close(self, *, rudely: bool = False) -> None:
        """End with a FIN, or with an RST."""
        ...


async def connect(url: SplitResult, *, receive_buffer_bytes: int | None = None) -> Stream:
    """Connect to an `http` or `https` URL; a bound on the receive buffer bounds the window from the start.

    Raises:
        OSError: no address of the host takes the connection, or its certificate is not to be trusted.
    """
    secure = url.scheme == "https"
    host, port = url.hostname or "127.0.0.1", url.port or (443 if secure else 80)
    plain = await _connect(host, port, receive_buffer_bytes)
    if not secure:
        return plain
    stream = TlsStream(plain, host)
    try:
        await stream.handshake()
    except BaseException:
        plain.close()
        raise
    return stream


class PlainStream:
    """A non-blocking socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._is_read_by_loop = False
        self._loop = asyncio.get_running_loop()

    async def receive(self, size: int) -> bytes:
        """Return up to `size` bytes as they come."""
        return await self._loop.sock_recv(self._socket, size)

    async def send(self, data: bytes) -> None:
        """Return once the system has all of it."""
        if not self._is_read_by_loop:
            await self._loop.sock_sendall(self._socket, data)
            return
        with self._socket.dup() as sending:  # a loop takes one handle for one purpose alone
            await self._loop.sock_sendall(sending, data)

    def send_at_once(self, data: bytes) -> bytes:
        """Give the system as much as it takes at once; return the rest. Raises OSError."""
        try:
            sent_bytes = self._socket.send(data)
        except BlockingIOError:
            return data
        return data[sent_bytes:]

    async def read_by(self, protocol: asyncio.Protocol) -> None:
        """Let the loop read for a protocol, instead of `receive`, until the transport is closed.

        Sending stays here, so that a send that fails does not throw away what has come.
        """
        self._is_read_by_loop = True
        await self._loop.create_connection(lambda: protocol, sock=self._socket)

    def close(self, *, rudely: bool = False) -> None:
        """End with a FIN, or with an RST (SO_LINGER of 0)."""
        if rudely:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


class TlsStream:
    """TLS by hand over a plain stream, so that closing, resetting and not reading mean the same as without it."""

    def __init__(self, plain: PlainStream, host: str) -> None:
        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = ssl.create_default_context().wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._flushing = asyncio.Lock()

    async def handshake(self) -> None:
        """Agree on keys and check the certificate."""
        await self._until_done(self._tls.do_handshake)

    async def receive(self, size: int) -> bytes:
        """Return up to `size` bytes as they come; a peer that closes without saying so in TLS has closed as well."""
        try:
            return await self._until_done(self._tls.read, size)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def send(self, data: bytes) -> None:
        """Return once the system has all of it."""
        view = memoryview(data)
        while view:
            view = view[await self._until_done(self._tls.write, view) :]

    def close(self, *, rudely: bool = False) -> None:
        """End the connection; TLS itself is not told, as with a program that exits."""
        self._plain.close(rudely=rudely)

    async def _until_done(self, operation: Callable[[*Ts], T], *arguments: *Ts) -> T:
        while True:
            try:
                result = operation(*arguments)
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._plain.receive(_TLS_READ_BYTES)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        async with self._flushing:
            data = self._outgoing.read()
            if data:
                await self._plain.send(data)


async def _connect(host: str, port: int, receive_buffer_bytes: int | None) -> PlainStream:
    loop = asyncio.get_running_loop()
    refusal: OSError | None = None
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if receive_buffer_bytes is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
            await loop.sock_connect(connection, address)
        except OSError as error:
            connection.close()
            refusal = error
        except BaseException:
            connection.close()
            raise
        else:
            return PlainStream(connection)
    raise refusal or OSError(f"{host} has no address")
