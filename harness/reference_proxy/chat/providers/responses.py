"""OpenAI's Responses: how a question looks there, and its events as OpenAI chunks.

Form of events: OpenAI's API reference, "Responses: Streaming events".

The one rule: only `response.completed` and `response.incomplete` end an answer; whatever ends before them is broken.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.reference_proxy.answers import failures
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.chat.providers.typed_events import TypedEvents
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.upstream.routes import UpstreamCall
from harness.reference_proxy.upstream.sources import EventReader
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

    def _reader(self, call: UpstreamCall) -> EventReader:
        return Reader(model=call.model, created=int(self._wall()), scrub=self._scrub)


class Reader(TypedEvents):
    """The state of one stream of events."""

    def _chunks(self, payload: dict[str, Any]) -> list[Chunk]:
        match payload["type"]:
            case "response.created":
                return [self._chunk({"role": "assistant", "content": ""})]
            case "response.output_text.delta" | "response.refusal.delta":
                return [self._chunk({"content": payload["delta"]})]
            case "response.output_item.added" if payload["item"]["type"] == "function_call":
                item = payload["item"]
                return [self._call_begun(payload["output_index"], item["call_id"], item["name"])]
            case "response.function_call_arguments.delta":
                return [self._arguments(payload["output_index"], payload["delta"])]
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
