"""A proxy that keeps conversations.

The one rule: a turn is noted whole or not at all, before its end is told, and one after another.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

import aiohttp
from aiohttp import WSCloseCode, WSMsgType, web

from tests.targets import door
from tests.targets.door import Ask
from tests.targets.parser import Collector, ParsingProxy
from tests.targets.resilience import Live
from tests.targets.serving import Failure, Json, Settings, dump
from tests.targets.talking.book import Book

Socket = web.WebSocketResponse
_LONGEST_NAME = 2000


class Talk:
    """One conversation of one caller while it is used: who waits for whom, and who listens."""

    def __init__(self, caller: str, name: str) -> None:
        self.caller = caller
        self.name = name
        self.turn = asyncio.Lock()
        self.sockets: set[Socket] = set()


class Noted(Live):
    """An answer that is noted once it is there, and heard by those who listen."""

    def __init__(self, proxy: Talking, talk: Talk, ask: Ask, live: Live, asking: Socket | None) -> None:
        self.proxy = proxy
        self.talk = talk
        self.ask = ask
        self.live = live
        self.asking = asking
        self.model, self.attempts = live.model, live.attempts

    async def chunks(self) -> AsyncIterator[Json]:
        """Yield the answer, and note it behind its last chunk."""
        collector = Collector()
        try:
            async for chunk in self.live.chunks():
                collector.add(chunk)
                await self.proxy.heard(self.talk, chunk, self.asking)
                yield chunk
        except Failure:
            self.proxy.broke(self.talk, self.ask, collector.completion)
            raise
        self.proxy.note(self.talk, self.ask, collector.completion)

    async def completed(self) -> Json:
        """Return the answer, which is noted."""
        completion = await self.live.completed()
        self.proxy.note(self.talk, self.ask, completion)
        return completion

    def close(self) -> None:
        """End the upstream call."""
        self.live.close()


class Talking(ParsingProxy):
    """A right proxy."""

    book_type: ClassVar[type[Book]] = Book
    serial: ClassVar[bool] = True

    def __init__(self, settings: Settings, folder: Path) -> None:
        super().__init__(settings)
        self.book = self.book_type(folder)
        self.talks: dict[tuple[str, str], Talk] = {}

    async def serve(self) -> None:
        """Listen until the process is ended."""
        self.prepare()
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self.first_byte_s)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as self.session:
            app = web.Application(client_max_size=1 << 30)
            app.router.add_get("/healthz", _healthy)
            app.router.add_post("/v1/chat/completions", self._chat, expect_handler=self.expected)
            app.router.add_get("/v1/conversations/{name}", self._history)
            app.router.add_delete("/v1/conversations/{name}", self._forget)
            app.router.add_get("/v1/conversations/{name}/socket", self._socket)
            runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self.settings.port).start()
            await asyncio.Event().wait()

    def talk_of(self, caller: str, name: str) -> Talk:
        """Return a caller's conversation."""
        if not name or len(name) > _LONGEST_NAME:
            raise Failure(400, "That is no name of a conversation.")
        return self.talks.setdefault((caller, name), Talk(caller, name))

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer one chat request, in its conversation where it names one."""
        ask = door.parse(await door.read(request), request.headers.get("Authorization", ""))
        name = request.headers.get("X-Conversation")
        if name is None:
            return await self.answer(request, ask)
        talk = self.talk_of(ask.caller, name)
        async with self.turn_of(talk):
            live = await self.begun(talk, ask, None)
            try:
                return await (self.relay(request, ask, live) if ask.stream else self.whole(request, ask, live))
            finally:
                self.let_go(live)

    def turn_of(self, talk: Talk) -> asyncio.Lock:
        """Return what keeps the turns of a conversation one after another."""
        return talk.turn if self.serial else asyncio.Lock()

    async def begun(self, talk: Talk, ask: Ask, asking: Socket | None) -> Live:
        """Ask upstream with what was said before; `asking` is the WebSocket that the question came over."""
        messages = self.joined(self.book.recent(talk.caller, talk.name), ask.body["messages"])
        live = await self.obtain(Ask({**ask.body, "messages": messages}, ask.caller))
        return Noted(self, talk, ask, live, asking)

    def joined(self, told: list[Json], asked: list[Json]) -> list[Json]:
        """Return the turns and the new messages together, rules first."""
        rules = [each for each in asked if each["role"] in ("system", "developer")]
        return [*rules, *told, *(each for each in asked if each not in rules)]

    def note(self, talk: Talk, ask: Ask, completion: Json) -> None:
        """Remember a turn; one without a text has nothing to go on from."""
        message = completion["choices"][0]["message"] if completion["choices"] else {}
        if isinstance(message.get("content"), str) and message["content"]:
            asked = [each for each in ask.body["messages"] if each["role"] not in ("system", "developer")]
            self.book.add(talk.caller, talk.name, [*asked, {"role": "assistant", "content": message["content"]}])

    def broke(self, talk: Talk, ask: Ask, completion: Json) -> None:
        """A turn that broke off is not remembered."""

    async def _history(self, request: web.Request) -> web.StreamResponse:
        try:
            talk = self.talk_of(request.headers.get("Authorization", ""), request.match_info["name"])
        except Failure as failure:
            return self.failed(failure)
        return self.history_of(talk)

    def history_of(self, talk: Talk) -> web.Response:
        """Answer with what was said."""
        return web.json_response({"messages": self.shown(self.book.read(talk.caller, talk.name))})

    def shown(self, messages: list[Json]) -> list[Json]:
        """Return the messages as a client reads them."""
        return messages

    async def _forget(self, request: web.Request) -> web.StreamResponse:
        try:
            talk = self.talk_of(request.headers.get("Authorization", ""), request.match_info["name"])
        except Failure as failure:
            return self.failed(failure)
        self.forget(talk)
        return web.Response(status=204)

    def forget(self, talk: Talk) -> None:
        """Forget a conversation."""
        self.book.forget(talk.caller, talk.name)

    def new_socket(self) -> Socket:
        """Return a WebSocket that is not connected yet."""
        return Socket(max_msg_size=4 << 20, compress=False)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        try:
            talk = self.talk_of(request.headers.get("Authorization", ""), request.match_info["name"])
        except Failure as failure:
            return self.failed(failure)
        socket = self.new_socket()
        await socket.prepare(request)
        talk.sockets.add(socket)
        answering: asyncio.Task[None] | None = None
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    if answering is not None:
                        await answering
                    answering = asyncio.ensure_future(self.say(talk, socket, message.data))
        finally:
            talk.sockets.discard(socket)
            if answering is not None:
                self.left(answering)
        return socket

    def left(self, answering: asyncio.Task[None]) -> None:
        """Whoever asked has gone."""
        answering.cancel()

    async def say(self, talk: Talk, socket: Socket, message: str | bytes) -> None:
        """Answer a message; what goes wrong is told."""
        try:
            await self.answered(talk, socket, message)
        except Failure as failure:
            await self.send(socket, dump({"error": {"message": failure.message, "code": failure.status}}))

    async def answered(self, talk: Talk, socket: Socket, message: str | bytes) -> None:
        """Answer a message: chunks, then the end. Those who listen hear the same."""
        raw = message.encode() if isinstance(message, str) else message
        if len(raw) > door.MAX_BYTES:
            await self.too_large(socket)
            return
        asked = door.parse(raw, talk.caller)
        ask = Ask({**asked.body, "stream": True}, talk.caller)
        async with self.turn_of(talk):
            live = await self.begun(talk, ask, socket)
            try:
                async for chunk in live.chunks():
                    await self.send(socket, dump(chunk))
            except Failure:
                self.breakers[live.model].failed()
                raise
            finally:
                live.close()
            await self.done(talk, socket)

    async def too_large(self, socket: Socket) -> None:
        """End a connection whose message is too large."""
        await socket.close(code=WSCloseCode.MESSAGE_TOO_BIG, message=b"the message is too large")

    async def done(self, talk: Talk, socket: Socket) -> None:
        """Tell the end of an answer."""
        await self.send(socket, b"[DONE]")

    async def heard(self, talk: Talk, chunk: Json, asking: Socket | None) -> None:
        """Let those hear a chunk who are connected and have not asked for it."""
        for each in [*talk.sockets]:
            if each is not asking:
                await self.send(each, dump(chunk))

    async def send(self, socket: Socket, text: bytes) -> None:
        """Send a text message, to whom is still there."""
        if not socket.closed:
            await socket.send_str(text.decode())


async def _healthy(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
