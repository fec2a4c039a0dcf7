"""A chat service in another layout: threads and bots with numbers, oldest messages first, an answer that is made again
in place of the former one, half an answer that is not kept at all, and generation that goes on without a listener."""

from __future__ import annotations

import asyncio
import json
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

import aiohttp
from aiohttp import web

from tests.targets.chatting.live import END, Live
from tests.targets.chatting.store import Store, User
from tests.targets.serving import Failure, Json, Settings, Target, dump
from tests.targets.sse import Parser

Answering = Callable[[web.Request, User], Awaitable[web.StreamResponse]]


class Chatting(Target):
    """A right one."""

    resumes_behind: ClassVar[int] = 0
    """By how many events it is wrong about where who comes back was; of a right one none."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        super().__init__(settings)
        self.store = Store(folder)
        pairs = [each.partition("=") for each in os.environ["CHAT_USERS"].split(",")]
        self.users = {token: User(*who.split("/")) for who, _, token in pairs}
        self.live: dict[int, Live] = {}
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer a request that has nothing to do with a thread."""
        async with await self.open(await request.read()) as answer:
            body = b"".join([piece async for piece in self.pieces(answer)])
            return web.Response(body=body, status=answer.status, content_type=answer.content_type)

    async def serve(self) -> None:
        """Listen until the process is ended."""
        async with aiohttp.ClientSession(trust_env=False) as self.session:
            app = web.Application()
            routes: list[tuple[str, str, Answering]] = [
                ("POST", "/threads/messages", self.ask), ("GET", "/threads", self.threads),
                ("GET", "/threads/{id}/messages", self.read), ("DELETE", "/threads/{id}", self.delete),
                ("PUT", "/threads/{id}/subject", self.rename), ("PUT", "/threads/{id}/team", self.share),
                ("GET", "/threads/{id}/file", self.export), ("GET", "/find", self.find),
                ("POST", "/threads/{id}/again", self.again), ("GET", "/threads/{id}/live", self.join),
                ("GET", "/bots", self.bots), ("POST", "/bots", self.add_bot), ("GET", "/bots/{id}", self.read_bot),
                ("PUT", "/bots/{id}", self.change_bot), ("DELETE", "/bots/{id}", self.remove_bot),
                ("GET", "/me/tokens", self.tokens),
            ]  # fmt: skip
            for method, path, answering in routes:
                app.router.add_route(method, path, self._known(answering))
            app.router.add_get("/healthz", _healthy)
            app.router.add_post("/v1/chat/completions", self._chat)
            runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self.settings.port).start()
            await asyncio.Event().wait()

    def _known(self, answering: Answering) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def admit(request: web.Request) -> web.StreamResponse:
            user = self.users.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
            if user is None:
                return web.json_response({"problem": "who are you?"}, status=401)
            try:
                return await answering(request, user)
            except Failure as failure:
                return web.json_response({"problem": failure.message}, status=failure.status)

        return admit

    def _mine(self, request: web.Request, user: User, *, to_read: bool = False) -> int:
        name = request.match_info["id"]
        found = self.store.thread(user, int(name), to_read=to_read) if name.isdigit() else None
        if found is None:
            raise Failure(404, "There is no such thread.")
        return int(name)

    async def ask(self, request: web.Request, user: User) -> web.StreamResponse:
        """Take a question, for a thread or for a new one."""
        body = await request.json()
        thread, bot = body.get("thread"), self._bot(user, body["bot"]) if "bot" in body else None
        if thread is not None and self.store.thread(user, int(thread)) is None:
            raise Failure(404, "There is no such thread.")
        if thread is None:
            begin = "INSERT INTO threads (tenant, user, subject, latest, team) VALUES (?, ?, ?, 0, 0)"
            thread = self.store.put(begin, user.tenant, user.name, body["text"][:40])
        return await self._answered(request, user, int(thread), body, bot)

    async def again(self, request: web.Request, user: User) -> web.StreamResponse:
        """Answer the last question of a thread once more."""
        return await self._answered(request, user, self._mine(request, user), await request.json(), None)

    async def _answered(
        self, request: web.Request, user: User, thread: int, body: Json, bot: tuple[object, ...] | None
    ) -> web.StreamResponse:
        """Take the question, if there is one, and answer, behind the thread's former answer and its end."""
        turn = self._turns[thread]
        await turn.acquire()
        try:
            live = await self._begin(user, thread, body, bot)
        except BaseException:
            turn.release()
            raise
        assert live.task is not None
        live.task.add_done_callback(lambda _: turn.release())
        return await self._follow(request, live, 0)

    async def _begin(self, user: User, thread: int, body: Json, bot: tuple[object, ...] | None) -> Live:
        if "text" in body:
            self.store.say(thread, "user", body["text"])
        told = [{"role": author, "content": text} for _, author, text in self.store.said(thread)]
        while told and told[-1]["role"] != "user":
            told.pop()
        rules = [{"role": "system", "content": bot[2]}] if bot else []
        model = body.get("llm") or (bot[3] if bot else None) or os.environ["CHAT_MODEL"]
        asked = {"model": model, "messages": rules + told, "stream": True, "stream_options": {"include_usage": True}}
        answer = await self.open(dump(asked))
        if answer.status != 200:
            answer.close()
            raise Failure(502, "The model refuses.")
        live = self.live[thread] = Live(thread)
        live.task = asyncio.create_task(self._make(live, user, answer))
        return live

    async def _make(self, live: Live, user: User, answer: aiohttp.ClientResponse) -> None:
        """Read an answer to its end, whoever listens, and keep it if it is whole."""
        text, usage, finished, parser = "", 0, False, Parser()
        try:
            async with answer:
                async for piece in self.pieces(answer):
                    for event in parser.feed(piece):
                        chunk = {} if event.data == END else json.loads(event.data)
                        usage = (chunk.get("usage") or {}).get("total_tokens", usage)
                        for choice in chunk.get("choices", ()):
                            finished = finished or bool(choice.get("finish_reason"))
                            said = choice["delta"].get("content") or ""
                            text += said
                            if said:
                                await live.add(json.dumps({"choices": [{"index": 0, "delta": {"content": said}}]}))
            if not finished:
                raise Failure(502, "The model broke off.")
        except Failure as failure:
            self._count(user, len(text))
            await live.add(over=True, broken=failure.message)
            return
        self.store.take_back(live.thread)
        self.store.say(live.thread, "assistant", text)
        self._count(user, usage)
        await live.add(END, over=True)

    def _count(self, user: User, tokens: int) -> None:
        self.store.put("INSERT INTO counts VALUES (?, ?, ?)", user.tenant, user.name, tokens)

    async def join(self, request: web.Request, user: User) -> web.StreamResponse:
        """Go on with an answer behind the event that the client has named."""
        live = self.live.get(self._mine(request, user))
        if live is None:
            return web.Response(status=204)
        had = int(request.headers.get("Last-Event-ID") or 0)
        return await self._follow(request, live, max(had - self.resumes_behind, 0))

    async def _follow(self, request: web.Request, live: Live, begin: int) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Thread": str(live.thread)})
        await response.prepare(request)
        async for number, event in live.follow(begin):
            await response.write(f"id: {number}\ndata: {event}\n\n".encode())
        if live.broken:
            await response.write(b"data: " + dump({"error": {"message": live.broken}}) + b"\n\n")
            self.cut(request)
        return response

    async def threads(self, request: web.Request, user: User) -> web.Response:
        """List the user's threads."""
        found = self.store.rows(
            "SELECT id, subject FROM threads WHERE tenant = ? AND user = ? ORDER BY latest DESC LIMIT ? OFFSET ?",
            user.tenant, user.name, int(request.query["count"]), int(request.query["skip"]),
        )  # fmt: skip
        return web.json_response([{"number": row[0], "subject": row[1]} for row in found])

    async def read(self, request: web.Request, user: User) -> web.Response:
        """Show a page of a thread."""
        begin = int(request.query["skip"])
        rows = self.store.said(self._mine(request, user, to_read=True))[begin : begin + int(request.query["count"])]
        return web.json_response({"items": [{"number": row[0], "from": row[1], "body": row[2]} for row in rows]})

    async def delete(self, request: web.Request, user: User) -> web.Response:
        """Forget a thread for good."""
        thread = self._mine(request, user)
        self.store.put("DELETE FROM messages WHERE thread = ?", thread)
        self.store.put("DELETE FROM threads WHERE id = ?", thread)
        return web.Response(status=204)

    async def rename(self, request: web.Request, user: User) -> web.Response:
        """Give a thread another subject."""
        subject = (await request.json())["subject"]
        self.store.put("UPDATE threads SET subject = ? WHERE id = ?", subject, self._mine(request, user))
        return web.Response(status=204)

    async def share(self, request: web.Request, user: User) -> web.Response:
        """Let the tenant read a thread."""
        self.store.put("UPDATE threads SET team = 1 WHERE id = ?", self._mine(request, user))
        return web.Response(status=204)

    async def export(self, request: web.Request, user: User) -> web.Response:
        """Give a thread as text."""
        rows = self.store.said(self._mine(request, user, to_read=True))
        return web.Response(text="\n\n".join(f"{author}: {body}" for _, author, body in rows))

    async def find(self, request: web.Request, user: User) -> web.Response:
        """Find the threads in which something was said."""
        found = self.store.rows(
            "SELECT DISTINCT thread FROM messages JOIN threads ON threads.id = thread"
            " WHERE tenant = ? AND user = ? AND instr(body, ?)", user.tenant, user.name, request.query["words"],
        )  # fmt: skip
        return web.json_response({"threads": [{"number": row[0]} for row in found]})

    def _bot(self, user: User, bot: object) -> tuple[object, ...]:
        found = self.store.bot(user, int(str(bot)))
        if found is None:
            raise Failure(404, "There is no such bot.")
        return found

    async def bots(self, _: web.Request, user: User) -> web.Response:
        """List the tenant's bots."""
        rows = self.store.rows("SELECT id, label FROM bots WHERE tenant = ?", user.tenant)
        return web.json_response([{"number": row[0], "label": row[1]} for row in rows])

    async def add_bot(self, request: web.Request, user: User) -> web.Response:
        """Make a bot."""
        body = await request.json()
        told = user.tenant, body["label"], body["instructions"], body.get("llm")
        made = self.store.put("INSERT INTO bots (tenant, label, instructions, llm) VALUES (?, ?, ?, ?)", *told)
        return web.json_response({"number": made}, status=201)

    async def read_bot(self, request: web.Request, user: User) -> web.Response:
        """Show a bot."""
        found = self._bot(user, request.match_info["id"])
        return web.json_response({"number": found[0], "label": found[1], "instructions": found[2]})

    async def change_bot(self, request: web.Request, user: User) -> web.Response:
        """Tell a bot something else."""
        found, told = self._bot(user, request.match_info["id"]), (await request.json())["instructions"]
        self.store.put("UPDATE bots SET instructions = ? WHERE id = ?", told, found[0])
        return web.Response(status=204)

    async def remove_bot(self, request: web.Request, user: User) -> web.Response:
        """Forget a bot."""
        self.store.put("DELETE FROM bots WHERE id = ?", self._bot(user, request.match_info["id"])[0])
        return web.Response(status=204)

    async def tokens(self, _: web.Request, user: User) -> web.Response:
        """Tell what the user's answers took."""
        mine = "SELECT coalesce(sum(tokens), 0) FROM counts WHERE tenant = ? AND user = ?"
        return web.json_response({"used": {"tokens": self.store.rows(mine, user.tenant, user.name)[0][0]}})


async def _healthy(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
