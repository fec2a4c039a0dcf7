"""OpenAI's Responses: how a question looks there, and its events as OpenAI chunks.

Form of events: OpenAI's API reference, "Responses: Streaming events".

The one rule: only `response.completed` and `response.incomplete` end an answer; whatever ends before them is broken.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers import failures
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.answers.sse import SseEvent, SseParser
from harness.reference_proxy.errors import upstream_broken
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.upstream.routes import UpstreamCall
from harness.reference_proxy.upstream.sources import LiveSource
from harness.reference_proxy.upstream.upstream import Upstream

_WHY = {"max_output_tokens": "length", "content_filter": "content_filter"}


def call_for(request: ChatRequest, model: str) -> UpstreamCall:
    """The call that answers `request`; nothing of it is kept there, for the conversation is kept here."""
    asked = request.parameters
    body: dict[str, Any] = {
        "model": model,
        "input": [item for message in asked["messages"] for item in _items(message)],
        "stream": True,
        "store": False,
    }
    body |= {name: asked[name] for name in ("temperature", "top_p") if name in asked}
    if "max_tokens" in asked:
        body["max_output_tokens"] = asked["max_tokens"]
    if asked.get("tools"):
        body["tools"] = _tools(asked["tools"])
    return UpstreamCall(path="responses", body=body, model=model, stream=True, include_usage=True, choices=1)


class ResponsesUpstream(Upstream):
    """An upstream that speaks Responses."""

    def _live(self, call: UpstreamCall, response: httpx.Response, first_timeout_s: float) -> LiveSource:
        return LiveSource(
            response,
            SseParser(max_event_bytes=self._settings.max_event_bytes),
            Reader(model=call.model, created=int(self._wall()), scrub=self._scrub),
            first_timeout_s=first_timeout_s,
            idle_timeout_s=self._settings.upstream_idle_timeout_s,
        )


class Reader:
    """The state of one stream of events."""

    def __init__(self, *, model: str, created: int, scrub: failures.Scrub) -> None:
        self.done = False
        self._head = {"object": "chat.completion.chunk", "created": created, "model": model}
        self._scrub = scrub
        self._calls: dict[int, int] = {}  # an item's index: its place among the calls of tools

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
        if not self.done:
            raise upstream_broken("The upstream's stream ended early.", code="upstream_truncated")
        return []

    def _chunks(self, payload: dict[str, Any]) -> list[Chunk]:
        match payload["type"]:
            case "response.created":
                return [self._chunk({"role": "assistant", "content": ""})]
            case "response.output_text.delta" | "response.refusal.delta":
                return [self._chunk({"content": payload["delta"]})]
            case "response.output_item.added" if payload["item"]["type"] == "function_call":
                return [self._call_begun(payload["output_index"], payload["item"])]
            case "response.function_call_arguments.delta":
                call = {"index": self._calls[payload["output_index"]], "function": {"arguments": payload["delta"]}}
                return [self._chunk({"tool_calls": [call]})]
            case "response.completed":
                return [self._last("tool_calls" if self._calls else "stop", payload["response"])]
            case "response.incomplete":
                why = (payload["response"].get("incomplete_details") or {}).get("reason")
                return [self._last(_WHY.get(str(why), "length"), payload["response"])]
            case "response.failed":
                raise failures.in_band({"error": payload["response"].get("error") or {}}, scrub=self._scrub)
            case "error":
                raise failures.in_band({"error": payload}, scrub=self._scrub)
            case _:
                return []  # what else happens says nothing about the text

    def _call_begun(self, output_index: int, item: Mapping[str, Any]) -> Chunk:
        place = self._calls[output_index] = len(self._calls)
        function = {"name": item["name"], "arguments": ""}
        return self._chunk(
            {"tool_calls": [{"index": place, "id": item["call_id"], "type": "function", "function": function}]}
        )

    def _last(self, finish: str, response: Mapping[str, Any]) -> Chunk:
        self.done = True
        chunk = self._chunk({}, finish=finish)
        usage = response.get("usage")
        if isinstance(usage, dict):
            chunk["usage"] = {
                "prompt_tokens": usage.get("input_tokens"),
                "completion_tokens": usage.get("output_tokens"),
                "total_tokens": usage.get("total_tokens"),
            }
        return chunk

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> Chunk:
        return {**self._head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _items(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The items that a message is there: calls of tools and their results stand for themselves."""
    if message["role"] == "tool":
        yield {"type": "function_call_output", "call_id": message["tool_call_id"], "output": message["content"]}
        return
    if message["content"]:
        yield {"role": message["role"], "content": message["content"]}
    for call in message.get("tool_calls") or ():
        function = call["function"]
        named = {"call_id": call["id"], "name": function["name"], "arguments": function["arguments"]}
        yield {"type": "function_call", **named}


def _tools(tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    functions = [tool.get("function") or {} for tool in tools]
    known = ("name", "description", "parameters", "strict")
    return [{"type": "function", **{name: each[name] for name in known if name in each}} for each in functions]
