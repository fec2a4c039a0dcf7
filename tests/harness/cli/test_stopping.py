"""What goes on until somebody asks it to end."""

from __future__ import annotations

import asyncio

import pytest

from harness.cli.stopping import unless_told


async def test_what_is_done_in_time_is_returned() -> None:
    stop = asyncio.Event()

    assert await unless_told(stop, asyncio.sleep(0, "done")) == "done"


async def test_what_is_not_done_is_cancelled_and_has_ended_once_somebody_asks() -> None:
    stop, ended = asyncio.Event(), list[str]()

    async def endless() -> str:
        try:
            stop.set()
            never: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            return await never
        finally:
            await asyncio.sleep(0)
            ended.append("tidied")

    assert await unless_told(stop, endless()) is None
    assert ended == ["tidied"]


async def test_what_fails_is_raised() -> None:
    async def failing() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await unless_told(asyncio.Event(), failing())
