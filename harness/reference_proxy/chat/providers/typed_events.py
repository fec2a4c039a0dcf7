"""Streams whose events are JSON objects with a `type`, as OpenAI chunks: what those of several providers share.

The one rule: an event that is not understood is told as malformed, and a stream without its own end as cut.
"""

from abc import ABC, abstractmethod
from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers import failures
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.answers.sse import SseEvent
from harness.reference_proxy.errors import upstream_broken


class TypedEvents(ABC):
    """The state of one stream of events; `created` is whole Unix seconds."""

    def __init__(self, *, model: str, created: int, scrub: failures.Scrub) -> None:
        self.done = False
        self._head = {"object": "chat.completion.chunk", "created": created, "model": model}
        self._scrub = scrub
        self._calls: dict[int, int] = {}  # the provider's own index of a call: its place among the calls of tools

    @abstractmethod
    def _chunks(self, payload: dict[str, Any]) -> list[Chunk]:
        """Return the chunks that one event becomes; whatever it lacks may be raised as a KeyError or TypeError."""

    def accept(self, event: SseEvent) -> list[Chunk]:
        """The chunks that one event becomes; raises UpstreamError for an error, and for what is not understood."""
        if self.done or not event.data.strip() or event.data == "[DONE]":
            return []
        try:
            payload = jsontext.loads(event.data)
            if not isinstance(payload, dict):
                raise TypeError("an event is not an object")
            return self._chunks(payload)
        except (jsontext.InvalidJsonError, KeyError, TypeError, AttributeError):
            raise upstream_broken("The upstream sent a malformed event.", code="upstream_malformed_event") from None

    def end(self, *, unfinished: bool) -> list[Chunk]:
        """Nothing, after a whole answer; raises UpstreamError after any other."""
        del unfinished  # only the last event says whether it is whole
        if not self.done:
            raise upstream_broken("The upstream's stream ended early.", code="upstream_truncated")
        return []

    def _call_begun(self, at: int, call_id: str, name: str) -> Chunk:
        place = self._calls[at] = len(self._calls)
        function = {"name": name, "arguments": ""}
        return self._chunk({"tool_calls": [{"index": place, "id": call_id, "type": "function", "function": function}]})

    def _arguments(self, at: int, text: str) -> Chunk:
        return self._chunk({"tool_calls": [{"index": self._calls[at], "function": {"arguments": text}}]})

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> Chunk:
        return {**self._head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
