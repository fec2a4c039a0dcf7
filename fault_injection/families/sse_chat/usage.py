"""Faults in the token usage that a stream tells: never, wrongly, or twice.

The one rule: the answer stays what it was; only what it cost is in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import (
    Json,
    chunk_event,
    chunk_of,
    edited,
    frame_of,
    is_native,
    text_of,
    tool_calls_of,
    without,
)
from fault_injection.fault import Law, Turn, param
from fault_injection.reply import Reply
from fault_injection.stream import StreamFault, inserted


@dataclass(frozen=True, kw_only=True)
class UsageMissing(StreamFault):
    """No chunk says how many tokens were used."""

    id: ClassVar[str] = "sse.usage_missing"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return replace(reply, body=edited(reply.events, _without_usage))


@dataclass(frozen=True, kw_only=True)
class UsageWrong(StreamFault):
    """The token usage is zero, negative, enormous or a word."""

    id: ClassVar[str] = "sse.usage_wrong"
    law: ClassVar[Law] = Law.OTHER_BYTES
    kind: str = param("zero", "what every count becomes", choices=("zero", "negative", "huge", "text"))

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        value = {"zero": 0, "negative": -1, "huge": 10**18, "text": "many"}[self.kind]

        def spoiled(chunk: Json) -> Json:
            usage = chunk.get("usage")
            return {**chunk, "usage": dict.fromkeys(usage, value)} if isinstance(usage, dict) else chunk

        return replace(reply, body=edited(reply.events, spoiled))


@dataclass(frozen=True, kw_only=True)
class UsageTwice(StreamFault):
    """The token usage comes twice."""

    id: ClassVar[str] = "sse.usage_twice"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        chunks = [chunk_of(item) for item in reply.events]
        told = [place for place, chunk in enumerate(chunks) if chunk and chunk.get("usage")]
        if not told:
            return reply
        chunk = chunks[told[-1]] or {}
        again: Json = {"response": "", "usage": chunk["usage"]}
        if not is_native(chunk):
            again = {**frame_of(chunk), "choices": [], "usage": chunk["usage"]}
        return replace(reply, body=inserted(reply.events, told[-1] + 1, chunk_event(again)))


def _without_usage(chunk: Json) -> Json | None:
    if "usage" not in chunk:
        return chunk
    rest = without(chunk, "usage")
    says_nothing = rest.get("choices") == [] or (
        is_native(rest) and not text_of(rest) and not tool_calls_of(rest) and "finish_reason" not in rest
    )
    return None if says_nothing else rest
