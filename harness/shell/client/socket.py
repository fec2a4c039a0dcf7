"""A WebSocket to a conversation: questions over it, pings, its end, and all that came on it.

The one rule: it only writes down. A message becomes an event of a stream, so that what came over a socket is read as
what comes by HTTP is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import aiohttp
from aiohttp import WSMsgType
from yarl import URL

from fault_injection.client import ClientMoves
from harness.core.observed.history import ClientEnd, ClientExchange, Piece, Visit
from harness.shell.client.messages import EVENTS, Place, Seen, as_event, is_last
from harness.shell.client.transcript import Ask
from scenarios.case import Act

_OPENED: Final = 101
_DATA: Final = (WSMsgType.TEXT, WSMsgType.BINARY)
_PING: Final = b"edgeproof"
_PATIENCE_S: Final = 3.0
"""How long an answer to the handshake, to a ping or to a close is waited for; all of them come at once."""


class Socket:
    """One WebSocket. Nothing is raised for what the target does."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._refusal = ""
        self._heard: list[Piece] = []
        self._listening: asyncio.Task[None] | None = None
        self._close_code: int | None = None
        self._started_s = time.monotonic()

    async def open(self) -> None:
        """Connect; whoever uses a socket that could not be opened is told why in what comes of it."""
        timeouts = aiohttp.ClientWSTimeout(ws_close=_PATIENCE_S)
        self._session = aiohttp.ClientSession(trust_env=False)
        url = self._place.url.rstrip("/").replace("http", "ws", 1) + self._place.path
        try:
            async with asyncio.timeout(_PATIENCE_S):
                self._socket = await self._session.ws_connect(
                    URL(url, encoded=True),
                    headers=[(name, value.encode("latin-1").decode()) for name, value in self._place.headers],
                    timeout=timeouts,
                    autoping=False,
                    autoclose=False,
                    max_msg_size=0,
                )
        except UnicodeError:
            self._refusal = "a header of the target is no UTF-8, as a handshake needs"
        except aiohttp.WSServerHandshakeError as error:
            self._refusal = f"the handshake was answered with status {error.status}"
        except (aiohttp.ClientError, OSError) as error:
            self._refusal = f"no connection: {error}"
        except TimeoutError:
            self._refusal = f"the handshake had no answer within {_PATIENCE_S:g} s"

    async def ask(self, ask: Ask, *, on_event: Callable[[int], None]) -> ClientExchange:
        """Send a request as one message, and read to the end of its answer, as its moves say."""
        seen = Seen(self._place, ask)
        if self._socket is None:
            return seen.outcome(ClientEnd.REFUSED, self._refusal)
        try:
            async with asyncio.timeout(ask.patience_s):
                await self._send(self._socket, ask.moves.body)
                seen.sent_s = time.monotonic()
                if ask.moves.read_pause_s:
                    await asyncio.sleep(ask.moves.read_pause_s)
                end, problem = await self._read(self._socket, seen, on_event)
        except TimeoutError:
            end, problem = ClientEnd.TIMED_OUT, f"no end within {ask.patience_s:g} s"
        except (aiohttp.ClientError, OSError) as error:
            end, problem = ClientEnd.RESET, str(error)
        ended_s = time.monotonic()
        if end is ClientEnd.LEFT:
            await self._close(aiohttp.WSCloseCode.GOING_AWAY)
        return seen.outcome(end, problem, end_s=ended_s, close_code=self._close_code)

    async def ping(self, label: str) -> Visit:
        """Ping, and wait for the pong."""
        has_ponged = False
        started_s = time.monotonic()
        if self._socket is not None and not self._socket.closed:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await self._socket.ping(_PING)
                    has_ponged = await self._is_answered(self._socket)
            except (TimeoutError, aiohttp.ClientError, OSError):
                has_ponged = False
        return self._visit("ping", label, started_s, has_ponged=has_ponged)

    async def leave(self, label: str) -> Visit:
        """Say goodbye as RFC 6455 §7.1.2 has it, and note whether it is said back."""
        started_s = time.monotonic()
        if self._socket is not None:
            await self._close(aiohttp.WSCloseCode.OK)
            self._close_code = self._close_code or self._socket.close_code
        return self._visit("leave", label, started_s)

    def listen(self) -> None:
        """Hear whatever comes, from now on."""
        if self._socket is not None and self._listening is None:
            self._listening = asyncio.create_task(self._hear(self._socket))

    def heard(self, label: str) -> Visit:
        """Return what a listener has heard so far."""
        return self._visit("listen", label, self._started_s)

    async def end(self) -> None:
        """Be done with it, in whatever state it is."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._close(aiohttp.WSCloseCode.GOING_AWAY)
        if self._session is not None:
            await self._session.close()

    async def _send(self, socket: aiohttp.ClientWebSocketResponse, body: bytes) -> None:
        try:
            await socket.send_str(body.decode())
        except UnicodeDecodeError:  # a text message is UTF-8 (RFC 6455 §5.6)
            await socket.send_bytes(body)

    async def _read(
        self, socket: aiohttp.ClientWebSocketResponse, seen: Seen, on_event: Callable[[int], None]
    ) -> tuple[ClientEnd, str]:
        moves = seen.ask.moves
        if moves.leave in ("request-sent", "head", "upload"):
            return ClientEnd.LEFT, ""
        while True:
            message = await socket.receive()
            if message.type in _DATA:
                seen.take(message.data)
                on_event(len(seen.pieces))
                if moves.leave == "event" and len(seen.pieces) >= moves.leave_after_events:
                    return ClientEnd.LEFT, ""
                if is_last(message.data):
                    return ClientEnd.COMPLETE, ""
            elif message.type is WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                self._close_code = self._note_close(socket, message)
                return ClientEnd.CLOSED_EARLY, f"the WebSocket was closed with {self._close_code}"

    async def _is_answered(self, socket: aiohttp.ClientWebSocketResponse) -> bool:
        while True:
            message = await socket.receive()
            if message.type is WSMsgType.PONG:
                return bytes(message.data) == _PING
            if message.type is WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type not in _DATA:
                self._close_code = self._note_close(socket, message)
                return False

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            message = await socket.receive()
            if message.type in _DATA:
                self._heard.append(Piece(time.monotonic(), as_event(message.data)))
            elif message.type is WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                self._close_code = self._note_close(socket, message)
                return

    def _note_close(self, socket: aiohttp.ClientWebSocketResponse, message: aiohttp.WSMessage) -> int:
        if message.type is WSMsgType.CLOSE:
            return int(message.data)
        return socket.close_code or int(aiohttp.WSCloseCode.ABNORMAL_CLOSURE)

    async def _close(self, code: int) -> None:
        """Close the connection, whether or not that is answered."""
        if self._socket is not None:
            with suppress(aiohttp.ClientError, OSError):
                await self._socket.close(code=code)

    def _visit(self, act: Act, label: str, started_s: float, *, has_ponged: bool = False) -> Visit:
        place, now_s = self._place, time.monotonic()
        opened = self._socket is not None
        exchange = ClientExchange(
            method="GET",
            path=place.path,
            request_headers=place.headers,
            moves=ClientMoves(),
            started_s=started_s,
            sent_s=started_s,
            head_s=started_s,
            status=_OPENED if opened else None,
            headers=EVENTS,
            pieces=tuple(self._heard) if act == "listen" else (),
            end=ClientEnd.COMPLETE if opened else ClientEnd.REFUSED,
            end_s=now_s,
            problem=self._refusal,
            label=label,
            identity=place.identity,
            talk=place.talk,
            socket=place.name,
            close_code=self._close_code,
        )
        return Visit(act=act, exchange=exchange, has_ponged=has_ponged)
