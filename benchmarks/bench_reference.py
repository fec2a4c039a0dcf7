"""The reference proxy against others: what each costs, and how much later a first token comes by it.

The one rule: the same server is behind both, and costs as little as can be.
"""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

from clients import Clients
from harness.mock_cloudflare.request import Request
from harness.shell.loop import run
from other_proxies import PRODUCTS, product
from pairing import Costs, compare, rounds_asked
from programs import nginx, reference
from servers import Measured, chat_request, reply_to, serving

ROUNDS = 5
TOKENS = 96
PACED = 100
PACED_TOKENS = 20
PACE_S = 0.05


async def cost(
    title: str,
    ours: Measured,
    peer: Measured,
    *,
    as_peer_takes: Callable[[Request], Request],
    stream: bool,
    rounds: int,
) -> None:
    """Compare the processor time of two proxies at one kind of answer."""
    request = chat_request(stream=stream, tokens=TOKENS if stream else 12)
    sides = Clients(ours, request), Clients(peer, as_peer_takes(request))
    try:
        for side in sides:
            await side.connect()
            if not await side.one():
                message = f"{title}: an empty answer"
                raise RuntimeError(message)
        await compare(title, sides[0].turn, sides[1].turn, rounds=rounds)
    finally:
        for side in sides:
            side.close()


async def first_token(title: str, ours: Measured, peer: Measured, *, rounds: int) -> None:
    """Compare when the first token comes at paced streams that all go on at once."""
    request = chat_request(stream=True, tokens=PACED_TOKENS, pace_s=PACE_S)
    sides = Clients(ours, request, connections=PACED), Clients(peer, request, connections=PACED)

    def side_of(clients: Clients) -> Callable[[], Awaitable[Costs]]:
        async def turn() -> Costs:
            taken_s = sorted(await clients.first_events_s())
            return {"median": 1e6 * statistics.median(taken_s), "p99": 1e6 * taken_s[int(0.99 * len(taken_s))]}

        return turn

    try:
        for side in sides:
            await side.connect()
        await compare(title, side_of(sides[0]), side_of(sides[1]), rounds=rounds)
    finally:
        for side in sides:
            side.close()


async def costs(
    name: str, ours: Measured, peer: Measured, *, as_peer_takes: Callable[[Request], Request], rounds: int
) -> None:
    """Compare two proxies at a whole answer and at a stream."""
    events = len(reply_to(chat_request(stream=True, tokens=TOKENS)).events)
    compared = partial(cost, ours=ours, peer=peer, as_peer_takes=as_peer_takes, rounds=rounds)
    await compared(f"JSON / {name}", stream=False)
    await compared(f"{events} events / {name}", stream=True)


async def main() -> None:
    """Measure a whole answer, a stream, and when the first token of a paced stream comes."""
    rounds = rounds_asked(ROUNDS)
    async with AsyncExitStack() as stack:
        floor, mock = stack.enter_context(serving("bare", tokens=TOKENS)), stack.enter_context(serving("ours"))
        ours = stack.enter_context(reference(floor.port))
        peer = stack.enter_context(nginx(floor.port))
        if peer is None:
            print("  nginx: not here; install it with your package manager")
        else:
            await costs("nginx", ours, peer, as_peer_takes=lambda request: request, rounds=rounds)
        through = stack.enter_context(reference(mock.port))
        await first_token(f"first of {PACED} streams / direct", through, mock, rounds=2)
        for name in PRODUCTS:
            async with product(name, floor.port) as other:
                if other is None:
                    print(f"  {name}: cannot be started here; examples/targets/README.md says how to install it")
                else:
                    await costs(name, ours, other.program, as_peer_takes=other.asked, rounds=min(rounds, 3))


if __name__ == "__main__":
    run(main())
