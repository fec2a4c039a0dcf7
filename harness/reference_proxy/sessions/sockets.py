"""Conversations by WebSocket: a question is one text message, its answer the chunks of a stream, one a message, to
`[DONE]` or an error.

The one rule: a question that fails costs no connection. What does is told by a close code (RFC 6455 §7.4.1): 1009 for
a message that is too large, 1001 when the proxy stops, 1013 for a listener that fell behind.
Source: Cloudflare docs, Durable Objects, WebSockets; Workers runtime APIs, WebSockets.
"""

import asyncio
import time

from aiohttp import WSCloseCode, WSMsgType, web

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http import answered, relay
from harness.reference_proxy.http.app import route_of
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.sessions import turns
from harness.reference_proxy.sessions.front import TalkFront, new_outlet, new_record
from harness.reference_proxy.sessions.outlets import Outlet

_MOST_UNREAD = 8
_LEAVE_S = 2.0  # for answers under way when the proxy stops
_FAILED = ProxyError(500, "Internal error.", kind="server_error", code="internal_error")


class SocketFront(TalkFront):
    """The handler of WebSockets."""

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """GET with an upgrade: be connected to a conversation until either side leaves."""
        caller = self._admit(request)
        key = self.key(request, caller, request.match_info["name"])
        socket = new_socket(self._settings.max_request_bytes)
        if not socket.can_prepare(request).ok:
            return web.Response(status=426, text="Ask for a WebSocket.", headers={"Upgrade": "websocket"})
        if self._talks.outlets.of(key) >= self._settings.session_max_sockets:
            raise ProxyError(503, "Too many sockets are connected.", kind="server_error", code="too_many_sockets")
        await socket.prepare(request)
        relay.bound_buffers(request)
        outlet = new_outlet(socket, request, stall_s=self._settings.client_stall_timeout_s)
        unread: asyncio.Queue[str | bytes] = asyncio.Queue(_MOST_UNREAD)
        answering = asyncio.create_task(self._answer_all(request, key, caller, outlet, unread))
        try:
            with self._talks.outlets.connected(key, outlet):
                await self._read(socket, outlet, unread)
        finally:
            try:
                await give_up(answering)
            finally:  # who leaves may be noticed while that is awaited, which ends it
                await outlet.aclose()
        return socket

    async def _read(self, socket: web.WebSocketResponse, outlet: Outlet, unread: asyncio.Queue[str | bytes]) -> None:
        async for message in socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            try:
                unread.put_nowait(message.data)
            except asyncio.QueueFull:
                outlet.offer(told(_busy("Too many questions are waiting on this connection.")))

    async def _answer_all(
        self, request: web.Request, key: str, caller: str, outlet: Outlet, unread: asyncio.Queue[str | bytes]
    ) -> None:
        while True:
            message = await unread.get()
            raw = message.encode() if isinstance(message, str) else message
            try:
                await self._answer(request, key, caller, outlet, raw)
            except ConnectionError:
                relay.abort(request)  # it takes nothing; its reader ends as well
                return

    async def _answer(self, request: web.Request, key: str, caller: str, outlet: Outlet, raw: bytes) -> None:
        record, started_s = new_record(caller), time.monotonic()
        status, failure = answered.CLIENT_LEFT_STATUS, None
        try:
            wait_s = self._limiter.take(caller)
            if wait_s:
                raise _busy("Too many requests from this client.", retry_after=str(wait_s))
            chat = turns.streamed(await self._parse(raw, caller))
            record.fields.update(model=chat.model, stream=True)
            broke = await self._follow(key, chat, outlet, record.fields)
            status, failure = 200, broke.code if broke else None
            await outlet.send(told(broke) if broke else "[DONE]")
        except ProxyError as error:
            status, failure = error.status, error.code
            await outlet.send(told(error))
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence: nothing of it may reach the client
            self._log.error("defect", id=record.id, exception=type(error).__name__, exc_info=True)
            status, failure = 500, _FAILED.code
            await outlet.send(told(_FAILED))
        finally:
            took_s = time.monotonic() - started_s
            self._log.info("question", id=record.id, status=status, failure=failure, **record.fields)
            route = route_of(request) or ""
            answered.tell(self.on_answer, record, kind=route, status=status, failure=failure, took_s=took_s)

    async def _follow(
        self, key: str, chat: ChatRequest, outlet: Outlet, fields: dict[str, object]
    ) -> ProxyError | None:
        """Give the chunks of an answer; what breaks it off after its first is returned, what comes before is raised."""
        async with self._talks.turn(key, chat, asking=outlet) as turn:
            flight = self._service.join(turn.request, bypass=True)
            try:
                with flight.waiting() as reader:
                    await flight.begun()
                    next_item = turn.noting(reader.next)
                    try:
                        while (item := await next_item()) is not None:
                            await outlet.send(turn.opening + item.decode())
                    except ProxyError as error:
                        return error
            finally:
                fields.update(attempts=flight.attempts, served_by=flight.served_by, usage=flight.usage)
        return None

    async def leave(self, _: web.Application) -> None:
        """The proxy stops: whoever is connected is told so, behind the answer that is being given."""
        await self._talks.actors.settle(_LEAVE_S)
        self._talks.outlets.close_all(WSCloseCode.GOING_AWAY, b"the proxy stops")


def new_socket(most_bytes: int) -> web.WebSocketResponse:
    """A WebSocket that takes messages of so many bytes; a larger one closes it with 1009."""
    return web.WebSocketResponse(max_msg_size=most_bytes, compress=False)


async def give_up(answering: asyncio.Task[None]) -> None:
    """End the answer that is being given to a client that has gone, and with it the upstream call."""
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)


def _busy(message: str, retry_after: str | None = None) -> ProxyError:
    return ProxyError(429, message, kind="rate_limit_error", code="rate_limit_exceeded", retry_after=retry_after)


def told(error: ProxyError) -> str:
    """What a client is told of a question that failed."""
    return jsontext.dumps(error.body()).decode()
