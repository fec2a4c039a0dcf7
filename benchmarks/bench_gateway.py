"""The gateway against nginx as `proxy_pass` and mitmproxy as a reverse proxy: how much longer an answer takes by each.

The one rule: what a proxy adds is its latency less that of asking the same server directly, a moment before or behind.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from clients import Clients
from harness.shell.loop import run
from pairing import ratio, rounds_asked
from programs import gateway, mitmproxy, nginx
from servers import Measured, chat_request, reply_to, serving

ROUNDS = 7
TOKENS = 96
TURN_S = 0.4
DIRECT, OURS = "direct", "the gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one turn by one way came to, in microseconds."""

    p50: float
    p99: float
    cpu: float


async def turns(
    servers: Mapping[str, Measured], *, stream: bool, connections: int, rounds: int
) -> Mapping[str, Sequence[Turn]]:
    """Ask by each way in turn; every round has one turn of each."""
    request = chat_request(stream=stream, tokens=TOKENS if stream else 12)
    clients = {
        name: Clients(server, request, connections=connections, turn_s=TURN_S) for name, server in servers.items()
    }
    seen: dict[str, list[Turn]] = {name: [] for name in servers}
    try:
        for name, each in clients.items():
            await each.connect()
            if await each.one() != reply_to(request).body_bytes:
                message = f"{name}: the answer is not what the server sends"
                raise RuntimeError(message)
            await each.turn()  # to warm up
        for _ in range(rounds):
            for name, each in clients.items():
                cost = await each.turn()
                taken_s = sorted(each.latencies_s)
                p50, p99 = (1e6 * taken_s[int(part * len(taken_s))] for part in (0.5, 0.99))
                seen[name].append(Turn(p50=p50, p99=p99, cpu=cost["CPU"]))
    finally:
        for each in clients.values():
            each.close()
    return seen


def tell(title: str, seen: Mapping[str, Sequence[Turn]], *, events: int) -> None:
    """Print a line for each way, and for each peer how much more the gateway adds."""
    added = {
        name: [turn.p50 - direct.p50 for turn, direct in zip(of, seen[DIRECT], strict=True)]
        for name, of in seen.items()
    }
    for name, of in seen.items():
        p50, p99, cpu = (
            statistics.median(values) for values in zip(*((each.p50, each.p99, each.cpu) for each in of), strict=True)
        )
        rate = f"   {1e6 * events / p50:8.0f} events/s" if events else ""
        more = statistics.median(added[name])
        figures = f"p50 {p50:7.0f} us   p99 {p99:7.0f} us   adds {more:7.0f} us   CPU {cpu:7.1f} us{rate}"
        print(f"  {title:<16} {name:<12} {figures}", flush=True)
    for name in seen:
        if name not in (DIRECT, OURS):
            print(
                f"  {title:<16} adds, the gateway / {name}: {ratio(list(zip(added[OURS], added[name], strict=True)))}"
            )


async def main() -> None:
    """Measure a whole answer on one connection and on many, and a stream."""
    rounds = rounds_asked(ROUNDS)
    with ExitStack() as stack:
        behind = stack.enter_context(serving("bare", tokens=TOKENS))
        servers: dict[str, Measured] = {DIRECT: behind, OURS: stack.enter_context(gateway(behind.port))}
        for name, start in (("nginx", nginx), ("mitmproxy", mitmproxy)):
            started = stack.enter_context(start(behind.port))
            if started is None:
                print(f"  {name}: not here, and it could not be installed")
            else:
                servers[name] = started
        for connections in (1, 32):
            seen = await turns(servers, stream=False, connections=connections, rounds=rounds)
            tell(f"JSON, {connections} at once", seen, events=0)
        events = len(reply_to(chat_request(stream=True, tokens=TOKENS)).events)
        tell(f"{events} events", await turns(servers, stream=True, connections=1, rounds=rounds), events=events)


if __name__ == "__main__":
    run(main())
