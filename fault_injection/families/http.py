"""Faults of HTTP: statuses, headers, framing and encodings that a client must survive.

The one rule: an error answered here has the body that Cloudflare sends for it, so that a target's handling of real
errors is what gets tested.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.fault import Fault, Law, ReplyFault, Turn
from fault_injection.reply import Chunked, Reply
from fault_injection.wire import Close


@dataclass(frozen=True, kw_only=True)
class MissingFinalChunk(ReplyFault):
    """The body stops before its last, empty chunk and the connection closes (RFC 9112 §7.1, §8)."""

    id: ClassVar[str] = "http.missing_final_chunk"
    law: ClassVar[Law] = Law.SAME_BYTES

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return replace(reply, framing=Chunked(terminated=False), ending=Close())


FAULTS: tuple[type[Fault], ...] = (MissingFinalChunk,)
