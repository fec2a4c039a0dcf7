"""What upstream sends is handed on in its own pieces, never more than one ahead, and what it has sent is never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from harness.shell.gateway.upstream_side import UpstreamSide
from tests.harness.shell.peer import PATIENCE_S
from tests.harness.shell.raw_server import raw_server

Told = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
MUCH = b"x" * 20_000_000
"""More than the buffers of a connection take."""


@asynccontextmanager
async def connected(upstream: Told) -> AsyncIterator[UpstreamSide]:
    async with raw_server(upstream) as url, asyncio.timeout(PATIENCE_S):
        side = await UpstreamSide.to(urlsplit(url))
        try:
            yield side
        finally:
            await side.close()


def never() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()


async def test_a_piece_that_waits_stays_one_whatever_comes_behind_it() -> None:
    come, sent = asyncio.Event(), asyncio.Event()

    async def twice(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"one")
        await come.wait()
        writer.write(b"two")
        await writer.drain()
        sent.set()

    async with connected(twice) as side:
        there = never()
        side.tell(there)
        await there
        come.set()
        await sent.wait()
        for _ in range(20):  # the loop looks at its sockets in each turn
            await asyncio.sleep(0)

        pieces = [side.take(), await side.receive(unless=never()), await side.receive(unless=never())]

    assert pieces == [b"one", b"two", b""]


async def test_pieces_are_poured_as_they_come_until_one_is_the_last() -> None:
    poured: list[bytes] = []
    took = asyncio.Event()

    async def thrice(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in (b"one", b"two", b"three"):
            writer.write(piece)
            await took.wait()
            took.clear()

    def sink(piece: bytes) -> bool:
        poured.append(piece)
        took.set()
        return piece != b"two"

    async with connected(thrice) as side:
        last = await side.pour(sink, unless=never())
        assert (last, poured) == (b"two", [b"one", b"two"])

        assert await side.pour(sink, unless=never()) == b""
        assert poured == [b"one", b"two", b"three"]


async def test_whoever_waits_for_a_piece_may_be_called_off_and_lose_none() -> None:
    go_on = asyncio.Event()

    async def later(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        writer.write(b"one")

    async with connected(later) as side:
        called_off = never()
        called_off.set_result(None)
        assert await side.receive(unless=called_off) is None
        assert await side.pour(bool, unless=called_off) is None

        soon = never()
        asyncio.get_running_loop().call_soon(soon.set_result, None)
        assert await side.pour(bool, unless=soon) is None
        go_on.set()

        assert await side.receive(unless=never()) == b"one"


async def test_an_upstream_that_has_closed_its_side_can_still_be_told() -> None:
    heard: list[bytes] = []
    over = asyncio.Event()

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write_eof()
        heard.append(await reader.readexactly(4))
        over.set()

    async with connected(half) as side:
        assert await side.receive(unless=never()) == b""
        await side.send(b"more")
        await over.wait()

    assert heard == [b"more"]


async def test_an_early_answer_is_not_lost_to_a_request_that_breaks_off() -> None:
    refuse = asyncio.Event()

    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(10)
        writer.write(b"413")
        await refuse.wait()
        writer.transport.abort()  # what is unread makes it an RST

    async with connected(early) as side:
        sending = asyncio.ensure_future(side.send(MUCH))
        there = never()
        side.tell(there)
        await there
        refuse.set()

        with pytest.raises(OSError, match=r"."):
            await sending
        assert side.take() == b"413"


async def test_an_upstream_that_reads_nothing_holds_up_whoever_sends() -> None:
    go_on, heard = asyncio.Event(), 0

    async def slow(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        nonlocal heard
        await go_on.wait()
        heard = len(await reader.readexactly(len(MUCH)))

    async with connected(slow) as side:
        sending = asyncio.ensure_future(side.send(MUCH))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not sending.done()
        go_on.set()
        await sending
        await side.receive(unless=never())

    assert heard == len(MUCH)


async def test_what_breaks_while_a_piece_is_poured_is_heard_by_whoever_waits() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"one")
        await reader.read()

    def broken(piece: bytes) -> bool:
        raise KeyError(piece)

    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    async with connected(once) as side:
        with pytest.raises(KeyError):
            await side.pour(broken, unless=never())
