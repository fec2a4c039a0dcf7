"""OpenAI's Responses API: the same answers as items of a response, whole or as a stream of typed events.

The one rule: a request is read into the chat that every dialect understands; only reading and wording are here.
Nothing is kept between requests, so `previous_response_id` names a conversation that the mock does not know.
Source: OpenAI API reference, responses and streaming events; the Open Responses specification.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from fault_injection.reply import Event, Reply, json_reply, stream_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.ai.chat import Exchange
from harness.mock_cloudflare.ai.tools import ToolCall

_INCOMPLETE: Final = {"length": "max_output_tokens", "content_filter": "content_filter"}
_RENAMED: Final = {"max_output_tokens": "max_tokens"}
_OWN: Final = frozenset({"input", "instructions", "tool_choice", "reasoning", "text", "store", "metadata"})
_THOUGHT: Final = "It was asked for an answer, and so it gives one."
"""The summary of its reasoning, where a request asks for one."""


def as_chat(body: Mapping[str, object]) -> dict[str, object]:
    """Return a request as a chat: instructions as a message, calls and their results as a chat has them."""
    said, told = body.get("input"), body.get("instructions")
    items = [{"role": "user", "content": said}] if isinstance(said, str) else said
    messages = [_message(item) for item in items if not _is_thought(item)] if isinstance(items, list) else items
    kept = {_RENAMED.get(name, name): value for name, value in body.items() if name not in _OWN}
    first = [{"role": "system", "content": told}] if isinstance(told, str) else []
    choice = body.get("tool_choice")
    return {
        **kept,
        "messages": [*first, *messages] if isinstance(messages, list) and messages else messages,
        **({"tool_choice": _choice(choice)} if choice is not None else {}),
    }


def reply(exchange: Exchange, body: Mapping[str, object]) -> Reply:
    """Word an answer as the request asks for it."""
    wording = _Wording(exchange, body)
    if exchange.stream:
        return stream_reply(tuple(wording.events()))
    return json_reply(json_text.dump(wording.response(wording.status, wording.items())))


def _is_thought(item: object) -> bool:
    return isinstance(item, dict) and item.get("type") == "reasoning"


def _message(item: object) -> object:
    if not isinstance(item, dict):
        return item
    if item.get("type") == "function_call":
        function = {"name": item.get("name"), "arguments": item.get("arguments")}
        call = {"id": item.get("call_id"), "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if item.get("type") == "function_call_output":
        return {"role": "tool", "tool_call_id": item.get("call_id"), "content": item.get("output")}
    return {name: value for name, value in item.items() if name in ("role", "content")}


def _choice(told: object) -> object:
    if isinstance(told, dict):
        return {"type": "function", "function": {"name": told.get("name")}}
    return told


@dataclass(slots=True)
class _Wording:
    """One answer in the words of the Responses API; events are numbered in the order in which they are made."""

    exchange: Exchange
    body: Mapping[str, object]
    _made: int = field(default=0, init=False)

    @property
    def _mark(self) -> str:
        return self.exchange.id.rpartition("-")[2]

    @property
    def _why_incomplete(self) -> str | None:
        return _INCOMPLETE.get(self.exchange.choices[0].finish)

    @property
    def status(self) -> str:
        """How the response ended."""
        return "incomplete" if self._why_incomplete else "completed"

    def items(self) -> list[dict[str, object]]:
        """Return what was said, whole: a summary of reasoning, a message, calls, as far as there are any."""
        choice = self.exchange.choices[0]
        thought = [self._thought(_THOUGHT)] if self._thinks else []
        text = [self._text(choice.content, self.status)] if choice.tokens or not choice.calls else []
        return [*thought, *text, *(self._call(call, call.arguments, "completed") for call in choice.calls)]

    @property
    def _thinks(self) -> bool:
        asked = self.body.get("reasoning")
        return isinstance(asked, dict) and asked.get("summary") is not None

    def _thought(self, text: str) -> dict[str, object]:
        summary = [{"type": "summary_text", "text": text}] if text else []
        return {"type": "reasoning", "id": f"rs_{self._mark}", "summary": summary}

    def _text(self, text: str | None, status: str) -> dict[str, object]:
        content = [_part(text)] if text is not None else []
        return {
            "type": "message",
            "id": f"msg_{self._mark}",
            "status": status,
            "role": "assistant",
            "content": content,
        }

    def _call(self, call: ToolCall, arguments: str, status: str) -> dict[str, object]:
        return {
            "type": "function_call",
            "id": f"fc_{call.id.removeprefix('call_')}",
            "call_id": call.id,
            "name": call.name,
            "arguments": arguments,
            "status": status,
        }

    def response(self, status: str, items: list[dict[str, object]]) -> dict[str, object]:
        """Return the response with what the request asked for, as OpenAI repeats it."""
        exchange, asked, over = self.exchange, self.body, status != "in_progress"
        reasoning, tools = asked.get("reasoning"), asked.get("tools")
        return {
            "id": f"resp_{self._mark}",
            "object": "response",
            "created_at": exchange.created_s,
            "completed_at": exchange.created_s if status == "completed" else None,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": {"reason": self._why_incomplete} if status == "incomplete" else None,
            "instructions": asked.get("instructions"),
            "max_output_tokens": asked.get("max_output_tokens"),
            "max_tool_calls": asked.get("max_tool_calls"),
            "model": exchange.model,
            "output": items,
            "parallel_tool_calls": asked.get("parallel_tool_calls", True),
            "previous_response_id": asked.get("previous_response_id"),
            "reasoning": {"effort": None, "summary": None, **(reasoning if isinstance(reasoning, dict) else {})},
            "store": asked.get("store", True),
            "temperature": asked.get("temperature", 1.0),
            "text": asked.get("text", {"format": {"type": "text"}}),
            "tool_choice": asked.get("tool_choice", "auto"),
            "tools": [_offered(tool) for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else [],
            "top_logprobs": asked.get("top_logprobs", 0),
            "top_p": asked.get("top_p", 1.0),
            "presence_penalty": asked.get("presence_penalty", 0.0),
            "frequency_penalty": asked.get("frequency_penalty", 0.0),
            "truncation": asked.get("truncation", "disabled"),
            "service_tier": "default",
            "safety_identifier": asked.get("safety_identifier"),
            "prompt_cache_key": asked.get("prompt_cache_key"),
            "usage": self._usage() if over else None,
            "metadata": asked.get("metadata", {}),
        }

    def _usage(self) -> dict[str, object]:
        usage = self.exchange.usage
        return {
            "input_tokens": usage["prompt_tokens"],
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": usage["completion_tokens"],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage["total_tokens"],
        }

    def events(self) -> Iterator[Event]:
        """Yield the stream: the response is announced, its items follow piece by piece, and its whole ends it."""
        begun = self.response("in_progress", [])
        yield self._event("response.created", self.exchange.prompt.first_s, response=begun)
        yield self._event("response.in_progress", response=begun)
        choice, at, said = self.exchange.choices[0], 0, 0
        if self._thinks:
            yield from self._thought_events(at)
            at += 1
        if choice.tokens or not choice.calls:
            yield from self._text_events(at)
            at, said = at + 1, len(choice.tokens)
        for call in choice.calls:
            yield from self._call_events(call, at, said)
            at, said = at + 1, said + len(call.pieces)
        yield self._event(f"response.{self.status}", response=self.response(self.status, self.items()))

    def _thought_events(self, at: int) -> Iterator[Event]:
        where = {"item_id": f"rs_{self._mark}", "output_index": at, "summary_index": 0}
        part = {"type": "summary_text", "text": ""}
        yield self._event("response.output_item.added", output_index=at, item=self._thought(""))
        yield self._event("response.reasoning_summary_part.added", **where, part=part)
        yield self._event("response.reasoning_summary_text.delta", **where, delta=_THOUGHT)
        yield self._event("response.reasoning_summary_text.done", **where, text=_THOUGHT)
        yield self._event("response.reasoning_summary_part.done", **where, part={**part, "text": _THOUGHT})
        yield self._event("response.output_item.done", output_index=at, item=self._thought(_THOUGHT))

    def _text_events(self, at: int) -> Iterator[Event]:
        text = self.exchange.choices[0].content
        where = {"item_id": f"msg_{self._mark}", "output_index": at, "content_index": 0}
        yield self._event("response.output_item.added", output_index=at, item=self._text(None, "in_progress"))
        yield self._event("response.content_part.added", **where, part=_part(""))
        for index, token in enumerate(self.exchange.choices[0].tokens):
            wait_s = self.exchange.wait_s(index)
            yield self._event("response.output_text.delta", wait_s, **where, delta=token, logprobs=[])
        yield self._event("response.output_text.done", **where, text=text, logprobs=[])
        yield self._event("response.content_part.done", **where, part=_part(text))
        yield self._event("response.output_item.done", output_index=at, item=self._text(text, self.status))

    def _call_events(self, call: ToolCall, at: int, said: int) -> Iterator[Event]:
        begun = self._call(call, "", "in_progress")
        where = {"item_id": begun["id"], "output_index": at}
        yield self._event("response.output_item.added", output_index=at, item=begun)
        for index, piece in enumerate(call.pieces, start=said):
            wait_s = self.exchange.wait_s(index)
            yield self._event("response.function_call_arguments.delta", wait_s, **where, delta=piece)
        yield self._event("response.function_call_arguments.done", **where, arguments=call.arguments)
        whole = self._call(call, call.arguments, "completed")
        yield self._event("response.output_item.done", output_index=at, item=whole)

    def _event(self, kind: str, wait_s: float = 0.0, /, **told: object) -> Event:
        data = json_text.dump({"type": kind, "sequence_number": self._made, **told})
        self._made += 1
        return Event(b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n", wait_s)


def _part(text: str) -> dict[str, object]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _offered(tool: Mapping[str, object]) -> dict[str, object]:
    return {"description": None, "parameters": None, "strict": True, **tool}
