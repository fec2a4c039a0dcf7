"""One line of text for one request that reached a mock, as somebody who tries things by hand wants to read it.

The one rule: it says what was asked, what struck it and how it ended, and never what was in it: no body, no header.
"""

from __future__ import annotations

import re
from typing import Final, Protocol

from harness.core.observed.history import Bypassed, UpstreamEnd
from reports.visible import on_one_line

_STATUS: Final = re.compile(rb"HTTP/1\.\d (\d{3})")
_END: Final = {
    UpstreamEnd.RESET: "reset by the mock",
    UpstreamEnd.PEER_LEFT: "the caller left early",
    UpstreamEnd.RUNNING: "still running",
}
"""Ends worth a word; the others are the usual ones."""


class Exchange(Protocol):
    """What is told of an exchange, whatever else is known of it."""

    @property
    def method(self) -> str: ...  # noqa: D102 - all are as in `UpstreamExchange`
    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def surface(self) -> str: ...  # noqa: D102
    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def faults(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def bypassed(self) -> tuple[Bypassed, ...]: ...  # noqa: D102
    @property
    def arrived_s(self) -> float: ...  # noqa: D102
    @property
    def end_s(self) -> float | None: ...  # noqa: D102
    @property
    def end(self) -> UpstreamEnd: ...  # noqa: D102


def line(exchange: Exchange, *, start: bytes, sent_bytes: int) -> str:
    """Return the line: `POST /v1/chat/completions  200  0.41 s  1204 bytes  ai.chat  MODEL  sse.truncate(after=3)`.

    `start` are the first bytes that were sent, its status line among them, `sent_bytes` is how many there were.
    """
    status = _STATUS.match(start)
    took = "" if exchange.end_s is None else f"{exchange.end_s - exchange.arrived_s:.2f} s"
    parts = [
        f"{exchange.method} {exchange.path}",
        status[1].decode() if status else "no status",
        took,
        f"{sent_bytes} bytes",
        exchange.surface,
        exchange.model,
        " + ".join(exchange.faults),
        *(f"{each.fault} did not strike: {each.because}" for each in exchange.bypassed),
        _END.get(exchange.end, ""),
    ]
    return on_one_line("  ".join(filter(None, parts)))
