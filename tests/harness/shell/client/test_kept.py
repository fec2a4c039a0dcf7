"""Several requests on one connection: each gets its own answer, and what nobody asked for is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from fault_injection.client import ClientMoves, Manner
from harness.core.observed.history import ClientEnd, ClientExchange
from harness.shell.client.client import ask
from harness.shell.client.kept import Kept
from harness.shell.client.transcript import Ask
from tests.harness.shell.raw_server import Handle, raw_server

PATIENCE_S = 20.0
ONE = Manner(connection="one")


def answer(text: bytes, *headers: bytes) -> bytes:
    head = b"".join(line + b"\r\n" for line in (b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(text), *headers))
    return head + b"\r\n" + text


def request(url: str, body: bytes = b"{}", manner: Manner = ONE) -> Ask:
    return Ask(url=url, path="/chat", moves=ClientMoves(body=body, manner=manner), patience_s=PATIENCE_S)


class Script:
    """A server that answers each request on its connection with the next bytes, and closes behind the last."""

    def __init__(self, *connections: Sequence[bytes], then: float = 0.0) -> None:
        self.left = list(connections)
        self.requests: list[list[bytes]] = []
        self.then_s = then

    @property
    def handle(self) -> Handle:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen: list[bytes] = []
            self.requests.append(seen)
            for wire in self.left.pop(0):
                seen.append(await reader.readuntil(b"{}"))
                writer.write(wire)
                await writer.drain()
            await asyncio.sleep(self.then_s)

        return serve


@pytest.fixture
def kept() -> Iterator[Kept]:
    with closing(Kept()) as kept:
        yield kept


async def asked(kept: Kept, url: str, times: int) -> list[ClientExchange]:
    return [await ask(request(url), kept=kept) for _ in range(times)]


async def test_requests_share_a_connection_and_each_gets_its_own_answer(kept: Kept) -> None:
    script = Script([answer(b"one"), answer(b"two"), answer(b"three")], then=PATIENCE_S)
    async with raw_server(script.handle) as url:
        found = await asked(kept, url, 3)

    assert [each.body for each in found] == [b"one", b"two", b"three"]
    assert [each.rode_on for each in found] == [False, True, True]
    assert not any(each.unasked or each.dropped for each in found)
    assert len(script.requests) == 1


async def test_a_connection_that_says_it_closes_is_not_used_again(kept: Kept) -> None:
    script = Script([answer(b"one", b"Connection: close")], [answer(b"two")])
    async with raw_server(script.handle) as url:
        first, second = await asked(kept, url, 2)

    assert (first.body, second.body) == (b"one", b"two")
    assert not second.rode_on
    assert not second.dropped


async def test_a_connection_that_closes_without_a_word_is_told_and_replaced(kept: Kept) -> None:
    script = Script([answer(b"one")], [answer(b"two")])
    async with raw_server(script.handle) as url:
        _, second = await asked(kept, url, 2)

    assert second.body == b"two"
    assert second.dropped
    assert second.end is ClientEnd.COMPLETE


async def test_what_comes_unasked_is_told_and_never_read_as_an_answer(kept: Kept) -> None:
    script = Script([answer(b"one") + answer(b"of nobody")], [answer(b"two")])
    async with raw_server(script.handle) as url:
        first, second = await asked(kept, url, 2)

    assert first.end is ClientEnd.COMPLETE
    assert second.body == b"two"
    assert second.unasked.startswith(b"HTTP/1.1 200 OK")
    assert second.unasked.endswith(b"of nobody")


async def test_pipelined_requests_are_sent_at_once_and_answered_in_order(kept: Kept) -> None:
    both = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        await reader.readuntil(b"{}")
        both.set()
        writer.write(answer(b"one") + answer(b"two"))
        await writer.drain()
        await asyncio.sleep(PATIENCE_S)

    async with raw_server(serve) as url:
        first, second = await asyncio.gather(ask(request(url), kept=kept), ask(request(url), kept=kept))

    assert both.is_set()
    assert (first.body, second.body) == (b"one", b"two")
    assert (first.rode_on, second.rode_on) == (False, True)


async def test_what_was_pipelined_behind_an_answer_that_closes_is_asked_again(kept: Kept) -> None:
    script = Script([answer(b"one", b"Connection: close")], [answer(b"two")])
    async with raw_server(script.handle) as url:
        first, second = await asyncio.gather(ask(request(url), kept=kept), ask(request(url), kept=kept))

    assert (first.body, second.body) == (b"one", b"two")
    assert not second.dropped


async def test_who_leaves_takes_the_connection_along(kept: Kept) -> None:
    script = Script([answer(b"one")[:-1]], [answer(b"two")])
    async with raw_server(script.handle) as url:
        first = await ask(
            Ask(
                url=url,
                path="/chat",
                moves=ClientMoves(body=b"{}", manner=ONE, leave="head", leave_rudely=True),
                patience_s=PATIENCE_S,
            ),
            kept=kept,
        )
        second = await ask(request(url), kept=kept)

    assert first.end is ClientEnd.LEFT
    assert second.body == b"two"
    assert not second.rode_on


async def test_a_body_is_sent_once_the_server_says_so() -> None:
    order: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        order.append(head.partition(b"Expect: ")[2][:12])
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        order.append(await reader.readexactly(2))
        writer.write(answer(b"one"))
        await writer.drain()

    async with raw_server(serve) as url:
        exchange = await ask(request(url, manner=Manner(expects_continue=True)))

    assert order == [b"100-continue", b"{}"]
    assert exchange.interim == (100,)
    assert not exchange.expected_in_vain
    assert exchange.body == b"one"


async def test_a_body_is_not_sent_to_who_has_answered_already() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        assert await reader.read() == b""

    async with raw_server(serve) as url:
        exchange = await ask(request(url, manner=Manner(expects_continue=True)))

    assert exchange.status == 413
    assert exchange.sent_s is None


async def test_who_is_told_nothing_sends_its_body_after_a_while() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(answer(b"one"))
        await writer.drain()

    async with raw_server(serve) as url:
        exchange = await ask(request(url, manner=Manner(expects_continue=True)))

    assert exchange.expected_in_vain
    assert exchange.body == b"one"


async def test_a_client_that_stops_reading_stays_for_a_while() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(answer(b"data: a\n\n" * 9, b"Content-Type: text/event-stream")[:-9])
        await writer.drain()
        assert await reader.read() == b""

    moves = ClientMoves(body=b"{}", stop_after_events=2, stopped_for_s=0.3)
    async with raw_server(serve) as url:
        exchange = await ask(Ask(url=url, path="/chat", moves=moves, patience_s=PATIENCE_S))

    assert exchange.end is ClientEnd.LEFT
    assert exchange.end_s - exchange.pieces[-1].at_s >= 0.25


def test_nothing_is_closed_that_is_not_kept(kept: Kept) -> None:
    kept.close()

    assert kept.is_idle
