"""The chat service on a real socket in this process, and a client that reads its streams.

The one rule: nothing here waits by the clock; every step is caused by the other side.
"""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiohttp import web

from edgeproof import MockCloudflare
from harness.reference_proxy.http import logs
from harness.reference_proxy.serving import application
from harness.reference_proxy.settings import Settings
from tests.harness.reference_proxy.stage import DONE, USAGE, Clock, Connection, Log, piece, streams

ANN, BOB, EVE = "ann-of-acme", "bob-of-acme", "eve-of-evil"
GOOD = streams(piece("Hel"), piece("lo"), piece("", finish="stop"), {**piece(""), "choices": [], "usage": USAGE}, DONE)
MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
PLAIN: dict[str, Any] = {"trust_env": False, "timeout": 3600, "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}
"""A client that is patient and loads no authorities, which would take longer than most tests."""
USERS = f"acme/ann={ANN},acme/bob={BOB},evil/eve={EVE}"
"""Two users of one tenant, and one of another."""


async def cut(connection: Connection) -> None:
    """Breaks off after a first piece."""
    await connection.start_stream()
    await connection.event(piece("Hel"))
    connection.reset()


@dataclass(kw_only=True)
class Told:
    """What a client got of one question; `whole` says whether the framing came to its end."""

    status: int
    headers: Mapping[str, str]
    parts: list[dict[str, Any]] = field(default_factory=list)
    done: bool = False
    whole: bool = False
    body: dict[str, Any] = field(default_factory=dict)
    last_event_id: str = ""

    @property
    def text(self) -> str:
        return "".join(part["delta"] for part in self.parts if part["type"] == "text-delta")

    @property
    def kinds(self) -> list[str]:
        return [part["type"] for part in self.parts]

    def part(self, kind: str) -> dict[str, Any]:
        (found,) = (part for part in self.parts if part["type"] == kind)
        return found

    @property
    def conversation_id(self) -> str:
        return self.headers["X-Conversation-Id"]

    @property
    def message_id(self) -> str:
        return self.headers["X-Message-Id"]


class Client:
    """One user's."""

    def __init__(self, http: httpx.AsyncClient, token: str | None) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def call(self, method: str, path: str, document: object = None, **query: object) -> httpx.Response:
        """One request that is answered in JSON."""
        body = None if document is None else json.dumps(document).encode()
        params = {name: str(value) for name, value in query.items()}
        return await self._http.request(method, path, content=body, params=params, headers=self._headers)

    async def from_page(self, method: str, path: str, origin: str) -> httpx.Response:
        """One request that a page of this origin makes."""
        return await self._http.request(method, path, headers={**self._headers, "Origin": origin})

    async def get(self, path: str, **query: object) -> dict[str, Any]:
        """What is found there."""
        answer = await self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    @contextlib.asynccontextmanager
    async def asking(
        self, document: object, path: str = "/api/v1/chat"
    ) -> AsyncIterator[tuple[Told, AsyncIterator[dict[str, Any]]]]:
        """A question under way: what was told so far, and its parts as they come."""
        async with self._http.stream("POST", path, content=json.dumps(document).encode(), headers=self._headers) as it:
            told = Told(status=it.status_code, headers=it.headers)
            yield told, _parts(it, told)

    @contextlib.asynccontextmanager
    async def resuming(
        self, conversation_id: str, last_event_id: str | None = None
    ) -> AsyncIterator[tuple[Told, AsyncIterator[dict[str, Any]]]]:
        """An answer that is being made, behind the event of that id; it is given as by `asking`."""
        had = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
        headers = [(name.encode(), value.encode()) for name, value in {**self._headers, **had}.items()]
        path = f"/api/v1/chat/{conversation_id}/stream"
        async with self._http.stream("GET", path, headers=headers) as it:
            told = Told(status=it.status_code, headers=it.headers)
            yield told, _parts(it, told)

    async def resume(self, conversation_id: str, last_event_id: str | None = None) -> Told:
        """The same, read to its end."""
        async with self.resuming(conversation_id, last_event_id) as (told, parts):
            async for _ in parts:
                pass
        return told

    async def lines(self, document: object, path: str) -> tuple[Told, list[tuple[str, Any]]]:
        """An answer as the data stream, a letter and a value each line, up to where it breaks off if it does."""
        found = []
        async with self._http.stream("POST", path, content=json.dumps(document).encode(), headers=self._headers) as it:
            told = Told(status=it.status_code, headers=it.headers)
            with contextlib.suppress(httpx.RemoteProtocolError):  # the framing was not finished
                async for line in it.aiter_lines():
                    letter, _, value = line.partition(":")
                    found.append((letter, json.loads(value)))
                told.whole = True
        return told, found

    async def ask(self, message: str = "hello", *, path: str = "/api/v1/chat", **more: object) -> Told:
        """A question and its whole answer."""
        document = {"message": message, **more} if path == "/api/v1/chat" else more
        async with self.asking(document, path) as (told, parts):
            async for _ in parts:
                pass
        return told


async def _parts(answer: httpx.Response, told: Told) -> AsyncIterator[dict[str, Any]]:
    if answer.headers.get("Content-Type", "").startswith("application/json"):
        told.body = json.loads(await answer.aread())
        return
    try:
        async for line in answer.aiter_lines():
            if line == "data: [DONE]":
                told.done = True
            elif line.startswith("id: "):
                told.last_event_id = line.removeprefix("id: ")
            elif line:
                part = json.loads(line.removeprefix("data: "))
                told.parts.append(part)
                yield part
        told.whole = True
    except httpx.RemoteProtocolError:
        pass  # the framing was not finished


def _upstream(upstream: str | MockCloudflare) -> dict[str, str]:
    if isinstance(upstream, str):
        return {"upstream": upstream, "account_id": "acc-secret", "api_token": "up-secret"}
    env = upstream.env()
    named = {"account_id": env["CLOUDFLARE_ACCOUNT_ID"], "api_token": env["CLOUDFLARE_API_TOKEN"]}
    return {"upstream": upstream.url, **named}


class Service:
    """The running service."""

    def __init__(self, app: web.Application, http: httpx.AsyncClient, log: Log, clock: Clock) -> None:
        self.app = app
        self.log = log
        self.clock = clock
        self._http = http
        self.ann, self.bob, self.eve = self.client(ANN), self.client(BOB), self.client(EVE)
        self.nobody = self.client(None)

    @property
    def url(self) -> str:
        """Where it is, without a path."""
        return str(self._http.base_url).rstrip("/")

    def client(self, token: str | None) -> Client:
        """Who brings this token."""
        return Client(self._http, token)

    async def kept(self, told: Told) -> list[dict[str, Any]]:
        """What is kept of Ann's conversation, oldest first."""
        conversation_id = told.conversation_id if told.status == 200 else told.body["conversationId"]
        found = await self.ann.get(f"/api/v1/chat/{conversation_id}", order="asc")
        messages: list[dict[str, Any]] = found["messages"]
        return messages

    def lines(self, event: str) -> list[dict[str, Any]]:
        """The log's lines of one kind."""
        found = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [line for line in found if line["event"] == event]


@contextlib.asynccontextmanager
async def service(database_url: str, upstream: str | MockCloudflare, **settings: object) -> AsyncIterator[Service]:
    """The service in front of that upstream, with its users."""
    chosen: dict[str, Any] = {
        **_upstream(upstream), "chat_database": database_url, "chat_users": USERS, "retry_base_s": 0.001,
        "retry_max_s": 0.002, **settings,
    }  # fmt: skip
    log, clock = Log(), Clock()
    app = application(Settings(**chosen), log=logs.logger(log), clock=clock.monotonic, wall=clock.wall)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=base_url, **PLAIN, limits=limits) as http:
            yield Service(app, http, log, clock)
    finally:
        await runner.cleanup()
