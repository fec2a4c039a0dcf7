"""What the examples of breaches are made of."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from fault_injection.reply import Reply, event, json_reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import Piece
from harness.core.target.claims import Capabilities
from tests.harness.core.histories import (
    CACHING,
    Fields,
    answer,
    client,
    native,
    stream,
    upstream,
    view,
)

Example: TypeAlias = tuple[Callable[[], CaseView], str]

TOOL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
COUNTED = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}
ERROR = event('{"error":{"message":"boom"}}')
BIG = native(*("x" * 1_000_000 for _ in range(16)))
PACED = stream("one ", "two ", "three ", "four ", "five ", wait_s=0.2)
KV_TEXT = json_reply(b'{"text":"Hello"}')
PAGES = Capabilities(streaming=True, cors=True)
TOKEN = "cfut_0123456789abcdef"


def kept(got: Reply, first: Reply | None = None, *, at: float = 1.0, **more: Fields) -> CaseView:
    """One exchange that upstream answered, and later one that it was not asked for."""
    first = first or answer("Hello")
    return view([client(first), client(got, at=at, label="again", **more)], upstream(first), claims=CACHING)


def with_kv(got: Reply, fault: str, *calls: Reply, **more: Fields) -> CaseView:
    """A kept answer, and later an exchange in whose time Workers KV answers wrongly."""
    kv = upstream(KV_TEXT, at=1.05, nonce="", surface="kv.get", faults=(fault,))
    first = [client(answer("Hello")), client(got, at=1.0, label="again", **more)]
    return view(first, [upstream(answer("Hello")), kv, *(upstream(call, at=1.1) for call in calls)], claims=CACHING)


def bound(got: Reply, fault: str, surface: str, **more: Fields) -> CaseView:
    """An exchange in whose time a binding other than the model is struck."""
    struck = upstream(b"", at=0.02, nonce="", surface=surface, faults=(fault,))
    return view(client(got, **more), [struck, upstream(answer("Hello"))])


def paced_into(*arrivals: float) -> CaseView:
    pieces = tuple(Piece(at_s, item.raw) for at_s, item in zip(arrivals, PACED.events, strict=False))
    rest = tuple(Piece(arrivals[-1], item.raw) for item in PACED.events[len(arrivals) :])
    return view(client(PACED, pieces=(*pieces, *rest), end_s=arrivals[-1]), upstream(PACED))


def coded(reply: Reply, *, vary: str = "") -> Reply:
    """Put a reply into gzip, and say what it varies with, if anything."""
    told = (("Content-Encoding", "gzip"), *((("Vary", vary),) if vary else ()))
    return replace(reply, body=gzip.compress(reply.body_bytes), headers=(*reply.headers, *told))
