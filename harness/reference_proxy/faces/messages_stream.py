"""The wording of a message: its head, and the events that build its blocks up.

The one rule: blocks come one behind the other; one is stopped before the next is started.
Source: Anthropic API reference, streaming messages.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.calls import OneByOne
from harness.reference_proxy.faces.counts import count
from harness.reference_proxy.faces.face import Head, Json, event

_STOPS: Final = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


def stop_of(finish: object) -> str | None:
    """Return why a message ended, in Anthropic's words."""
    return _STOPS.get(finish, finish) if isinstance(finish, str) else None


def usage_of(usage: object) -> Json:
    """Return what a message cost; nothing where upstream did not say."""
    told = usage if isinstance(usage, Mapping) else {}
    return {
        "input_tokens": count(told, "prompt_tokens"),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": None,
        "output_tokens": count(told, "completion_tokens"),
        "output_tokens_details": None,
        "server_tool_use": None,
        "service_tier": "standard",
        "inference_geo": None,
    }


def message_head(head: Head, usage: Json) -> Json:
    """Return a message that says nothing yet."""
    return {
        "id": f"msg_{head.mark}",
        "type": "message",
        "role": "assistant",
        "model": head.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
        "usage": usage,
    }


class MessageStream:
    """One stream of the Messages API."""

    headers: Mapping[str, str] = {}
    ends_in_error = False

    def __init__(self, head: Head) -> None:
        self._head = head
        self._at = -1
        self._open: object = None  # "text", the index of a call, or None
        self._calls = OneByOne()
        self._finish: str | None = None
        self._usage: object = None

    def begin(self) -> Iterator[bytes]:
        """Announce the message; what it cost is known at its end."""
        yield event("message_start", {"message": message_head(self._head, usage_of(None))})

    def accept(self, chunk: Json) -> Iterator[bytes]:
        """Yield what a chunk adds to the block that is open, or to a new one."""
        self._usage = chunk.get("usage") or self._usage
        for choice in chunk["choices"]:
            if choice["index"] != 0:
                continue
            self._finish = choice["finish_reason"] or self._finish
            if text := choice["delta"].get("content"):
                yield from self._started("text", {"type": "text", "text": ""})
                yield self._delta({"type": "text_delta", "text": text})
            for piece in choice["delta"].get("tool_calls") or []:
                for call in self._calls.accept(piece):
                    yield from self._call(call)

    def end(self) -> Iterator[bytes]:
        """Stop the block that is open, and say how the message ended."""
        for call in self._calls.end():
            yield from self._call(call)
        yield from self._stopped()
        end = {"stop_reason": stop_of(self._finish), "stop_sequence": None}
        cost = usage_of(self._usage)
        usage = {name: cost[name] for name in ("input_tokens", "output_tokens")}
        yield event("message_delta", {"delta": end, "usage": usage})
        yield event("message_stop", {})

    def fail(self, error: ProxyError) -> Iterator[bytes]:
        """Tell that the message breaks off."""
        kind = "timeout_error" if error.kind == "upstream_timeout" else "api_error"
        yield event("error", {"error": {"type": kind, "message": error.message}})

    def _call(self, call: Mapping[str, Any]) -> Iterator[bytes]:
        function = call.get("function") or {}
        block: Json = {"type": "tool_use", "id": call.get("id"), "name": function.get("name"), "input": {}}
        yield from self._started(call["index"], block)
        if piece := function.get("arguments"):
            yield self._delta({"type": "input_json_delta", "partial_json": piece})

    def _started(self, what: object, block: Json) -> Iterator[bytes]:
        if self._open == what:
            return
        yield from self._stopped()
        self._open, self._at = what, self._at + 1
        yield event("content_block_start", {"index": self._at, "content_block": block})

    def _stopped(self) -> Iterator[bytes]:
        if self._open is not None:
            yield event("content_block_stop", {"index": self._at})
        self._open = None

    def _delta(self, delta: Json) -> bytes:
        return event("content_block_delta", {"index": self._at, "delta": delta})
