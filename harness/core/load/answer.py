"""One answer under load: what a client measured of it, and how it ended as the client saw it.

The one rule: every number is taken from the client's own reads, and what there was none of has no number, never 0. The
words are those of `DEFINITIONS`, which stand in every report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from harness.core.observed.bodies import read_answer
from harness.core.observed.history import ClientEnd, ClientExchange
from harness.core.observed.reading import Reading

FINISHED: Final = "finished"
LEFT: Final = "left"

DEFINITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ttft": "time to first token: request fully sent to first content token received; role-only deltas and "
        "comments do not count",
        "itl": "inter-token latency: each gap between content tokens that follow one another, over all answers",
        "tpot": "time per output token: (end - first token) / (tokens - 1) of a finished answer; none for one token",
        "e2e": "end-to-end latency: request fully sent to last byte, of a finished answer",
        "longest_stall": "the longest gap between content tokens of one answer",
        "tokens_rate": "tokens a second of one finished answer, from its request to its end",
        "token": "a piece of content as the client received it: a server-sent event that carries text or a tool call",
        "goodput": "answers a second that were right and within every objective",
        "error_rate": "failed or wrong answers, of all whose client waited for the end",
        "own_error_rate": "the same, without those that an injected fault explains",
        "percentiles": "from HDR histograms over every sample, exact to three digits; nothing is discarded as warm-up",
        "connection": "every request has a connection of its own; making it is not part of any time above",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was measured of one exchange. `ending` is `finished`, `left` (as planned), or how it failed."""

    ending: str
    ttft_s: float | None
    gaps_s: tuple[float, ...]
    tpot_s: float | None
    e2e_s: float | None
    tokens: int
    body_bytes: int

    @property
    def longest_stall_s(self) -> float | None:
        """The longest silence inside the answer; None where there were not two tokens."""
        return max(self.gaps_s, default=None)

    @property
    def tokens_per_s(self) -> float | None:
        """The answer's speed as its reader had it."""
        return self.tokens / self.e2e_s if self.e2e_s and self.tokens else None


def measure(exchange: ClientExchange, reading: Reading | None = None) -> Answer:
    """Measure one exchange; `reading` saves reading it again."""
    if reading is None:
        reading = read_answer(exchange)
    came_s = reading.content_times_s
    if not came_s and reading.form == "json" and reading.choices and exchange.pieces:
        came_s = [exchange.pieces[-1].at_s]
    sent_s, ending = exchange.sent_s, _ending(exchange, reading)
    finished = ending == FINISHED
    return Answer(
        ending=ending,
        ttft_s=came_s[0] - sent_s if came_s and sent_s is not None else None,
        gaps_s=tuple(later - earlier for earlier, later in pairwise(came_s)),
        tpot_s=(exchange.end_s - came_s[0]) / (len(came_s) - 1) if finished and len(came_s) > 1 else None,
        e2e_s=exchange.end_s - sent_s if finished and sent_s is not None else None,
        tokens=len(came_s),
        body_bytes=sum(len(piece.data) for piece in exchange.pieces),
    )


def _ending(exchange: ClientExchange, reading: Reading) -> str:
    if exchange.end is ClientEnd.LEFT:
        return LEFT
    if exchange.status is None:
        return f"no answer: {exchange.end}"
    if exchange.status != HTTPStatus.OK:
        return f"status {exchange.status}"
    if reading.error is not None:
        return "error inside the answer"
    framed = reading.form == "stream" or exchange.end is ClientEnd.COMPLETE
    if reading.claims_success and framed:
        return FINISHED
    return "no end mark" if exchange.end is ClientEnd.COMPLETE else str(exchange.end)
