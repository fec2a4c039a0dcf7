"""A gateway in a process of its own ends with its run, also when the run is in a hurry."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from harness.cli.chaotic.behind import Place
from harness.core.gateway.guard import Caps

UPSTREAM = "http://127.0.0.1:9"


async def test_a_run_that_is_cancelled_while_its_gateway_does_not_end_hears_of_it_and_leaves_none_behind(
    tmp_path: Path,
) -> None:
    inside, over = asyncio.Event(), asyncio.Event()
    pids: list[int] = []

    async def run() -> None:
        mine = {each.pid for each in psutil.Process().children()}
        async with Place().taken(mock=UPSTREAM, seed=7, caps=Caps(), folder=tmp_path, is_alone=True):
            pids.extend({each.pid for each in psutil.Process().children()} - mine)
            inside.set()
            await over.wait()

    running = asyncio.ensure_future(run())
    await inside.wait()
    (pid,) = pids
    os.kill(pid, signal.SIGSTOP)  # it hears of nothing
    over.set()
    await _settled()

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert not psutil.pid_exists(pid)


async def _settled() -> None:
    """Let every task go on until it waits for something outside."""
    for _ in range(20):
        await asyncio.sleep(0)
