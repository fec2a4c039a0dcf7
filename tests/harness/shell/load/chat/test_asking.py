"""A crowd on a small chat service of the test's own, on a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from harness.core.load.chat.job import ChatJob
from harness.core.load.chat.measured import Chat, Look
from harness.shell.load.chat.asking import Crowd
from scenarios.load import ChatLoad
from scenarios.prompt import Prompt

LOAD = ChatLoad(
    streams=3,
    users=1,
    tenants=1,
    duration_s=80.0,
    most_s=3600.0,
    begin_s=0.01,
    prompt=Prompt(tokens=3, pace_s=10),
    looks_per_s=50.0,
)
"""Two rounds, as for an upstream that takes its time; the service here does not."""
FORM = {"Content-Type": "text/event-stream"}


class Service:
    """Answers every question with its text, keeps what it told, and shows it from the second read on."""

    def __init__(self) -> None:
        self.kept: dict[str, list[str]] = {}
        self.reads: dict[str, int] = {}
        self.tokens: set[str] = set()
        self.keeps: Callable[[str], str] = str
        self.finishes = True
        self.shows_at_once = False
        self.status = 200
        self.waits = asyncio.Event()
        self.waits.set()

    async def ask(self, request: web.Request) -> web.StreamResponse:
        document = await request.json()
        self.tokens.add(request.headers["Authorization"])
        if self.status != 200:
            return web.Response(status=self.status)
        conversation = document.get("conversationId") or f"c{len(self.kept)}"
        self.kept.setdefault(conversation, []).append(self.keeps(document["message"]))
        answer = web.StreamResponse(headers={**FORM, "X-Conversation-Id": conversation})
        await answer.prepare(request)
        parts = [{"type": "text-delta", "delta": word} for word in document["message"]]
        for part in [*parts, *([{"type": "finish"}] if self.finishes else [])]:
            await answer.write(b"data: " + json.dumps(part).encode() + b"\n\n")
        await self.waits.wait()
        return answer

    async def list(self, _: web.Request) -> web.Response:
        return web.json_response({"conversations": [*self.kept]})

    async def read(self, request: web.Request) -> web.Response:
        conversation = request.match_info["id"]
        self.reads[conversation] = self.reads.get(conversation, 0) + 1
        known = self.kept[conversation] if self.shows_at_once or self.reads[conversation] > 1 else []
        return web.json_response({"messages": [{"role": "assistant", "content": text} for text in known]})


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/api/v1/chat", service.ask)
    app.router.add_get("/api/v1/chat", service.list)
    app.router.add_get("/api/v1/chat/{id}", service.read)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def played(service: Service, load: ChatLoad = LOAD) -> tuple[list[Chat], list[Look]]:
    told: list[Chat | Look] = []
    async with serving(service) as url, aiohttp.ClientSession() as http:
        job = ChatJob(url=url, callers=((("authorization", "Bearer t"),),), seed=3, load=load)
        await Crowd(job, http, told.append).play()
    return [each for each in told if isinstance(each, Chat)], [each for each in told if isinstance(each, Look)]


async def test_each_stream_asks_in_its_own_conversation_until_every_answer_was_seen_kept() -> None:
    service = Service()
    chats, _ = await played(service)

    assert [len(answers) for answers in service.kept.values()] == [2, 2, 2]
    assert {(chat.stream, chat.number) for chat in chats} == {(s, n) for s in range(3) for n in range(2)}
    assert all(chat.told.startswith(chat.nonce) and not chat.problem for chat in chats)
    assert all(chat.seen_s is not None and chat.seen_s >= chat.end_s >= (chat.first_s or 0) for chat in chats)
    assert all(chat.first_s is not None and chat.first_s >= chat.asked_s for chat in chats)
    assert service.tokens == {"Bearer t"}


async def test_conversations_are_listed_and_read_while_answers_stream() -> None:
    service = Service()
    service.waits.clear()
    both: set[str] = set()

    def note(told: Chat | Look) -> None:
        if isinstance(told, Look):
            both.add(told.kind)
            if both == {"list", "get"}:
                service.waits.set()

    async with serving(service) as url, aiohttp.ClientSession() as http:
        job = ChatJob(url=url, callers=((("authorization", "Bearer t"),),), seed=3, load=LOAD)
        await Crowd(job, http, note).play()

    assert both == {"list", "get"}


async def test_an_answer_that_is_kept_otherwise_is_told_with_what_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.shell.load.chat.asking._KEPT_WITHIN_S", 0.1)
    service = Service()
    service.keeps, service.shows_at_once = lambda text: f"not {text}", True
    (chat, *_), _ = await played(service)

    assert (chat.problem, chat.seen_s) == ("", None)
    assert chat.kept == (f"not {chat.told}",)


async def test_what_goes_wrong_is_the_answers_problem() -> None:
    refusing, breaking = Service(), Service()
    refusing.status, breaking.finishes = 503, False

    assert {chat.problem for chat in (await played(refusing))[0]} == {"status 503"}
    assert {chat.problem for chat in (await played(breaking))[0]} == {"the stream ended without its finish"}


async def test_nobody_there_is_told_by_the_name_of_the_error() -> None:
    told: list[Chat | Look] = []
    async with aiohttp.ClientSession() as http:
        job = ChatJob(url="http://127.0.0.1:9", callers=((),), seed=3, load=LOAD)
        await Crowd(job, http, told.append).play()

    assert {each.problem for each in told} == {"ClientConnectorError"}


async def test_what_lasts_longer_than_the_load_is_ended_and_told() -> None:
    service = Service()
    service.waits.clear()
    chats, _ = await played(service, replace(LOAD, most_s=0.2, begin_s=0.0))

    assert {chat.problem for chat in chats} == {"not ended when the load was over"}
