"""What a Worker's heap holds is looked at for as long as a case plays, and looking fails nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from itertools import groupby
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from harness.shell.watching import heap_watch
from harness.shell.watching.heap_watch import HeapWatch
from harness.shell.watching.inspector import Inspector

TARGET = "http://127.0.0.1:9"  # nobody has to answer there for a look


class V8:
    """An inspector with two isolates, each of which holds what the test says; what it was asked for stays readable."""

    def __init__(self) -> None:
        self.used_bytes = 0
        self.outside_bytes = 0
        self.knows_heaps = True
        self.asked: list[str] = []
        self._looked = asyncio.Condition()
        app = web.Application()
        app.add_routes([web.get("/json/list", self._list), web.get("/isolate", self._isolate)])
        self.server = TestServer(app)

    async def looked(self, times: int) -> None:
        """Return when both heaps have been asked for so often."""
        async with self._looked:
            await self._looked.wait_for(lambda: self.asked.count("Runtime.getHeapUsage") >= 2 * times)

    async def _list(self, _: web.Request) -> web.Response:
        isolate = str(self.server.make_url("/isolate").with_scheme("ws"))
        return web.json_response([{"webSocketDebuggerUrl": isolate}] * 2)

    async def _isolate(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            call = message.json()
            await socket.send_json({"method": "HeapProfiler.resetProfiles"})  # what nobody asked for
            await socket.send_json({"id": call["id"], **self._answer(call["method"])})
            async with self._looked:
                self.asked.append(call["method"])
                self._looked.notify_all()
        return socket

    def _answer(self, method: str) -> dict[str, Any]:
        if method != "Runtime.getHeapUsage":
            return {"result": {}}
        if not self.knows_heaps:
            return {"error": {"code": -32601, "message": "'Runtime.getHeapUsage' wasn't found"}}
        return {"result": {"usedSize": self.used_bytes, "backingStorageSize": self.outside_bytes}}


@pytest.fixture
async def v8(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[V8]:
    """An inspector that is found in whatever process it is looked for."""
    v8 = V8()

    async def found(pid: int, url: str) -> Inspector:
        return Inspector(pid, str(v8.server.make_url("")).rstrip("/"), url)

    async with v8.server:
        monkeypatch.setattr(heap_watch, "find_inspector", found)
        yield v8


def _watching() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if "HeapWatch._watch" in repr(task.get_coro())]


async def test_a_look_tells_what_all_isolates_hold_together(v8: V8) -> None:
    v8.used_bytes, v8.outside_bytes = 1000, 24

    async with HeapWatch(1, TARGET) as watch:
        await watch.look()
        v8.used_bytes = 5000
        await watch.look()

    assert [held for held, _ in groupby(sample.held_bytes for sample in watch.seen)] == [2048, 10048]
    assert list(watch.seen) == sorted(watch.seen, key=lambda sample: sample.at_s)


async def test_a_heap_is_looked_at_behind_two_collections(v8: V8) -> None:
    async with HeapWatch(1, TARGET) as watch:
        await watch.look()

    assert v8.asked[:4] == [
        "Runtime.discardConsoleEntries",
        *["HeapProfiler.collectGarbage"] * 2,
        "Runtime.getHeapUsage",
    ]


async def test_it_looks_again_and_again_by_itself(v8: V8) -> None:
    async with HeapWatch(1, TARGET) as watch:
        await v8.looked(times=3)

    assert len(watch.seen) >= 2


async def test_a_heap_that_is_not_told_leaves_no_sample_and_later_ones_do(v8: V8) -> None:
    v8.knows_heaps = False

    async with HeapWatch(1, TARGET) as watch:
        await watch.look()
        before = watch.seen
        v8.knows_heaps = True
        await watch.look()

    assert before == ()
    assert watch.seen


async def test_an_inspector_that_has_gone_fails_nothing(v8: V8) -> None:
    async with HeapWatch(1, TARGET) as watch:
        await watch.look()
        await v8.server.close()
        before = watch.seen
        await watch.look()

    assert watch.seen == before


async def test_nobody_looks_when_the_case_is_over(v8: V8) -> None:
    async with HeapWatch(1, TARGET):
        await v8.looked(times=1)
        during = _watching()

    assert (len(during), _watching()) == (1, [])


@pytest.mark.parametrize("pid", [None, os.getpid()], ids=["no process", "one without an inspector"])
async def test_what_has_no_inspector_has_no_samples(pid: int | None) -> None:
    async with HeapWatch(pid, TARGET) as watch:
        await watch.look()

    assert watch.seen == ()
