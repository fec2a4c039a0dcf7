"""Vercel's AI SDK: the UI message stream v1 of `ai` 5 to 7, and the data stream v1 of `ai` 3 and 4, line by line.

A UI message stream ends with `[DONE]` behind an error as well; what it says of success is its part `finish`. An error
does not end it: `streamText` closes what is open, and goes on behind an event that it could not read. `useChat` stops.
Source: `ai` 4.3, 5.0 and 7.0; its documentation of the stream protocols.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from harness.core.observed.chunks import json_or_none
from harness.core.observed.dialects.stream import EventReader, table
from harness.core.observed.reading import Mark, Reading, ToolCall
from harness.core.observed.sse import SseEvent

_DONE: Final = "[DONE]"
_FINISHES: Final[Mapping[str, str]] = {
    "stop": "stop",
    "length": "length",
    "content-filter": "content_filter",
    "tool-calls": "tool_calls",
}
_CODES: Final = frozenset("02389abcdefghijk")
"""The codes of a data stream's parts; its client refuses any other."""
_CLOSING: Final = frozenset({"text-end", "reasoning-end", "tool-input-error", "finish-step"})
"""The types of parts that close what is open when an answer has failed."""
_KINDS: Final = frozenset(
    {
        "start", "finish", "abort", "error", "start-step", "finish-step", "reset-step", "message-metadata", "custom",
        "text-start", "text-delta", "text-end", "reasoning-start", "reasoning-delta", "reasoning-end", "reasoning-file",
        "tool-input-start", "tool-input-delta", "tool-input-available", "tool-input-error", "tool-output-available",
        "tool-output-error", "tool-output-denied", "tool-approval-request", "tool-approval-response",
        "source-url", "source-document", "file", "steering-message",
    }
)  # fmt: skip
"""The types of a UI message stream's parts besides `data-…`; its client refuses any other."""


class UiReader(EventReader):
    """One UI message stream."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        reading.over_at_error = True
        self._begun = self._finished = False
        self._texts: set[str] = set()
        self._thoughts: set[str] = set()
        self._calls: dict[str, ToolCall] = {}

    def mark(self, event: SseEvent, value: object) -> Mark | None:
        """`[DONE]` ends a stream; an error or an abort ends what it says, and what closes it may still follow."""
        failed = bool(self.reading.tail) and self.reading.tail[0] == "error"
        if event.data.strip() == _DONE:
            return None if failed else "done"
        kind = str(table(value).get("type"))
        if kind in ("error", "abort"):
            return "error"
        if failed and (kind in _CLOSING or (kind == "finish" and table(value).get("finishReason") == "error")):
            return None
        if kind.startswith(("text-", "tool-")):
            return "text"
        return "finish" if kind == "finish" else "other"

    def take(self, event: SseEvent, value: dict[str, Any]) -> bool:
        """Take one part."""
        if not value:
            return self._ended()
        kind = str(value.get("type"))
        self._ordered(kind)
        match kind:
            case "start":
                self.named(value.get("messageId"))
            case "text-start" | "text-delta" | "text-end":
                return self._text(kind, str(value.get("id") or ""), value)
            case "reasoning-start" | "reasoning-delta" | "reasoning-end":
                self._place("reasoning", self._thoughts, kind, str(value.get("id") or ""))
                self.think(value.get("delta"))
            case "tool-input-start" | "tool-input-delta" | "tool-input-available":
                return self._call(kind, str(value.get("toolCallId") or ""), value)
            case "finish":
                self._finish(value)
            case "error" | "abort":
                self.fail(event.data, value.get("errorText") or value.get("reason"))
        return False

    def _ordered(self, kind: str) -> None:
        if kind not in _KINDS and not kind.startswith("data-"):
            self.stray(f"no part is of the type {kind!r:.30}")
        if not self._begun and kind != "start":
            self.stray(f"{kind} came before start")
        if self._finished and kind != "message-metadata":
            self.stray(f"{kind} came behind finish")
        self._begun = True

    def _text(self, kind: str, part: str, value: dict[str, Any]) -> bool:
        self._place("text", self._texts, kind, part)
        return self.say(value.get("delta"))

    def _place(self, what: str, opened: set[str], kind: str, part: str) -> None:
        if kind.endswith("-start"):
            opened.add(part)
        elif part not in opened:
            self.stray(f"{kind} is about the {what} {part!r:.20}, which is not open")
        if kind.endswith("-end"):
            opened.discard(part)

    def whole(self, value: dict[str, Any]) -> None:
        """Take the object of an error; whole answers that are no stream are unknown here."""
        error = value.get("error") or value.get("message")
        if error:
            self.fail(json.dumps(value), table(error).get("message") or error)
            self.reading.tail.append("error")

    def _call(self, kind: str, call: str, value: dict[str, Any]) -> bool:
        is_new = call not in self._calls
        if is_new:
            if kind == "tool-input-delta":
                self.stray(f"tool-input-delta is about the call {call!r:.30}, which is not open")
            self._calls[call] = self.call(len(self._calls), value.get("toolCallId"), value.get("toolName"))
        tool = self._calls[call]
        if kind == "tool-input-delta":
            tool.arguments += str(value.get("inputTextDelta") or "")
        elif kind == "tool-input-available":
            given = value.get("input")
            pieces = json_or_none(tool.arguments or "{}")
            if not is_new and tool.arguments and pieces is not None and pieces != given:
                self.stray(f"the input of the call {call!r:.30} at its end is not that of its pieces")
            tool.arguments = tool.arguments or json.dumps(given)
            return is_new
        return True

    def _finish(self, value: dict[str, Any]) -> None:
        for what, opened in (("text", self._texts), ("reasoning", self._thoughts)):
            if opened:
                self.stray(f"finish came while the {what} {min(opened)!r:.20} was open")
        self._finished = True
        _ = self.choice
        reason = value.get("finishReason")
        if reason is not None:
            self.finish(_FINISHES.get(str(reason)))

    def _ended(self) -> bool:
        if not self._finished:
            self.stray("[DONE] came without a finish before it")
        _ = self.choice
        return False


class DataReader(UiReader):
    """One data stream: a code, a colon and JSON on each line."""

    media: ClassVar[str] = "text/plain"

    def line(self, line: str, at_s: float) -> None:
        """Take one line as an event of its own."""
        code, colon, data = line.partition(":")
        if not colon or code not in _CODES:
            self.stray(f"no part begins with {line[:8]!r}")
        self.event(SseEvent(data, code), at_s)

    def event(self, event: SseEvent, at_s: float) -> None:
        """Take one part; the value of many is no object."""
        value = json_or_none(event.data)
        wrapped = event if isinstance(value, dict) or value is None else SseEvent(json.dumps({"": value}), event.type)
        super().event(wrapped, at_s)

    def mark(self, event: SseEvent, value: object) -> Mark | None:
        """`d` ends a message, and `3` tells an error."""
        del value
        marks: dict[str, Mark] = {"d": "done", "3": "error", "0": "text", "9": "text", "c": "text"}
        if event.type == "d" and self.reading.tail == ["error"]:
            return None
        return marks.get(event.type, "other")

    def take(self, event: SseEvent, value: dict[str, Any]) -> bool:
        """Take one part."""
        call = str(value.get("toolCallId") or "")
        match event.type:
            case "f":
                self.named(value.get("messageId"))
            case "0":
                return self.say(value.get(""))
            case "g":
                self.think(value.get(""))
            case "3":
                self.fail(event.data, value.get(""))
            case "9" | "b" | "c":
                kind = {"9": "tool-input-available", "b": "tool-input-start", "c": "tool-input-delta"}[event.type]
                told = {**value, "input": value.get("args"), "inputTextDelta": value.get("argsTextDelta")}
                return self._call(kind, call, told)
            case "d":
                self._finish(value)
        return False
