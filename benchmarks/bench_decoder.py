"""The decoder of server-sent events against the one inside the `openai` package, on one stream cut in three ways.

The one rule: both are seen to give the same events before either is timed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from openai._streaming import SSEDecoder  # private, and the only decoder that `openai` has; a benchmark may break

from harness.core.observed.sse import Decoder
from harness.shell.loop import run
from pairing import Costs, compare, rounds_asked
from servers import chat_request, reply_to

TOKENS = 300
ROUNDS = 9
TURN_S = 0.06
"""Processor time that a turn takes at least."""

Decode: TypeAlias = Callable[[Sequence[bytes]], list[str]]


def ours(pieces: Sequence[bytes]) -> list[str]:
    """Return the data of each event, as edgeproof decodes it."""
    decoder = Decoder()
    data = [event.data for piece in pieces for event in decoder.feed(piece)]
    decoder.finish()
    return data


def peer(pieces: Sequence[bytes]) -> list[str]:
    """Return the same as `openai` decodes it."""
    return [event.data for event in SSEDecoder().iter_bytes(iter(pieces))]


async def turn(decode: Decode, pieces: Sequence[bytes]) -> Costs:
    """Decode the stream until the turn is over; what other processes do is not counted."""
    events = 0
    start_s = time.process_time()
    while not events or time.process_time() - start_s < TURN_S:
        events += len(decode(pieces))
    return {"CPU an event": 1e6 * (time.process_time() - start_s) / events}


async def main() -> None:
    """Measure a stream whole, event by event and byte by byte."""
    rounds = rounds_asked(ROUNDS)
    events = [event.raw for event in reply_to(chat_request(stream=True, tokens=TOKENS)).events]
    stream = b"".join(events)
    cuts: dict[str, Sequence[bytes]] = {
        "stream in one piece": [stream],
        "a piece an event": events,
        "1-byte pieces": [stream[at : at + 1] for at in range(len(stream))],
    }
    for title, pieces in cuts.items():
        if ours(pieces) != peer(pieces) or len(ours(pieces)) != len(events):
            message = f"{title}: the decoders do not agree on the events"
            raise RuntimeError(message)
        await compare(title, partial(turn, ours, pieces), partial(turn, peer, pieces), rounds=rounds)


if __name__ == "__main__":
    run(main())
