"""Killed in the middle of many streams: what was acknowledged is there, and nothing half is shown as whole."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.harness.reference_proxy.chat.process import started
from tests.harness.reference_proxy.chat.service import ANN, Client, Told, service
from tests.harness.reference_proxy.stage import DONE, Connection, Upstream, piece

STREAMS = 50
ENDED_WHEN_KILLED = 5
WORDS = ("Half ", "an ", "answer ", "is ", "none.")


class Crowd:
    """So many clients, each with a question of its own, and what each was told before the proxy died."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}
        self.all_begun = asyncio.Event()
        self.some_ended = asyncio.Event()
        self._ended = 0

    async def ask(self, client: Client, question: str) -> None:
        """Ask until the proxy is killed; an answer that ends in any other way, unasked for, is a defect."""
        try:
            async with client.asking({"message": question}) as (told, parts):
                async for part in parts:
                    self._take(question, told, part)
        except httpx.TransportError:
            return  # it was killed
        assert told.whole or self.some_ended.is_set(), (told.status, told.body, told.parts)

    def _take(self, question: str, told: Told, part: dict[str, Any]) -> None:
        if part["type"] == "text-delta" and question not in self.told:
            self.told[question] = told
            if len(self.told) == STREAMS:
                self.all_begun.set()
        if part["type"] == "finish":
            self._ended += 1
            if self._ended == ENDED_WHEN_KILLED:
                self.some_ended.set()


@pytest.mark.usefixtures("untraced")
async def test_a_killed_proxy_loses_nothing_acknowledged_and_shows_nothing_half_as_whole(database_url: str) -> None:
    release = asyncio.Event()

    async def half_of_them_end(connection: Connection) -> None:
        number = int(connection.json["messages"][-1]["content"].split()[-1])
        await connection.start_stream()
        for word in WORDS[:2]:
            await connection.event(piece(word))
        await release.wait()
        if number % 2:
            await connection.event(piece(WORDS[2]))
            await connection.gone()
            return
        for word in WORDS[2:]:
            await connection.event(piece(word))
        for last in (piece("", finish="stop"), DONE):
            await connection.event(last)
        await connection.end()

    upstream, crowd = Upstream(half_of_them_end), Crowd()
    await upstream.start()
    try:
        async with (
            started(database_url, upstream.url) as (process, http),
            asyncio.TaskGroup() as clients,  # one that fails ends the waiting for the others
        ):
            for number in range(STREAMS):
                clients.create_task(crowd.ask(Client(http, ANN), f"question {number}"))
            await crowd.all_begun.wait()
            release.set()
            await crowd.some_ended.wait()
            await process.kill()
        async with service(database_url, upstream.url) as on:
            listed = await on.ann.get("/api/v1/chat", limit=100)
            kept = {
                question: await on.ann.get(f"/api/v1/chat/{told.conversation_id}", order="asc")
                for question, told in crowd.told.items()
            }
    finally:
        await upstream.stop()

    assert listed["total"] == len(kept) == STREAMS
    acknowledged = [question for question, told in crowd.told.items() if "finish" in told.kinds]
    assert ENDED_WHEN_KILLED <= len(acknowledged) <= STREAMS // 2
    for question, conversation in kept.items():
        asked, answer = conversation["messages"]
        assert (asked["content"], asked["complete"]) == (question, True)
        _judge(answer, acknowledged=question in acknowledged)


def _judge(answer: dict[str, Any], *, acknowledged: bool) -> None:
    if acknowledged or answer["complete"]:
        assert (answer["status"], answer["content"], answer["finishReason"]) == ("complete", "".join(WORDS), "stop")
    else:
        assert (answer["status"], answer["error"]) == ("interrupted", "process_ended")
        assert answer["finishReason"] is None
