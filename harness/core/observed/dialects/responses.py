"""OpenAI's Responses API: numbered events about one item at a time, and the whole response again at the end.

Source: OpenAI API reference: responses, streaming events of responses; open-responses. Some gateways send `[DONE]`
behind the last event, which is read past.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from harness.core.observed.dialects.stream import EventReader, objects, table
from harness.core.observed.reading import Mark, Reading, ToolCall, as_utf8
from harness.core.observed.sse import UNNAMED, SseEvent

_ENDS: Final[Mapping[str, Mark]] = {
    "response.completed": "done",
    "response.incomplete": "done",
    "response.failed": "error",
    "error": "error",
}
_REASONS: Final[Mapping[str, str]] = {"max_output_tokens": "length", "content_filter": "content_filter"}
_PIECES: Final = (
    "response.output_text.delta",
    "response.function_call_arguments.delta",
    "response.output_item.added",
)
_DONE: Final = "[DONE]"


class ResponsesReader(EventReader):
    """One answer of the Responses API."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self._number = -1
        self._begun = False
        self._items: dict[int, str] = {}
        """The items that are open, by their place: the type of each."""
        self._added = 0
        self._said: dict[int, list[str]] = {}
        self._tools: dict[int, ToolCall] = {}

    def mark(self, event: SseEvent, value: object) -> Mark | None:
        """A response is completed, incomplete or failed; the failed response behind an error is the same error."""
        if event.data.strip() == _DONE:
            return None
        kind = str(table(value).get("type"))
        if kind == "response.failed" and self.reading.tail == ["error"]:
            return None
        return _ENDS.get(kind, "text" if kind in _PIECES else "error" if event.type == "error" else "other")

    def take(self, event: SseEvent, value: dict[str, Any]) -> bool:
        """Take one event."""
        kind = str(value.get("type"))
        if event.type != UNNAMED:  # some gateways name none, and no client of OpenAI's looks at the names
            self.named_alike(event, kind)
        self._numbered(kind, value.get("sequence_number"))
        at = value.get("output_index")
        place = at if isinstance(at, int) else -1
        match kind:
            case "response.created" | "response.in_progress" | "response.queued":
                self._begun = True
                self.named(table(value.get("response")).get("id"))
            case "response.output_item.added":
                return self._add(place, table(value.get("item")))
            case "response.output_text.delta":
                self._about(kind, place, "message")
                self._said.setdefault(place, []).append(str(value.get("delta") or ""))
                return self.say(value.get("delta"))
            case "response.output_text.done":
                self._compare(place, value.get("text"))
            case "response.refusal.delta" if isinstance(value.get("delta"), str):
                self.choice.said.refusal.append(value["delta"])
            case "response.function_call_arguments.delta":
                return self._argue(kind, place, value.get("delta"))
            case "response.function_call_arguments.done":
                self._argued(place, value.get("arguments"))
            case "response.output_item.done":
                self._close(place, table(value.get("item")))
            case "response.completed" | "response.incomplete" | "response.failed" | "error":
                self._end(event, kind, value)
        return False

    def whole(self, value: dict[str, Any]) -> None:
        """Take a whole response, or the object of an error."""
        error = value.get("error")
        if error or value.get("object") != "response":
            if error:
                told = table(error)
                self.fail(json.dumps(value), told.get("message"))
                self.reading.tail.append("error")
            return
        self.named(value.get("id"))
        for at, item in enumerate(objects(value.get("output"))):
            if item.get("type") == "message":
                self.say(_text_of(item))
            elif item.get("type") == "function_call":
                self.call(at, item.get("call_id"), item.get("name")).arguments = str(item.get("arguments") or "")
        self._ended(value)

    def _numbered(self, kind: str, number: object) -> None:
        if not isinstance(number, int):
            self.stray(f"{kind} has no sequence_number")
        elif number <= self._number:
            self.stray(f"sequence_number {number} came behind {self._number}")
        else:
            self._number = number
        if not self._begun and kind not in ("response.created", "response.queued", "response.failed", "error"):
            self.stray(f"{kind} came before response.created")
            self._begun = True

    def _add(self, place: int, item: dict[str, Any]) -> bool:
        if place != self._added:
            self.stray(f"item {place} was added, number {self._added} was to come")
        self._added += 1
        self._items[place] = str(item.get("type"))
        if self._items[place] != "function_call":
            return False
        self._tools[place] = tool = self.call(place, item.get("call_id"), item.get("name"))
        tool.arguments = str(item.get("arguments") or "")
        return True

    def _about(self, kind: str, place: int, wanted: str) -> None:
        if self._items.get(place) != wanted:
            self.stray(f"{kind} is about item {place}, which is no open {wanted}")

    def _argue(self, kind: str, place: int, piece: object) -> bool:
        self._about(kind, place, "function_call")
        tool = self._tools.get(place)
        if tool is None or not isinstance(piece, str):
            return False
        tool.arguments += piece
        return bool(piece)

    def _argued(self, place: int, arguments: object) -> None:
        tool = self._tools.get(place)
        if tool is not None and isinstance(arguments, str) and arguments != tool.arguments:
            self.stray(f"the arguments of item {place} at its end are not those of its pieces")

    def _compare(self, place: int, text: object) -> None:
        if not _same(text, "".join(self._said.get(place, ()))):
            self.stray(f"the text of item {place} at its end is not that of its pieces")

    def _close(self, place: int, item: dict[str, Any]) -> None:
        if self._items.pop(place, None) is None:
            self.stray(f"item {place} was done, and was not open")
        elif item.get("type") == "message":
            self._compare(place, _text_of(item))

    def _end(self, event: SseEvent, kind: str, value: dict[str, Any]) -> None:
        response = table(value.get("response"))
        if _ENDS[kind] == "error":
            error = table(response.get("error")) or table(value.get("error")) or value
            self.fail(event.data, error.get("message"))
            return
        if self._items:
            self.stray(f"{kind} came before item {min(self._items)} was done")
        if kind != f"response.{response.get('status')}":
            self.stray(f"{kind} holds a response that is {response.get('status')!r:.20}")
        texts = [_text_of(item) for item in objects(response.get("output")) if item.get("type") == "message"]
        if not _same("".join(texts), "".join(self.choice.parts)):
            self.stray("the whole response at the end says another text than its pieces")
        self.named(response.get("id"))
        self._ended(response)

    def _ended(self, response: dict[str, Any]) -> None:
        reason = table(response.get("incomplete_details")).get("reason")
        self.finish("stop" if response.get("status") == "completed" else _REASONS.get(str(reason)))
        if self.choice.finish is None and reason:
            self.choice.finish = str(reason)
        usage = table(response.get("usage"))
        if usage:
            self.count(usage.get("input_tokens"), usage.get("output_tokens"), total_tokens=usage.get("total_tokens"))


def _same(one: object, other: str) -> bool:
    """Whether two texts are the same once the halves of a character that came apart are joined."""
    return isinstance(one, str) and as_utf8(one) == as_utf8(other)


def _text_of(item: dict[str, Any]) -> str:
    parts = [part for part in objects(item.get("content")) if part.get("type") == "output_text"]
    return "".join(str(part.get("text") or "") for part in parts)
