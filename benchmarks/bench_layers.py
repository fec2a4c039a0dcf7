"""What one exchange with the mock costs, layer by layer, without any client: parse, decide, render, play, journal.

The one rule: each layer does what it does in the server, on the same request; their sum is what the loop does not take.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from typing import cast

from fault_injection.rendering import render
from harness.core.observed.history import UpstreamEnd
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.loop import run
from harness.shell.upstream.answering import Answering
from harness.shell.upstream.connection import Connection
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.player import Line, play
from pairing import rounds_asked
from servers import chat_request

ROUNDS = 9
TURN_S = 0.1
TOKENS = 96
_UNIX_S = 1_760_000_000.0


async def cost_us(what: Callable[[], Awaitable[object]], rounds: int) -> float:
    """Return the least processor time of one call over all rounds, in microseconds."""
    least = float("inf")
    for _ in range(rounds):
        count, start_s = 0, time.thread_time()  # whoever reads does so in another thread
        while time.thread_time() - start_s < TURN_S:
            await what()
            count += 1
        least = min(least, 1e6 * (time.thread_time() - start_s) / count)
    return least


class _Deaf:
    """A transport on which requests come and nothing is sent."""

    def set_write_buffer_limits(self, high: int) -> None:
        pass

    def get_extra_info(self, _: str) -> None:
        return None


def _drain(reader: socket.socket) -> None:
    while reader.recv(1 << 20):
        pass


async def layers(title: str, request: Request, rounds: int) -> None:
    """Print what each layer costs at one request."""
    mock = MockCloudflare(MockSettings())
    answering = Answering(mock, seed=0)
    journal = Journal()
    arrivals: list[object] = []
    connection = Connection(1, _never, most_body_bytes=1 << 20, on_open=lambda _: None, on_close=lambda _: None)
    connection.connection_made(cast("asyncio.Transport", _Deaf()))
    connection._turns.put = arrivals.append  # type: ignore[assignment]  # noqa: SLF001 - what parsing comes to
    fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers)
    wire = f"{request.method} {request.path} HTTP/1.1\r\n{fields}\r\n".encode() + request.body
    reply = mock.answer(request, now_s=_UNIX_S).reply
    script = render(reply)

    async def parse() -> None:
        connection.data_received(wire)
        arrivals.clear()

    async def compose() -> None:
        mock.answer(request, now_s=_UNIX_S)

    async def decide() -> None:
        answering.decide(request, now_s=_UNIX_S, keep_alive=True)

    async def rendering() -> None:
        render(reply)

    async def journalled() -> None:
        record = journal.open(
            connection=1,
            method="POST",
            path=request.path,
            headers=request.headers,
            body=request.body,
            arrived_s=0.0,
        )
        journal.describe(record, surface="ai.chat", nonce="ep-00000000beac")
        for action in script[:-1]:
            journal.sent(record, getattr(action, "data", b""), time.monotonic())
            journal.taken(record, time.monotonic())
        journal.close(record, end=UpstreamEnd.KEPT, whole=True, at_s=time.monotonic())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(asyncio.Protocol, accepted)
        reading = asyncio.create_task(asyncio.to_thread(_drain, client))
        line = Line(transport)

        async def playing() -> None:
            await play(script, line, lambda _: None, brisk=True)

        decided = await cost_us(compose, rounds)
        rows = {
            "parse": await cost_us(parse, rounds),
            "compose": decided,
            "faults, plan": await cost_us(decide, rounds) - decided - (rendered := await cost_us(rendering, rounds)),
            "render": rendered,
            "play": await cost_us(playing, rounds),
            "journal": await cost_us(journalled, rounds),
        }
        transport.close()
        await reading
        client.close()
    print(f"  {title:<12}" + "  ".join(f"{name} {us:.1f} us" for name, us in rows.items()), flush=True)


async def _never(*_: object) -> bool:
    return False


async def main() -> None:
    """Measure a whole answer and a stream of a hundred events."""
    rounds = rounds_asked(ROUNDS)
    await layers("JSON", chat_request(stream=False), rounds)
    await layers("100 events", chat_request(stream=True, tokens=TOKENS), rounds)


if __name__ == "__main__":
    run(main())
