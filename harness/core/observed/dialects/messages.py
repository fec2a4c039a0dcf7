"""Anthropic's Messages API: blocks one behind the other, each started, filled and stopped.

Source: Anthropic API reference: messages, streaming messages, errors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from harness.core.observed.dialects.stream import EventReader, objects, table
from harness.core.observed.reading import Mark, ToolCall
from harness.core.observed.sse import SseEvent

_STOPS: Final[Mapping[str, str]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_DELTAS: Final[Mapping[str, str]] = {
    "text_delta": "text",
    "input_json_delta": "tool_use",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
}
"""What kind of block each delta belongs to, as far as this reader knows; others are read past."""


class MessagesReader(EventReader):
    """One answer of the Messages API."""

    _started = _stopping = False
    _open: int | None = None
    _kind = ""
    _blocks = 0
    _tool: ToolCall | None = None

    def mark(self, event: SseEvent, value: object) -> Mark | None:
        """`message_stop` ends a message, and so does an error; a ping may come at any time."""
        match table(value).get("type"):
            case "message_stop":
                return "done"
            case "error":
                return "error"
            case "content_block_delta" | "content_block_start":
                return "text"
            case "message_delta":
                return "finish"
            case "ping":
                return None
            case _:
                return "error" if event.type == "error" else "other"

    def take(self, event: SseEvent, value: dict[str, Any]) -> bool:
        """Take one event."""
        kind = str(value.get("type"))
        self.named_alike(event, kind)
        if not self._started and kind not in ("message_start", "ping", "error"):
            self.stray(f"{kind} came before message_start")
        match kind:
            case "message_start":
                self._start(table(value.get("message")))
            case "content_block_start":
                return self._begin(value.get("index"), table(value.get("content_block")))
            case "content_block_delta":
                return self._delta(value.get("index"), table(value.get("delta")))
            case "content_block_stop":
                self._stop(value.get("index"))
            case "message_delta":
                self._ending(value)
            case "message_stop" if not self._stopping:
                self.stray("message_stop came without a message_delta before it")
            case "error":
                error = table(value.get("error"))
                self.fail(event.data, error.get("message"))
        return False

    def whole(self, value: dict[str, Any]) -> None:
        """Take a whole message, or the object of an error."""
        if value.get("type") == "error" or "error" in value:
            error = table(value.get("error"))
            self.fail(json.dumps(value), error.get("message"))
            self.reading.tail.append("error")
            return
        if value.get("type") != "message":
            return
        self.named(value.get("id"))
        for at, block in enumerate(objects(value.get("content"))):
            if block.get("type") == "text":
                self.say(block.get("text"))
            elif block.get("type") == "tool_use":
                self.call(at, block.get("id"), block.get("name")).arguments = json.dumps(block.get("input"))
        self._counted(value)
        self.finish(_STOPS.get(str(value.get("stop_reason"))))

    def _start(self, message: dict[str, Any]) -> None:
        if self._started:
            self.stray("message_start came twice")
        self._started = True
        self.named(message.get("id"))
        self._counted(message)
        self.reading.role_seen = bool(message.get("role"))

    def _begin(self, index: object, block: dict[str, Any]) -> bool:
        if self._open is not None:
            self.stray(f"block {index} was started before block {self._open} was stopped")
        if self._stopping:
            self.stray(f"block {index} was started behind message_delta")
        if index != self._blocks:
            self.stray(f"block {index} was started, number {self._blocks} was to come")
        self._open = index if isinstance(index, int) else self._blocks
        self._kind, self._tool = str(block.get("type")), None
        self._blocks += 1
        if self._kind == "tool_use":
            self._tool = self.call(self._blocks - 1, block.get("id"), block.get("name"))
            given = block.get("input")
            self._tool.arguments = json.dumps(given) if given else ""
            return True
        return self.say(block.get("text")) if self._kind == "text" else False

    def _delta(self, index: object, delta: dict[str, Any]) -> bool:
        kind = str(delta.get("type"))
        if index != self._open:
            self.stray(f"a delta is for block {index}, and {'none' if self._open is None else self._open} is open")
        elif _DELTAS.get(kind, self._kind) != self._kind:
            self.stray(f"a {kind} came in a block of type {self._kind}")
        if kind == "text_delta":
            return self.say(delta.get("text"))
        if kind == "input_json_delta" and self._tool is not None:
            piece = delta.get("partial_json")
            self._tool.arguments += piece if isinstance(piece, str) else ""
            return bool(piece)
        if kind == "thinking_delta" and isinstance(delta.get("thinking"), str):
            self.choice.said.reasoning.append(delta["thinking"])
        return False

    def _stop(self, index: object) -> None:
        if index != self._open:
            self.stray(f"block {index} was stopped, and {'none' if self._open is None else self._open} is open")
        self._open = None

    def _ending(self, value: dict[str, Any]) -> None:
        if self._open is not None:
            self.stray(f"message_delta came before block {self._open} was stopped")
        reason = table(value.get("delta")).get("stop_reason")
        self._stopping = True
        if reason is not None:
            self.finish(_STOPS.get(str(reason), str(reason)))
            if self.choice.finish is None:
                self.choice.finish = str(reason)
        self._counted(value)

    def _counted(self, value: dict[str, Any]) -> None:
        usage, before = table(value.get("usage")), self.reading.usage or {}
        if usage:
            read, said = usage.get("input_tokens"), usage.get("output_tokens")
            self.count(
                before.get("prompt_tokens") if read is None else read,
                before.get("completion_tokens") if said is None else said,
            )
