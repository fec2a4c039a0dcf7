"""The mock against the floor, which sends the same bytes from memory, and against aimock, a mock from npm.

The one rule: the clients are the same for all, and what each server sends is seen to be whole before it is timed.
"""

from __future__ import annotations

import re
from contextlib import ExitStack

from clients import Clients
from harness.mock_cloudflare.request import Request
from harness.shell.loop import run
from pairing import compare, rounds_asked
from programs import aimock
from servers import Measured, Server, chat_request, reply_to, serving

ROUNDS = 5
PACED = 200
PACED_TOKENS = 20
PACE_S = 0.05
TOKENS = 96
"""With its first, its last and its end this makes a stream of a hundred events or so."""

_OF_ITS_TIME = re.compile(rb'"id":"chatcmpl-[0-9a-f]{32}"|"created":[0-9]{10}')
"""What the time of day decides in an answer; the rest of it is a function of the request."""


async def measure(title: str, request: Request, ours: Measured, peer: Measured, *, rounds: int, same: bool) -> None:
    """Compare two servers at one request; `same` for a peer that has to send what the mock sends."""
    sides = Clients(ours, request), Clients(peer, request)
    try:
        for side in sides:
            await side.connect()
        bodies = [_OF_ITS_TIME.sub(b"", await side.one()) for side in sides]
        if bodies[0] != _OF_ITS_TIME.sub(b"", reply_to(request).body_bytes) or (same and bodies[1] != bodies[0]):
            message = f"{title}: the servers do not send what they should: {bodies}"
            raise RuntimeError(message)
        await compare(title, sides[0].turn, sides[1].turn, rounds=rounds)
    finally:
        for side in sides:
            side.close()


async def pacing(server: Server) -> None:
    """Print how far the time between two events is from what was asked, with many paced streams at once."""
    clients = Clients(server, chat_request(stream=True, tokens=PACED_TOKENS, pace_s=PACE_S), connections=PACED)
    try:
        await clients.connect()
        server.gaps_s()
        await clients.first_events_s()
    finally:
        clients.close()
    # What comes together, as the head does with the first event, is not paced.
    late_s = sorted(abs(gap_s - PACE_S) for gap_s in server.gaps_s() if gap_s > PACE_S / 2)
    median, p99 = (1000 * late_s[int(part * len(late_s))] for part in (0.5, 0.99))
    print(f"  {PACED} streams paced by {1000 * PACE_S:g} ms: off by {median:.2f} ms at the median, {p99:.2f} ms at p99")


async def main() -> None:
    """Measure a whole answer, a stream with and without a write for each event, and how punctual many streams are."""
    rounds = rounds_asked(ROUNDS)
    whole, stream = chat_request(stream=False), chat_request(stream=True, tokens=TOKENS)
    with ExitStack() as stack:
        ours, gathered = stack.enter_context(serving("ours")), stack.enter_context(serving("ours gathered"))
        floor = stack.enter_context(serving("bare", tokens=TOKENS))
        await measure("JSON / floor", whole, ours, floor, rounds=rounds, same=True)
        await measure("100 events / floor", stream, ours, floor, rounds=rounds, same=True)
        await measure("100 events gathered / floor", stream, gathered, floor, rounds=rounds, same=True)
        await pacing(ours)
        peer = stack.enter_context(aimock(events=len(reply_to(stream).events), word="tokens=96"))
        if peer is None:
            print("  aimock: npm could not install it here")
            return
        await measure("JSON / aimock", whole, ours, peer, rounds=rounds, same=False)
        await measure("100 events / aimock", stream, ours, peer, rounds=rounds, same=False)
        await measure("100 events gathered / aimock", stream, gathered, peer, rounds=rounds, same=False)


if __name__ == "__main__":
    run(main())
