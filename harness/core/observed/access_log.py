"""One line of text for one request that reached a mock, as somebody who tries things by hand wants to read it.

The one rule: it says what was asked, what struck it and how it ended, and never what was in it: no body, no header.
"""

from __future__ import annotations

import re
from typing import Final

from harness.core.observed.history import UpstreamEnd, UpstreamExchange
from reports.visible import on_one_line

_STATUS: Final = re.compile(rb"HTTP/1\.\d (\d{3})")
_END: Final = {
    UpstreamEnd.RESET: "reset by the mock",
    UpstreamEnd.PEER_LEFT: "the caller left early",
    UpstreamEnd.RUNNING: "still running",
}
"""Ends worth a word; the others are the usual ones."""


def line(exchange: UpstreamExchange) -> str:
    """Return the line: `POST /v1/chat/completions  200  0.41 s  1204 bytes  ai.chat  MODEL  sse.truncate(after=3)`."""
    status = _STATUS.match(exchange.wire)
    took = "" if exchange.end_s is None else f"{exchange.end_s - exchange.arrived_s:.2f} s"
    sent_bytes = sum(len(piece.data) for piece in exchange.pieces) + exchange.unkept_bytes
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
