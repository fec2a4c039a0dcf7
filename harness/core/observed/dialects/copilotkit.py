"""CopilotKit's GraphQL: one object, or its increments as parts of a `multipart/mixed` body or as events.

An increment is put in its place by its path, whatever order they come in. Each text of a `content` list is one piece.
Errors of an increment are the answer's: urql gathers them, and CopilotKit's client stops at the first.
Source: `@copilotkit/runtime-client-gql` and `@copilotkit/runtime` 1.8; graphql-yoga's incremental delivery.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar, Final

from harness.core.observed.dialects.stream import EventReader, objects, table
from harness.core.observed.reading import Mark, Reading, ToolCall
from harness.core.observed.sse import SseEvent

_FIELD: Final = "generateCopilotResponse"
_TEXT: Final = "TextMessageOutput"
_CALL: Final = "ActionExecutionMessageOutput"
_KINDS: Final = frozenset(
    {_TEXT, _CALL, "ResultMessageOutput", "AgentStateMessageOutput", "ImageMessageOutput", "None"}
)


class CopilotReader(EventReader):
    """One answer of `generateCopilotResponse`."""

    media: ClassVar[str] = "multipart/mixed"

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        reading.over_at_error = True
        self._kinds: dict[int, str] = {}
        self._pieces: dict[tuple[int, str], int] = {}
        self._tools: dict[int, ToolCall] = {}
        self._begun = False
        self._code = ""

    def mark(self, event: SseEvent, value: object) -> Mark | None:
        """The last part says that there is no next one. Statuses come in no order with what they are about."""
        if event.type == "complete" and not event.data:
            return None
        told = table(value)
        if told.get("hasNext") is False:
            failed = self.reading.error is not None or bool(_errors(told)) or _is_failed(told)
            return "error" if failed else "done"
        said = any(each.get("items") for each in _increments(told) if _is_about_messages(each.get("path")))
        return "text" if said else "other"

    def take(self, event: SseEvent, value: dict[str, Any]) -> bool:
        """Take one part."""
        brought = False
        if "data" in value:
            if self._begun:
                self.stray("the first result came twice")
            self._begun = True
            brought = self._result(table(table(value.get("data")).get(_FIELD)))
        elif not self._begun and not value.get("errors"):
            self.stray("an increment came before the first result")
        for each in _increments(value):
            brought = self._increment(each) or brought
        if not isinstance(value.get("hasNext"), bool):
            self.stray("a part does not say whether there is a next one")
        for error in _errors(value)[:1]:
            self.fail(event.data, error.get("message"))
        if value.get("hasNext") is False:
            self._over()
        return brought

    def whole(self, value: dict[str, Any]) -> None:
        """Take a whole result, or errors instead of one."""
        for error in objects(value.get("errors"))[:1]:
            self.fail(json.dumps(value), error.get("message"))
            self.reading.tail.append("error")
        if value.get("errors"):
            return
        if "error" in value:
            self.fail(json.dumps(value), table(value["error"]).get("message") or value["error"])
            self.reading.tail.append("error")
            return
        result = table(table(value.get("data")).get(_FIELD))
        if result:
            self._result(result)
            _ = self.choice

    def _result(self, result: dict[str, Any]) -> bool:
        self._status(result)
        brought = [self._message(at, each) for at, each in enumerate(objects(result.get("messages")))]
        return any(brought)

    def _increment(self, increment: dict[str, Any]) -> bool:
        path = increment.get("path")
        match path:
            case [str(field), "messages", int(at)] if field == _FIELD and "items" in increment:
                messages = objects(increment["items"])
                brought = [self._message(at + more, each) for more, each in enumerate(messages)]
                return any(brought)
            case [str(field), "messages", int(at), ("content" | "arguments") as name, int(number)] if field == _FIELD:
                return self._piece(at, name, number, increment.get("items"))
            case [str(field)] if field == _FIELD:
                self._status(table(increment.get("data")))
            case [str(field), "messages", int(at)] if field == _FIELD:
                if at not in self._kinds:
                    self.stray(f"an increment is about message {at}, which has not come")
            case [str(field), "metaEvents", *_] if field == _FIELD:
                pass
            case _:
                self.stray(f"an increment has the path {json.dumps(path)[:40]}")
        return False

    def _message(self, at: int, message: dict[str, Any]) -> bool:
        if at in self._kinds:
            self.stray(f"message {at} came twice")
        kind = str(message.get("__typename"))
        if kind not in _KINDS:
            self.stray(f"no message is of the type {kind!r:.30}")
        self._kinds[at] = kind
        if kind == _CALL:
            self._tools[at] = self.call(at, message.get("id"), message.get("name"))
            self._piece(at, "arguments", 0, message.get("arguments"))
            return True
        return self._piece(at, "content", 0, message.get("content")) if kind == _TEXT else False

    def _piece(self, at: int, name: str, number: int, items: object) -> bool:
        wanted = _CALL if name == "arguments" else _TEXT
        if self._kinds.get(at) != wanted:
            self.stray(f"a piece of {name} is about message {at}, which is no {wanted}")
        pieces = [items] if isinstance(items, str) else items if isinstance(items, list) else []
        if number != self._pieces.get((at, name), 0):
            self.stray(f"piece {number} of message {at} came, number {self._pieces.get((at, name), 0)} was to come")
        self._pieces[at, name] = number + len(pieces)
        texts = [each for each in pieces if isinstance(each, str)]
        if name == "arguments" and at in self._tools:
            self._tools[at].arguments += "".join(texts)
            return bool(texts)
        said = [self.say(each) for each in texts]
        return any(said)

    def _status(self, result: dict[str, Any]) -> None:
        status = table(result.get("status"))
        code = str(status.get("code") or "")
        if code and code not in ("Pending", "Success", "Failed"):
            self.stray(f"no status has the code {code!r:.20}")
        self._code = code or self._code
        if code == "Failed":
            details = table(status.get("details"))
            told = details.get("description") or details.get("message") or details.get("error")
            self.fail(json.dumps(status), told or status.get("reason"))

    def _over(self) -> None:
        if self.reading.error is None and self._code != "Success":
            self.stray(f"the last part came and the status is {self._code or 'unsaid'}")
        _ = self.choice


def _is_about_messages(path: object) -> bool:
    return isinstance(path, list) and "messages" in path


def _increments(value: dict[str, Any]) -> list[dict[str, Any]]:
    return objects(value.get("incremental"))


def _errors(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [error for each in (value, *_increments(value)) for error in objects(each.get("errors"))]


def _is_failed(value: dict[str, Any]) -> bool:
    results = [table(table(value.get("data")).get(_FIELD)), *(table(each.get("data")) for each in _increments(value))]
    return any(table(result.get("status")).get("code") == "Failed" for result in results)
