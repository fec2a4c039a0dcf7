"""Every answer of a chaos run judged beside what upstream really sent for it through the gateway.

The one rule: an answer and its calls are joined by the nonce in the prompt alone, which every proxy passes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from harness.core.load.judgement import Bar, Judged, judge_alike
from harness.core.load.lateness import Lateness
from harness.core.observed.history import ClientExchange, UpstreamExchange
from harness.shell.playing.lane import Lane
from scenarios.prompt import NONCE

_SETTLED_S: Final = 2.5
"""How long behind an answer something that is measured for it may still happen."""


def judge_each(
    exchanges: Iterable[ClientExchange], upstreams: Iterable[UpstreamExchange], lane: Lane, lateness: Lateness | None
) -> list[Judged]:
    """Judge every exchange with the lane's target; without `lateness` nothing is held against it that took long."""
    target = lane.target_file
    bar = Bar(
        claims=target.capabilities,
        limits=target.limits,
        model=target.chat.model,
        secrets=lane.secrets,
        rewrites=target.rewrites,
        passes_credentials=target.clients_bring_the_api_token,
    )
    calls: dict[str, list[UpstreamExchange]] = defaultdict(list)
    for each in upstreams:
        calls[each.nonce].append(each)
    found: list[Judged] = []
    for exchange in exchanges:
        nonce = NONCE.search(exchange.moves.body.decode("latin-1"))
        mine = calls[nonce.group()] if nonce else []
        in_time = lateness is not None and lateness.spared(exchange.started_s, exchange.end_s + _SETTLED_S)
        found += judge_alike([exchange], mine, bar, punctual=in_time)
    return found
