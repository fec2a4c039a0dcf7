"""Anthropic's Messages: how a question looks there, and its events as OpenAI chunks.

Form and order of events: Anthropic's API reference, "Streaming Messages", version 2023-06-01.

The one rule: only `message_stop` ends an answer; whatever ends before it is broken.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers import failures
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.chat.providers.typed_events import TypedEvents
from harness.reference_proxy.errors import upstream_broken
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.upstream.routes import UpstreamCall
from harness.reference_proxy.upstream.sources import EventReader
from harness.reference_proxy.upstream.upstream import Upstream

_VERSION = "2023-06-01"
_MAX_TOKENS = 4096  # the API wants a number; a question that names none gets this one
_FINISHES = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_PROMPT_TOKENS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


PREFIX = "anthropic/"
"""What the names of its models begin with here, as AI Gateway has it."""


def call_for(request: ChatRequest, model: str) -> UpstreamCall:
    """The call that answers `request`."""
    asked = request.parameters
    body: dict[str, Any] = {
        "model": model.removeprefix(PREFIX),
        "max_tokens": asked.get("max_tokens", _MAX_TOKENS),
        "messages": _messages(asked["messages"]),
        "stream": True,
    }
    system = [message["content"] for message in asked["messages"] if message["role"] == "system"]
    if system:
        body["system"] = "\n\n".join(system)
    body |= {name: asked[name] for name in ("temperature", "top_p") if name in asked}
    if asked.get("tools"):
        body["tools"] = _tools(asked["tools"])
    return UpstreamCall(path="messages", body=body, model=model, stream=True, include_usage=True, choices=1)


class AnthropicUpstream(Upstream):
    """An upstream that speaks Messages."""

    def _headers(self, call: UpstreamCall) -> dict[str, str]:
        headers = super()._headers(call)
        del headers["Authorization"]
        return {**headers, "x-api-key": self._settings.api_token, "anthropic-version": _VERSION}

    def _reader(self, call: UpstreamCall) -> EventReader:
        return Reader(model=call.model, created=int(self._wall()), scrub=self._scrub)


class Reader(TypedEvents):
    """The state of one stream of events."""

    def __init__(self, *, model: str, created: int, scrub: failures.Scrub) -> None:
        super().__init__(model=model, created=created, scrub=scrub)
        self._finish: str | None = None
        self._usage: dict[str, int] = {}

    def _chunks(self, payload: dict[str, Any]) -> list[Chunk]:
        match payload["type"]:
            case "message_start":
                self._count(payload["message"].get("usage") or {})
                return [self._chunk({"role": "assistant", "content": ""})]
            case "content_block_start" if payload["content_block"]["type"] == "tool_use":
                begun = payload["content_block"]
                return [self._call_begun(payload["index"], begun["id"], begun["name"])]
            case "content_block_delta":
                return self._delta(payload["index"], payload["delta"])
            case "message_delta":
                self._finish = payload["delta"].get("stop_reason") or self._finish
                self._count(payload.get("usage") or {})
                return []
            case "message_stop":
                return [self._last()]
            case "error":
                raise failures.in_band(payload, scrub=self._scrub)
            case _:
                return []  # pings, ends of blocks, and what the API may add: "handle unknown event types gracefully"

    def _delta(self, block: int, delta: Mapping[str, Any]) -> list[Chunk]:
        if delta["type"] == "text_delta":
            return [self._chunk({"content": delta["text"]})]
        if delta["type"] == "input_json_delta":
            return [self._arguments(block, delta["partial_json"])]
        return []

    def _last(self) -> Chunk:
        if self._finish is None:
            raise upstream_broken("The upstream's stream ended early.", code="upstream_truncated")
        self.done = True
        chunk = self._chunk({}, finish=_FINISHES.get(self._finish, self._finish))
        if "output_tokens" in self._usage:
            prompt = sum(self._usage.get(name, 0) for name in _PROMPT_TOKENS)
            completion = self._usage["output_tokens"]
            total = prompt + completion
            chunk["usage"] = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
        return chunk

    def _count(self, usage: Mapping[str, Any]) -> None:
        self._usage |= {name: value for name, value in usage.items() if type(value) is int}


def _messages(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The messages as blocks where tools are in play; results that follow one another are one message there."""
    told: list[dict[str, Any]] = []
    for message in messages:
        match message["role"]:
            case "system":
                continue
            case "tool":
                block = {
                    "type": "tool_result",
                    "tool_use_id": message["tool_call_id"],
                    "content": message["content"],
                }
                if told and told[-1]["role"] == "user" and isinstance(told[-1]["content"], list):
                    told[-1]["content"].append(block)
                else:
                    told.append({"role": "user", "content": [block]})
            case "assistant" if message.get("tool_calls"):
                text = [{"type": "text", "text": message["content"]}] if message["content"] else []
                told.append({"role": "assistant", "content": [*text, *map(_use, message["tool_calls"])]})
            case role if told and told[-1]["role"] == role and isinstance(told[-1]["content"], list):
                told[-1]["content"].append({"type": "text", "text": message["content"]})
            case role:
                told.append({"role": role, "content": message["content"]})
    return told


def _use(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call["function"]
    try:
        arguments = jsontext.loads(function["arguments"] or "{}")
    except jsontext.InvalidJsonError:
        arguments = None
    given = arguments if isinstance(arguments, dict) else {}
    return {"type": "tool_use", "id": call["id"], "name": function["name"], "input": given}


def _tools(tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    functions = [tool.get("function") or {} for tool in tools]
    return [
        {
            "name": function.get("name", ""),
            "description": function.get("description", ""),
            "input_schema": function.get("parameters") or {"type": "object"},
        }
        for function in functions
    ]
