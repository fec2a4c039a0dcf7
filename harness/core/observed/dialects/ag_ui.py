"""AG-UI over server-sent events: one run, its messages, reasoning and tool calls each started, filled and ended.

Source: `@ag-ui/core` and `@ag-ui/client` 1.0, whose verifier refuses what is noted here.
"""

from __future__ import annotations

import json
from typing import Any

from harness.core.observed.dialects.stream import EventReader
from harness.core.observed.reading import Mark, Reading, ToolCall
from harness.core.observed.sse import SseEvent


class AgUiReader(EventReader):
    """One run."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self._running = False
        self._open: set[str] = set()
        self._calls: dict[str, ToolCall] = {}
        self._closed: set[str] = set()

    def mark(self, event: SseEvent, value: object) -> Mark | None:
        """A run is finished or ends in an error."""
        del event  # events have no names here
        kind = str(value.get("type")) if isinstance(value, dict) else ""
        if kind == "RUN_FINISHED":
            return "done"
        if kind == "RUN_ERROR":
            return "error"
        return "text" if kind.startswith(("TEXT_MESSAGE_", "TOOL_CALL_")) else "other"

    def take(self, event: SseEvent, value: dict[str, Any]) -> bool:
        """Take one event."""
        kind = str(value.get("type"))
        if not self._running and kind not in ("RUN_STARTED", "RUN_ERROR"):
            self.stray(f"{kind} came before RUN_STARTED")
        match kind:
            case "RUN_STARTED":
                if self._running:
                    self.stray("RUN_STARTED came twice")
                self._running = True  # its id is the client's own
            case "RUN_FINISHED":
                self._finished()
            case "RUN_ERROR":
                self.fail(event.data, value.get("message"))
        if kind.startswith("TEXT_MESSAGE_"):
            return self._text(kind, str(value.get("messageId") or ""), value)
        if kind.startswith("REASONING_"):
            self._thought(kind, str(value.get("messageId") or ""), value)
        return self._tool(kind, str(value.get("toolCallId") or ""), value) if kind.startswith("TOOL_CALL_") else False

    def _text(self, kind: str, message: str, value: dict[str, Any]) -> bool:
        what = f"message {message}"
        match kind:
            case "TEXT_MESSAGE_START":
                self._begin(kind, what)
                self.named(None if self.reading.ids else message)
            case "TEXT_MESSAGE_CONTENT":
                self._about(kind, what)
                if not value.get("delta"):
                    self.stray("TEXT_MESSAGE_CONTENT has an empty delta")
            case "TEXT_MESSAGE_END":
                self._about(kind, what, ends=True)
        return self.say(value.get("delta"))

    def _thought(self, kind: str, message: str, value: dict[str, Any]) -> None:
        what = f"reasoning {message}" if kind.startswith("REASONING_MESSAGE_") else f"reasoning span {message}"
        match kind:
            case "REASONING_START" | "REASONING_MESSAGE_START":
                self._begin(kind, what)
            case "REASONING_MESSAGE_CONTENT":
                self._about(kind, what)
            case "REASONING_END" | "REASONING_MESSAGE_END":
                self._about(kind, what, ends=True)
        if kind in ("REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_CHUNK"):
            self.think(value.get("delta"))

    def _tool(self, kind: str, call: str, value: dict[str, Any]) -> bool:
        what = f"call {call}"
        match kind:
            case "TOOL_CALL_START":
                self._begin(kind, what)
                self._calls[call] = self.call(len(self._calls), value.get("toolCallId"), value.get("toolCallName"))
                return True
            case "TOOL_CALL_ARGS":
                self._about(kind, what)
            case "TOOL_CALL_CHUNK":
                if call and call not in self._calls:
                    self._calls[call] = self.call(len(self._calls), call, value.get("toolCallName"))
                call = call or next(reversed(self._calls), "")
            case "TOOL_CALL_END":
                self._about(kind, what, ends=True)
        return self._argue(call, value.get("delta"))

    def whole(self, value: dict[str, Any]) -> None:
        """Take the object of an error; whole answers that are no stream are unknown here."""
        error = value.get("error") or value.get("message")
        if error:
            told = error.get("message") if isinstance(error, dict) else error
            self.fail(json.dumps(value), told)
            self.reading.tail.append("error")

    def _begin(self, kind: str, what: str) -> None:
        if what in self._open or what in self._closed:
            self.stray(f"{kind} came twice for {what}")
        self._open.add(what)

    def _about(self, kind: str, what: str, *, ends: bool = False) -> None:
        if what not in self._open:
            self.stray(f"{kind} is about {what}, which is not open")
        if ends:
            self._open.discard(what)
            self._closed.add(what)

    def _argue(self, call: str, piece: object) -> bool:
        if call not in self._calls or not isinstance(piece, str):
            return False
        self._calls[call].arguments += piece
        return bool(piece)

    def _finished(self) -> None:
        if self._open:
            self.stray(f"RUN_FINISHED came while {min(self._open)} was open")
        _ = self.choice  # a run that said nothing is an answer all the same
