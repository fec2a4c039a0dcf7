"""Puts a chat load on a service and writes down each measurement as it is made.

The one rule: it decides nothing. What is asked and when follows from the job; what it comes to is computed elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Final, Literal

import aiohttp

from harness.core.load.chat.job import ChatJob
from harness.core.load.chat.measured import UNFINISHED, Chat, Look
from harness.core.load.chat.stream import Streamed

_LOOK_AGAIN_S: Final = 0.01
"""How long a reader who did not find a message waits before he looks again; it bounds the error of what he sees."""
_KEPT_WITHIN_S: Final = 5.0
"""An answer that is not found for so long is not kept."""

Write = Callable[[Chat | Look], None]


class Crowd:
    """All users of one load. `write` takes each measurement."""

    def __init__(self, job: ChatJob, http: aiohttp.ClientSession, write: Write) -> None:
        self._job = job
        self._http = http
        self._write = write
        self._begun_s = time.monotonic()
        self._conversations: dict[int, str] = {}

    async def play(self) -> None:
        """Ask every question of every stream, and look at conversations meanwhile; what lasts too long is ended."""
        looking = asyncio.create_task(self._look_on())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._job.load.most_s), asyncio.TaskGroup() as streams:
                    for stream in range(self._job.load.streams):
                        streams.create_task(self._talk(stream))
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    async def _talk(self, stream: int) -> None:
        await self._until(self._job.begins_s(stream))
        for number in range(self._job.load.rounds):
            await self._ask(stream, number)

    async def _ask(self, stream: int, number: int) -> None:
        asked_s, problem = time.monotonic(), UNFINISHED
        said = Streamed(conversation_field=self._job.api.conversation_field)
        end_s: float | None = None
        seen_s: float | None = None
        kept: tuple[str, ...] = ()
        try:
            problem = await self._stream(stream, number, said)
            end_s = time.monotonic()
            if not problem:
                seen_s, kept = await self._until_kept(stream, said.text)
        finally:  # also when the load is over meanwhile
            self._write(
                Chat(
                    stream=stream,
                    number=number,
                    nonce=self._job.nonce(stream, number),
                    asked_s=asked_s,
                    first_s=said.begun_s,
                    end_s=end_s or time.monotonic(),
                    tokens=len(said.texts),
                    told=said.text,
                    problem=problem,
                    seen_s=seen_s,
                    kept=kept,
                )
            )

    async def _stream(self, stream: int, number: int, said: Streamed) -> str:
        """Ask one question and read its answer; return why it is not whole, nothing for one that is."""
        job, api = self._job, self._job.api
        problem = ""
        document = api.question(job.question(stream, number), self._conversations.get(stream, ""))
        try:
            async with self._http.post(
                job.url + api.ask, data=json.dumps(document).encode(), headers=dict(job.caller(stream))
            ) as answer:
                if answer.status != HTTPStatus.OK:
                    problem = f"status {answer.status}"
                if api.conversation_header:
                    self._know(stream, answer.headers.get(api.conversation_header))
                async for data in answer.content.iter_any():
                    said.feed(data, time.monotonic())
                    self._know(stream, said.conversation)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            problem = problem or type(error).__name__
        return problem or said.error or ("" if said.finished else "the stream ended without its finish")

    def _know(self, stream: int, conversation: str | None) -> None:
        if conversation:
            self._conversations.setdefault(stream, conversation)

    async def _until_kept(self, stream: int, told: str) -> tuple[float | None, tuple[str, ...]]:
        """Read the conversation until it shows the answer; return when it did, or what it showed in its place."""
        conversation, document = self._conversations.get(stream), None
        until_s = time.monotonic() + _KEPT_WITHIN_S
        while conversation and time.monotonic() < until_s:
            _, document, _ = await self._get(stream, self._job.api.path_of(conversation))
            if told in self._job.api.answers(document):
                return time.monotonic(), ()
            await asyncio.sleep(_LOOK_AGAIN_S)
        return None, self._job.api.answers(document)

    async def _look_on(self) -> None:
        async with asyncio.TaskGroup() as looks:
            for at_s, stream in self._job.looks():
                await self._until(at_s)
                if stream in self._conversations:
                    looks.create_task(self._look("list", stream))
                    looks.create_task(self._look("get", stream))

    async def _look(self, kind: Literal["list", "get"], stream: int) -> None:
        api = self._job.api
        path = api.listing if kind == "list" else api.path_of(self._conversations[stream])
        asked_s = time.monotonic()
        took_s, _, problem = await self._get(stream, path)
        self._write(Look(kind=kind, asked_s=asked_s, took_s=took_s, problem=problem))

    async def _get(self, stream: int, path: str) -> tuple[float, object, str]:
        """Ask for a document; return how long it took, what it holds, and what went wrong."""
        asked_s, document, problem = time.monotonic(), None, ""
        try:
            async with self._http.get(self._job.url + path, headers=dict(self._job.caller(stream))) as answer:
                body = await answer.read()
                problem = "" if answer.status == HTTPStatus.OK else f"status {answer.status}"
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            body, problem = b"", type(error).__name__
        took_s = time.monotonic() - asked_s
        with suppress(ValueError, RecursionError):  # what cannot be read holds nothing
            document = json.loads(body)
        return took_s, document, problem

    async def _until(self, at_s: float) -> None:
        await asyncio.sleep(max(0.0, self._begun_s + at_s - time.monotonic()))
