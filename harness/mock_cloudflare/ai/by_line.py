"""A stream as NDJSON, for origins that are no Workers AI: the chunks of `/v1`, one a line, to who accepts nothing else.

The one rule: Workers AI has no such form, so only the alias for other upstreams' clients speaks it; what is said, and
when, is that of the event stream, but for `[DONE]`, which is no JSON.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fault_injection.reply import Event, Reply
from harness.mock_cloudflare.request import Request

_TYPE: Final = "application/x-ndjson"


def worded(reply: Reply, request: Request) -> Reply:
    """Return a reply as it is, or a stream as lines where its client accepts lines alone."""
    accepted = {item.partition(";")[0].strip() for item in (request.header("accept") or "").lower().split(",")}
    if not reply.is_stream or _TYPE not in accepted or "text/event-stream" in accepted:
        return reply
    lines = tuple(Event(each.data + b"\n", each.wait_s) for each in reply.events if each.data and not each.is_done)
    return replace(reply.with_header("content-type", _TYPE), body=lines)
