"""Where a chat service takes questions and shows conversations, and what its answers hold.

The one rule: names are looked up here and nowhere else, so that a target that has others needs no other code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

_PAGE: Final = {"{limit}": "20", "{offset}": "0"}


class Names(Protocol):
    """What fields are called, as a target file says."""

    message: str
    conversation: str
    role: str
    content: str


class Claim(Protocol):
    """A chat service as a target file describes it: each route is a method and a path."""

    ask: str
    list: str
    read: str
    names: Any
    conversation_header: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatApi:
    """The paths and names of a chat service; `{conversation}` stands for a conversation's id.

    The id of a new conversation is in a header of the answer, or else in a field of its first event.
    """

    ask: str = "/api/v1/chat"
    listing: str = "/api/v1/chat?limit=20"
    read: str = "/api/v1/chat/{conversation}?limit=20"
    conversation_header: str | None = "X-Conversation-Id"
    message_field: str = "message"
    conversation_field: str = "conversationId"
    role_field: str = "role"
    content_field: str = "content"
    messages_field: str = "messages"

    @classmethod
    def claimed(cls, claim: Claim) -> ChatApi:
        """Return what a target file claims."""
        names: Names = claim.names
        return cls(
            ask=_path(claim.ask),
            listing=_path(claim.list),
            read=_path(claim.read),
            conversation_header=claim.conversation_header,
            message_field=names.message,
            conversation_field=names.conversation,
            role_field=names.role,
            content_field=names.content,
        )

    def question(self, text: str, conversation_id: str) -> dict[str, Any]:
        """Return the document that asks; without an id it begins a conversation."""
        known = {self.conversation_field: conversation_id} if conversation_id else {}
        return {self.message_field: text, **known}

    def path_of(self, conversation_id: str) -> str:
        """Return where a conversation is read."""
        return self.read.replace("{conversation}", conversation_id)

    def answers(self, document: object) -> tuple[str, ...]:
        """Return the text of every answer that a conversation, as it was read, shows as whole."""
        found = document.get(self.messages_field) if isinstance(document, dict) else None
        messages = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        return tuple(
            str(each.get(self.content_field))
            for each in messages
            if each.get(self.role_field) == "assistant" and _is_whole(each)
        )


def _path(route: str) -> str:
    _, _, path = route.partition(" ")
    for placeholder, value in _PAGE.items():
        path = path.replace(placeholder, value)
    return path


def _is_whole(message: Mapping[str, Any]) -> bool:
    """Whether a message is shown as whole; a service that does not tell shows nothing else."""
    return message.get("complete") is not False and message.get("status") in (None, "complete")


DOCUMENTED: Final = ChatApi()
"""The paths and names of the document that the targets are from."""
