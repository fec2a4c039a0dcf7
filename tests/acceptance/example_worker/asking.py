"""Whoever asks the Worker that comes with edgeproof: by HTTP and by WebSocket, and what the mock was asked for it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import aiohttp
import httpx

from fault_injection.plan import Match, Plan, Rule
from fault_injection.spec import parse_all
from harness.core.observed.history import UpstreamEnd, UpstreamExchange
from harness.shell.playing.lane import Lane
from harness.shell.target.targets import load
from harness.shell.target.worker.ready import made_ready
from scenarios.case import Identity

EXAMPLE: Final = Path(__file__).parents[3] / "examples" / "worker"
BUCKET: Final = "chat-captures"
LONG_MS: Final = "600000"
"""A life of answers that no test outlasts, however slow the machine."""
PATIENCE_S: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a client got: the status, the cache header, the body, and whether the body came to its end."""

    status: int
    cache: str | None
    body: bytes
    whole: bool


@dataclass(frozen=True)
class Asking:
    """A Worker under test and whoever asks it."""

    lane: Lane

    async def ask(
        self,
        question: str,
        *,
        stream: bool = True,
        identity: Identity = "a",
        headers: Mapping[str, str] | None = None,
        leave_after: int | None = None,
    ) -> Answer:
        """Ask; with `leave_after` go away behind so many pieces."""
        sent = {**dict(self.lane.headers(identity)), **(headers or {})}
        url = self.lane.url + self.lane.target_file.chat.path
        async with (
            httpx.AsyncClient(trust_env=False, timeout=60) as client,
            client.stream("POST", url, json=self.body(question, stream=stream), headers=sent) as answer,
        ):
            pieces: list[bytes] = []
            whole = False
            try:
                async for piece in answer.aiter_raw():
                    pieces.append(piece)
                    if len(pieces) == leave_after:
                        break
                else:
                    whole = True
            except httpx.RemoteProtocolError:
                pass
        return Answer(
            status=answer.status_code, cache=answer.headers.get("x-cache"), body=b"".join(pieces), whole=whole
        )

    def body(self, question: str, *, stream: bool = True) -> dict[str, Any]:
        """Return the request for a question."""
        model = self.lane.target_file.chat.model
        return {"model": model, "stream": stream, "messages": [{"role": "user", "content": question}]}

    async def seen(self, surface: str, count: int) -> None:
        """Wait until the Worker has made so many calls of a surface, and all have been answered."""

        def are_over(found: Sequence[UpstreamExchange]) -> bool:
            return sum(each.end is not UpstreamEnd.RUNNING for each in found) >= count

        assert await self.lane.server.journal.wait_for(are_over, PATIENCE_S, surface=surface)

    @property
    def captures(self) -> list[bytes]:
        """What the bucket holds."""
        return [each.value for each in self.lane.mock.bound.buckets.get(BUCKET, {}).values()]

    @property
    def asked(self) -> list[list[dict[str, Any]]]:
        """The messages of each call of the model."""
        calls = self.lane.server.journal.exchanges(surface="ai.run")
        return [json.loads(call.body)["inputs"]["messages"] for call in calls]

    def strike(self, surface: str, faults: str) -> None:
        """Let faults strike a surface from now on."""
        rule = Rule(match=Match(surface=surface), faults=parse_all(faults))
        self.lane.server.set_plan(Plan(rules=(rule,)))

    @asynccontextmanager
    async def conversation(self, name: str, identity: Identity = "a") -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Talk by WebSocket."""
        url = f"{self.lane.url.replace('http', 'ws', 1)}/v1/conversations/{name}"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, headers=dict(self.lane.headers(identity))) as socket,
        ):
            yield socket

    async def say(self, socket: aiohttp.ClientWebSocketResponse, question: str) -> list[str]:
        """Ask by WebSocket; return what came, up to the end or an error."""
        return await self.told(socket, json.dumps(self.body(question)))

    async def told(self, socket: aiohttp.ClientWebSocketResponse, message: str) -> list[str]:
        """Send a message as it is; return what came, up to the end or an error."""
        await socket.send_str(message)
        came: list[str] = []
        while not came or (came[-1] != "[DONE]" and "error" not in json.loads(came[-1])):
            came.append(await socket.receive_str(timeout=PATIENCE_S))
        return came


@asynccontextmanager
async def started(file: str, logs: Path) -> AsyncIterator[Asking]:
    """Start the Worker as one of its target files has it; what it keeps stays fresh."""
    target = made_ready(load(str(EXAMPLE / file)), say=lambda _: None)
    async with Lane(replace(target, env={**target.env, "CACHE_TTL_MS": LONG_MS}), seed=1, logs=logs) as lane:
        yield Asking(lane)


def chunks_of(body: bytes) -> list[str]:
    """Return what the events of a stream say."""
    return [event.removeprefix("data: ") for event in body.decode().split("\n\n") if event]


def said(chunks: Sequence[str]) -> str:
    """Return the text of chunks."""
    deltas = [json.loads(chunk)["choices"] for chunk in chunks if chunk != "[DONE]"]
    return "".join(choice["delta"].get("content") or "" for choices in deltas for choice in choices)


def text_of(body: bytes) -> str:
    """Return the text of a stream."""
    return said(chunks_of(body))
