"""The wording of a response: its items, and the numbered events that build them up.

The one rule: an event is only ever about the item that is open; one is closed before the next is opened.
Source: OpenAI API reference, streaming events of responses.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.calls import OneByOne
from harness.reference_proxy.faces.counts import count, detail
from harness.reference_proxy.faces.face import Head, Json, event

_INCOMPLETE: Final = {"length": "max_output_tokens", "content_filter": "content_filter"}
_UNSAID: Final[Mapping[str, object]] = {
    "background": False,
    "frequency_penalty": 0.0,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "service_tier": "default",
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
}
"""What a response repeats of its request, and what it says where the request said nothing."""


def response_of(
    asked: Mapping[str, Any],
    head: Head,
    *,
    items: list[Json],
    finish: str | None = None,
    usage: object = None,
    error: ProxyError | None = None,
    under_way: bool = False,
) -> Json:
    """Return a response in the state that it is in."""
    ended = "failed" if error else "incomplete" if finish in _INCOMPLETE else "completed"
    status = "in_progress" if under_way else ended
    reasoning = asked.get("reasoning")
    return {
        **{name: asked.get(name, unsaid) for name, unsaid in _UNSAID.items()},
        "id": f"resp_{head.mark}",
        "object": "response",
        "created_at": head.created_s,
        "completed_at": head.created_s if status == "completed" else None,
        "status": status,
        "error": {"code": "server_error", "message": error.message} if error else None,
        "incomplete_details": {"reason": _INCOMPLETE[finish]} if finish in _INCOMPLETE and not under_way else None,
        "model": head.model,
        "output": items,
        "reasoning": {"effort": None, "summary": None, **(reasoning if isinstance(reasoning, Mapping) else {})},
        "store": False,
        "tools": [
            {"description": None, "parameters": None, "strict": None, **tool}
            for tool in asked.get("tools") or []
            if isinstance(tool, Mapping)
        ],
        "usage": _usage(usage),
    }


def items_of(message: Mapping[str, Any], head: Head, *, finish: str | None) -> list[Json]:
    """Return what a message says as items: its text, then its calls."""
    calls = message.get("tool_calls") or []
    status = "incomplete" if finish in _INCOMPLETE else "completed"
    said = message.get("content") or ""
    text = [_text(head, said, status)] if said or not calls else []
    return [*text, *(_call(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in calls)]


def _part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _text(head: Head, text: str | None, status: str) -> Json:
    content = [] if text is None else [_part(text)]
    return {"type": "message", "id": f"msg_{head.mark}", "status": status, "role": "assistant", "content": content}


def _call(call_id: str, name: str, arguments: str, status: str = "completed") -> Json:
    names = {"id": f"fc_{call_id.removeprefix('call_')}", "call_id": call_id, "name": name}
    return {"type": "function_call", **names, "arguments": arguments, "status": status}


def _usage(usage: object) -> Json | None:
    if not isinstance(usage, Mapping):
        return None
    read, said = count(usage, "prompt_tokens"), count(usage, "completion_tokens")
    kept = detail(usage, "prompt_tokens_details", "cached_tokens")
    thought = detail(usage, "completion_tokens_details", "reasoning_tokens")
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": kept},
        "output_tokens": said,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": count(usage, "total_tokens") or read + said,
    }


class ResponseStream:
    """One stream of the Responses API."""

    headers: Mapping[str, str] = {}
    ends_in_error = False

    def __init__(self, asked: Mapping[str, Any], head: Head) -> None:
        self._asked = asked
        self._head = head
        self._made = 0
        self._done: list[Json] = []
        self._open: Json | None = None
        self._said: list[str] = []
        self._call_at: int | None = None
        self._calls = OneByOne()
        self._finish: str | None = None
        self._usage: object = None

    def begin(self) -> Iterator[bytes]:
        """Announce the response."""
        begun = response_of(self._asked, self._head, items=[], under_way=True)
        yield self._event("response.created", response=begun)
        yield self._event("response.in_progress", response=begun)

    def accept(self, chunk: Json) -> Iterator[bytes]:
        """Yield what a chunk adds to the item that is open, or to a new one."""
        self._usage = chunk.get("usage") or self._usage
        for choice in chunk["choices"]:
            if choice["index"] != 0:
                continue
            self._finish = choice["finish_reason"] or self._finish
            if text := choice["delta"].get("content"):
                yield from self._say(text)
            for piece in choice["delta"].get("tool_calls") or []:
                for call in self._calls.accept(piece):
                    yield from self._call(call)

    def end(self) -> Iterator[bytes]:
        """Close what is open, and give the whole."""
        for call in self._calls.end():
            yield from self._call(call)
        if self._open is None and not self._done:
            yield from self._opened(_text(self._head, None, "in_progress"))
        yield from self._close()
        whole = response_of(self._asked, self._head, items=self._done, finish=self._finish, usage=self._usage)
        yield self._event(f"response.{whole['status']}", response=whole)

    def fail(self, error: ProxyError) -> Iterator[bytes]:
        """Tell that the response failed, and what there is of it."""
        failed = response_of(self._asked, self._head, items=self._done, usage=self._usage, error=error)
        yield self._event("response.failed", response=failed)

    def _say(self, text: str) -> Iterator[bytes]:
        if self._open is None or self._open["type"] != "message":
            yield from self._close()
            yield from self._opened(_text(self._head, None, "in_progress"))
        self._said.append(text)
        yield self._event("response.output_text.delta", **self._where(), delta=text, logprobs=[])

    def _call(self, call: Mapping[str, Any]) -> Iterator[bytes]:
        function = call.get("function") or {}
        if self._call_at != call["index"]:
            yield from self._close()
            self._call_at = call["index"]
            yield from self._opened(_call(call["id"], function.get("name") or "", "", "in_progress"))
        if piece := function.get("arguments"):
            self._said.append(piece)
            yield self._event("response.function_call_arguments.delta", **self._where(), delta=piece)

    def _opened(self, item: Json) -> Iterator[bytes]:
        self._open, self._said = item, []
        yield self._event("response.output_item.added", output_index=len(self._done), item=item)
        if item["type"] == "message":
            yield self._event("response.content_part.added", **self._where(), part=_part(""))

    def _close(self) -> Iterator[bytes]:
        item, text = self._open, "".join(self._said)
        if item is None:
            return
        if item["type"] == "message":
            yield self._event("response.output_text.done", **self._where(), text=text, logprobs=[])
            yield self._event("response.content_part.done", **self._where(), part=_part(text))
            item = _text(self._head, text, "incomplete" if self._finish in _INCOMPLETE else "completed")
        else:
            yield self._event("response.function_call_arguments.done", **self._where(), arguments=text)
            item = {**item, "arguments": text, "status": "completed"}
        yield self._event("response.output_item.done", output_index=len(self._done), item=item)
        self._done.append(item)
        self._open = None

    def _where(self) -> Json:
        item = self._open or {}
        place: Json = {"item_id": item.get("id"), "output_index": len(self._done)}
        return {**place, "content_index": 0} if item.get("type") == "message" else place

    def _event(self, kind: str, **told: Any) -> bytes:  # noqa: ANN401 - any JSON
        self._made += 1
        return event(kind, {"sequence_number": self._made - 1, **told})
