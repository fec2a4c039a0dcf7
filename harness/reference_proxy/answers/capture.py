"""A stream's chunks put together again as one completion, while they flow by.

The one rule: bounded; a capture that outgrew its bound is no capture, never a shortened one.
"""

from typing import Any

from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.answers.completions import empty_message

Json = dict[str, Any]


class Capture:
    """Collects the chunks of one stream; `max_bytes` bounds what it holds."""

    def __init__(self, *, max_bytes: int) -> None:
        self._left_bytes = max_bytes
        self._head: Json = {}
        self._choices: dict[int, _Choice] = {}
        self._usage: object = None

    @property
    def overflowed(self) -> bool:
        """Whether the stream was larger than the bound, so that there is nothing to be had."""
        return self._left_bytes < 0

    def add(self, chunk: Chunk, size_bytes: int) -> None:
        """Take in one chunk whose written form has `size_bytes`."""
        self._left_bytes -= size_bytes
        if self.overflowed:
            self._choices.clear()
            return
        for name in ("created", "model", "system_fingerprint", "service_tier"):
            if name in chunk:
                self._head[name] = chunk[name]
        if chunk.get("usage") is not None:
            self._usage = chunk["usage"]
        for choice in chunk["choices"]:
            self._choices.setdefault(choice["index"], _Choice()).add(choice)

    def completion(self) -> Json | None:
        """The whole answer, without an id; None when there is none or it was too large."""
        if self.overflowed or not self._choices:
            return None
        choices = [self._choices[index].result(index) for index in sorted(self._choices)]
        completion: Json = {"object": "chat.completion", **self._head, "choices": choices}
        if self._usage is not None:
            completion["usage"] = self._usage
        return completion


class _Choice:
    def __init__(self) -> None:
        self._role = "assistant"
        self._text: dict[str, list[str]] = {}
        self._other: Json = {}
        self._calls: dict[int, Json] = {}
        self._logprobs: Json = {}
        self._finish: object = None

    def add(self, choice: Json) -> None:
        for name, value in choice["delta"].items():
            if name == "role":
                self._role = value or self._role
            elif name == "tool_calls":
                for call in value:
                    self._add_call(call)
            elif isinstance(value, str):
                self._text.setdefault(name, []).append(value)
            elif value is not None:
                self._other[name] = _joined(self._other.get(name), value)
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, dict):
            for name, items in logprobs.items():
                if isinstance(items, list):
                    self._logprobs.setdefault(name, []).extend(items)
        if choice["finish_reason"] is not None:
            self._finish = choice["finish_reason"]

    def _add_call(self, fragment: Json) -> None:
        call = self._calls.setdefault(
            fragment["index"], {"id": None, "type": "function", "function": {"name": "", "arguments": []}}
        )
        call["id"] = call["id"] or fragment.get("id")
        call["type"] = fragment.get("type", call["type"])
        call["function"]["name"] = call["function"]["name"] or fragment["function"].get("name", "")
        call["function"]["arguments"].append(fragment["function"].get("arguments", ""))

    def result(self, index: int) -> Json:
        message: Json = {**empty_message(), "role": self._role}
        message |= {name: "".join(parts) for name, parts in self._text.items()} | self._other
        calls = [
            {**call, "function": {**call["function"], "arguments": "".join(call["function"]["arguments"])}}
            for _, call in sorted(self._calls.items())
        ]
        if calls:
            message["tool_calls"] = calls
            message["content"] = message["content"] or None
        return {
            "index": index,
            "message": message,
            "logprobs": self._logprobs or None,
            "finish_reason": self._finish,
        }


def _joined(known: Any, more: Any) -> Any:  # noqa: ANN401 - any JSON
    """What two pieces of a field say together: lists and texts go on, objects fill up, all else is told anew."""
    if isinstance(known, list) and isinstance(more, list):
        return [*known, *more]
    if isinstance(known, dict) and isinstance(more, dict):
        return {**known, **{name: _joined(known.get(name), value) for name, value in more.items()}}
    if isinstance(known, str) and isinstance(more, str) and known != more:
        return known + more
    return more
