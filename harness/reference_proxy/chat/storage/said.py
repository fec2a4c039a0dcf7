"""What a model is told of a conversation: messages as they were said, calls of tools and their results among them.

The one rule: no call of a tool is told without its results, and no result without its call; providers refuse that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.reference_proxy.chat.storage.tables import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message: `tool_calls` as OpenAI has them, `tool_call_id` that of the call whose result it is."""

    role: str
    content: str
    tool_calls: tuple[dict[str, Any], ...] = ()
    tool_call_id: str | None = None

    def as_openai(self) -> dict[str, Any]:
        """The message as a chat completion takes it."""
        document: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.tool_calls:
            document |= {"content": self.content or None, "tool_calls": list(self.tool_calls)}
        if self.tool_call_id is not None:
            document["tool_call_id"] = self.tool_call_id
        return document


def of(rows: Sequence[Message]) -> tuple[Said, ...]:
    """What these messages of one branch, oldest first, say to a model."""
    told: list[Said] = []
    for at, row in enumerate(rows):
        calls = tuple(row.tool_calls or ())
        if calls and {call["id"] for call in calls} != _answered_behind(rows, at):
            calls = ()
        if row.role == "tool" and not _is_asked_for(row, told):
            continue
        if row.content or calls or row.role == "tool":
            told.append(Said(role=row.role, content=row.content, tool_calls=calls, tool_call_id=row.tool_call_id))
    return tuple(told)


def _answered_behind(rows: Sequence[Message], at: int) -> set[str | None]:
    answered: set[str | None] = set()
    for row in rows[at + 1 :]:
        if row.role != "tool":
            break
        answered.add(row.tool_call_id)
    return answered


def _is_asked_for(row: Message, told: Sequence[Said]) -> bool:
    before = next((each for each in reversed(told) if each.role != "tool"), None)
    return before is not None and any(call["id"] == row.tool_call_id for call in before.tool_calls)
