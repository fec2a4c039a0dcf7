from __future__ import annotations

import asyncio

import pytest

from harness.shell.gateway.either import either_done


@pytest.mark.parametrize("first", [0, 1])
async def test_it_returns_once_one_is_done_and_leaves_the_other_as_it_is(first: int) -> None:
    loop = asyncio.get_running_loop()
    both: list[asyncio.Future[str]] = [loop.create_future(), loop.create_future()]
    waiting = asyncio.ensure_future(either_done(*both))
    await asyncio.sleep(0)

    both[first].set_result("came")
    await waiting

    assert [each.done() for each in both] == [first == 0, first == 1]


async def test_what_is_done_is_not_waited_for_and_what_has_failed_is_done() -> None:
    loop = asyncio.get_running_loop()
    failed, open_ended = loop.create_future(), loop.create_future()
    failed.set_exception(OSError("broken"))

    await either_done(open_ended, failed)

    with pytest.raises(OSError, match="broken"):
        failed.result()


async def test_whoever_waits_and_is_cancelled_cancels_neither() -> None:
    loop = asyncio.get_running_loop()
    both: list[asyncio.Future[str]] = [loop.create_future(), loop.create_future()]
    waiting = asyncio.ensure_future(either_done(*both))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert not any(each.done() for each in both)
