"""One streamed answer of a chat service as it comes: the AI SDK's UI message stream, and its older data stream.

Forms: the AI SDK's documentation, "Stream Protocols": `data: {"type": "text-delta", "delta": ...}` as server-sent
events, or lines such as `0:"text"` and `d:{"finishReason": ...}`.

The one rule: an answer is whole only when the stream said `finish`, and nothing went wrong before.
"""

from __future__ import annotations

import json
from typing import Any

from harness.core.observed.sse import Decoder


class Streamed:
    """Takes a body piece by piece. `begun_s` is when its first text came, `conversation` what its start called its
    conversation by the name of that field."""

    def __init__(self, *, conversation_field: str = "conversationId") -> None:
        self.texts: list[str] = []
        self.begun_s: float | None = None
        self.conversation = ""
        self.finished = False
        self.error = ""
        self._field = conversation_field
        self._events = Decoder()
        self._line = b""
        self._is_lines: bool | None = None

    @property
    def text(self) -> str:
        """The answer as far as it has come."""
        return "".join(self.texts)

    def feed(self, data: bytes, at_s: float) -> None:
        """Take more of the body, which was read at that time."""
        if self._is_lines is None and data:
            self._is_lines = data[1:2] == b":" and not data.startswith(b":")
        if self._is_lines:
            *lines, self._line = (self._line + data).split(b"\n")
            for line in lines:
                self._take_line(line, at_s)
            return
        for event in self._events.feed(data):
            if event.data != "[DONE]":
                self._take_part(_read(event.data), at_s)

    def _take_line(self, line: bytes, at_s: float) -> None:
        kind, _, value = line.decode("utf-8", "replace").partition(":")
        try:
            told = json.loads(value)
        except ValueError:
            return
        if kind == "0" and isinstance(told, str):
            self._take_text(told, at_s)
        elif kind == "3":
            self.error = str(told)
        elif kind == "d":
            self.finished = True

    def _take_part(self, part: dict[str, Any], at_s: float) -> None:
        match part.get("type"):
            case "text-delta":
                self._take_text(str(part.get("delta", "")), at_s)
            case "start":
                known = part.get("messageMetadata")
                named = {**part, **(known if isinstance(known, dict) else {})}.get(self._field)
                self.conversation = named if isinstance(named, str) else ""
            case "finish":
                self.finished = True
            case "error":
                self.error = str(part.get("errorText", "an error"))
            case _:
                pass  # other parts say nothing about how far the answer is

    def _take_text(self, text: str, at_s: float) -> None:
        if text:
            self.texts.append(text)
            self.begun_s = at_s if self.begun_s is None else self.begun_s


def _read(data: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
