from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from harness.shell.upstream.workers.channel import Answer, Channel, ChannelError


@asynccontextmanager
async def between(one: Answer, other: Answer) -> AsyncIterator[tuple[Channel, Channel]]:
    pair = socket.socketpair()
    channels = await Channel.over(pair[0], one), await Channel.over(pair[1], other)
    try:
        yield channels
    finally:
        for channel in channels:
            channel.close()


async def doubled(question: int) -> int:
    return 2 * question


async def never(_: object) -> None:
    await asyncio.get_running_loop().create_future()


async def test_both_sides_ask_at_once_and_each_gets_its_own_answers() -> None:
    async def negated(question: int) -> int:
        await asyncio.sleep(0)
        return -question

    async with between(doubled, negated) as (one, other):
        answers = await asyncio.gather(*(one.ask(number) for number in range(50)), *(other.ask(n) for n in range(50)))

    assert answers == [*(-number for number in range(50)), *(2 * number for number in range(50))]


async def test_what_does_not_fit_into_one_read_arrives_whole() -> None:
    async def echoed(question: bytes) -> bytes:
        return question

    async with between(echoed, echoed) as (one, _):
        large = bytes(range(256)) * 20_000

        assert await one.ask(large) == large


async def test_what_goes_wrong_at_the_other_side_is_told_and_the_next_question_is_answered() -> None:
    async with between(doubled, doubled) as (one, _):
        with pytest.raises(ChannelError, match="TypeError"):
            await one.ask(None)

        assert await one.ask(3) == 6


async def test_whoever_waits_is_told_that_the_other_side_is_gone() -> None:
    async with between(never, never) as (one, other):
        waiting = asyncio.ensure_future(one.ask("what?"))
        await asyncio.sleep(0)
        other.close()

        with pytest.raises(ChannelError, match="gone"):
            await waiting
        await one.lost
        with pytest.raises(ChannelError, match="gone"):
            await one.ask("still there?")


async def test_a_question_that_nobody_waits_for_any_more_disturbs_no_other() -> None:
    asked = asyncio.Event()
    later: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def slow(question: str) -> str:
        if question == "slow":
            asked.set()
            await later
        return question

    async with between(slow, slow) as (one, _):
        given_up = asyncio.ensure_future(one.ask("slow"))
        await asked.wait()
        given_up.cancel()
        later.set_result(None)

        assert await one.ask("quick") == "quick"
