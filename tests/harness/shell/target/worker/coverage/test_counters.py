"""What a process has counted is asked of it while it runs, and once more at its end."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from harness.shell.target.worker.coverage import counters
from harness.shell.target.worker.coverage.counters import Counters


class Process:
    """Stands where a Worker would, and answers with how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.heard = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        self.heard.set()
        await self.may_answer.wait()
        return web.Response(text=str(self.asked), status=self.status)


@asynccontextmanager
async def serving(process: Process) -> AsyncIterator[Path]:
    app = web.Application()
    app.router.add_get("/", process.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    with tempfile.TemporaryDirectory() as folder:  # the path of a socket must be short
        await web.UnixSite(runner, f"{folder}/counters").start()
        try:
            yield Path(folder) / "counters"
        finally:
            process.may_answer.set()
            await runner.cleanup()


def kept(folder: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in folder.iterdir()]


async def test_it_is_asked_again_and_again_and_the_latest_answer_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "_EVERY_S", 0.001)
    process = Process()
    async with serving(process) as socket:
        asking = Counters(socket, into=tmp_path)
        while process.asked < 3:
            process.heard.clear()
            await process.heard.wait()

        await asking.end(alive=True)
        last = process.asked

        assert kept(tmp_path) == [str(last)]


async def test_its_end_is_waited_for_with_one_more_answer(tmp_path: Path) -> None:
    process = Process()
    async with serving(process) as socket:
        asking = Counters(socket, into=tmp_path)

        await asking.end(alive=True)

    assert kept(tmp_path) == ["1"]


async def test_two_processes_are_kept_apart(tmp_path: Path) -> None:
    for _ in range(2):
        async with serving(Process()) as socket:
            await Counters(socket, into=tmp_path).end(alive=True)

    assert kept(tmp_path) == ["1", "1"]


async def test_one_that_has_ended_is_not_asked(tmp_path: Path) -> None:
    process = Process()
    async with serving(process) as socket:
        await Counters(socket, into=tmp_path).end(alive=False)

    assert (process.asked, kept(tmp_path)) == (0, [])


async def test_one_that_hangs_or_fails_costs_nothing_but_its_last_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "_PATIENCE_S", 0.1)
    process = Process()
    async with serving(process) as socket:
        await Counters(socket, into=tmp_path).end(alive=True)
        before = kept(tmp_path)

        process.may_answer.clear()
        await Counters(socket, into=tmp_path).end(alive=True)
        process.may_answer.set()
        process.status = 500
        await Counters(socket, into=tmp_path).end(alive=True)

        assert process.asked == 3
    await Counters(socket, into=tmp_path).end(alive=True)  # nobody is there any more

    assert kept(tmp_path) == before == ["1"]
