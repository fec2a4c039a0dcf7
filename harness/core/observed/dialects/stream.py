"""What the readers of all these dialects share: an event is looked at, taken, and marked where it ends the answer.

The one rule: a reader takes what a client of the dialect takes, and notes where the order of events is not the
dialect's own. It never refuses to read on.
"""

from __future__ import annotations

from typing import Any, Final

from harness.core.observed.chunks import json_or_none
from harness.core.observed.reading import Choice, Mark, Reading, ToolCall
from harness.core.observed.sse import SseEvent

_MOST_STRAYS: Final = 8
_SHOWN: Final = 120
_ERROR_CHARACTERS: Final = 500


class EventReader:
    """Reads the events of one answer into a reading; a dialect says what they mean."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def event(self, event: SseEvent, at_s: float) -> None:
        """Take one event that was complete `at_s`."""
        reading = self.reading
        reading.event_count += 1
        value = json_or_none(event.data)
        mark = self.mark(event, value)
        if reading.tail:
            if mark is not None:
                reading.tail.append(mark)
            return
        if not isinstance(value, dict) and mark is None:
            return
        if not isinstance(value, dict) and mark not in ("done", "error"):
            reading.malformed.append(event.data[:200])
            return
        if self.take(event, value if isinstance(value, dict) else {}):
            reading.content_times_s.append(at_s)
        if mark == "error":
            self.fail(event.data)
        if mark in ("done", "error"):
            reading.done = reading.done or mark == "done"
            reading.tail.append(mark)

    def mark(self, event: SseEvent, value: object) -> Mark | None:
        """Say what an event is at or behind the end of an answer; None for one that no client minds there."""
        raise NotImplementedError

    def take(self, event: SseEvent, value: dict[str, Any]) -> bool:
        """Take one event that is an object, and tell whether it brought text or a piece of a tool call."""
        raise NotImplementedError

    def whole(self, value: dict[str, Any]) -> None:
        """Take a whole answer that is no stream."""
        raise NotImplementedError

    @property
    def choice(self) -> Choice:
        """The one choice that there is."""
        return self.reading.choices.setdefault(0, Choice())

    def say(self, text: object) -> bool:
        """Take a piece of text."""
        if not isinstance(text, str) or not text:
            return False
        choice = self.choice
        choice.is_odd = choice.is_odd or "\udc00" <= text[0] <= "\udfff"
        choice.parts.append(text)
        return True

    def think(self, text: object) -> None:
        """Take a piece of reasoning."""
        if isinstance(text, str) and text:
            self.choice.said.reasoning.append(text)

    def call(self, at: int, call_id: object, name: object) -> ToolCall:
        """Begin a tool call."""
        if not isinstance(call_id, str) or not call_id:
            self.stray("a tool call has no id")
        elif any(tool.id == call_id for tool in self.choice.tools.values()):
            self.stray(f"two tool calls have the id {call_id!r:.40}")
        tool = ToolCall(id=str(call_id or ""), name=str(name or ""), type="function")
        return self.choice.tools.setdefault(at, tool)

    def finish(self, reason: str | None) -> None:
        """Take why the answer ended, in OpenAI's words."""
        self.choice.finish = plain_finish(reason, has_tools=bool(self.choice.tools))

    def count(self, prompt_tokens: object, completion_tokens: object, **more: object) -> None:
        """Take what the answer cost, in OpenAI's words."""
        told = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens, **more}
        self.reading.usage = {name: value for name, value in told.items() if value is not None}

    def fail(self, said: str, message: object = None) -> None:
        """Take an error; the first one counts."""
        if self.reading.error is None:
            told = message if isinstance(message, str) and message else said
            self.reading.error = told[:_ERROR_CHARACTERS]

    def named(self, answer_id: object) -> None:
        """Take the id of the answer."""
        ids = self.reading.ids
        if isinstance(answer_id, str) and answer_id and answer_id not in ids:
            ids.append(answer_id)

    def stray(self, what: str) -> None:
        """Note a departure from the dialect's grammar, each once."""
        strays, told = self.reading.strays, what[:_SHOWN]
        if told not in strays and len(strays) < _MOST_STRAYS:
            strays.append(told)

    def named_alike(self, event: SseEvent, kind: str) -> None:
        """Note an event whose name is not the type that its data has."""
        if event.type != kind:
            self.stray(f"an event is called {event.type} and its data {kind}")


def plain_finish(reason: str | None, *, has_tools: bool) -> str | None:
    """Return a finish reason as every dialect can tell it; None for one that has no word of its own everywhere."""
    if reason in ("stop", "tool_calls", "function_call"):
        return "tool_calls" if has_tools else "stop"
    return reason if reason in ("length", "content_filter") else None


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, and nothing else that may stand there."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def table(value: object) -> dict[str, Any]:
    """Return an object, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}
