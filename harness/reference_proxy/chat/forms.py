"""How things look in JSON: names in camel case, times in ISO 8601, costs as numbers.

The one rule: an answer that is not whole says so wherever it is shown.
"""

from datetime import datetime
from typing import Any

from pydantic.alias_generators import to_camel

from harness.reference_proxy.chat.configured import NANOS
from harness.reference_proxy.chat.storage.conversations import Hit, Totals
from harness.reference_proxy.chat.storage.tables import Agent, Conversation, Key, Message
from harness.reference_proxy.chat.storage.usage import Usage

Json = dict[str, Any]
_SNIPPET_CHARS = 80  # on either side of what was found


def conversation(row: Conversation, *, user_id: str) -> Json:
    """A conversation without its messages, as its reader sees it."""
    return {
        "id": row.id,
        "title": row.title,
        "own": row.user_id == user_id,
        "agentId": row.agent_id,
        "messageCount": row.message_count,
        "headMessageId": row.head_message_id,
        "lastMessageAt": moment(row.last_message_at),
        "lastMessage": row.last_assistant_message,
        "archived": row.archived,
        "shared": row.shared,
        "createdAt": moment(row.created_at),
        "updatedAt": moment(row.updated_at),
    }


def message(row: Message) -> Json:
    """One message; `complete` is false for an answer that is not, or not yet, whole."""
    told: Json = {
        "id": row.id,
        "conversationId": row.conversation_id,
        "parentMessageId": row.parent_message_id,
        "role": row.role,
        "content": row.content,
        "status": row.status,
        "complete": row.status == "complete",
        "createdAt": moment(row.created_at),
        "completedAt": moment(row.completed_at),
    }
    if row.role == "assistant":
        told |= {
            "toolCalls": row.tool_calls,
            "error": row.error,
            "agentId": row.agent_id,
            "model": row.model,
            "finishReason": row.finish_reason,
            "usage": usage_of(row),
        }
    if row.role == "tool":
        told["toolCallId"] = row.tool_call_id
    return told


def usage_of(row: Message) -> Json | None:
    """What one answer took; None while nobody knows."""
    if row.total_tokens is None:
        return None
    return {
        "promptTokens": row.prompt_tokens,
        "completionTokens": row.completion_tokens,
        "totalTokens": row.total_tokens,
        "estimated": row.tokens_estimated,
        "cost": cost(row.cost_nanos or 0),
    }


def totals(found: Totals) -> Json:
    """What a conversation took."""
    return {
        "promptTokens": found.prompt_tokens,
        "completionTokens": found.completion_tokens,
        "totalTokens": found.total_tokens,
        "cost": cost(found.cost_nanos),
    }


def usage(row: Usage, by: str) -> Json:
    """What one model took in a day or month."""
    return {
        by: row.period,
        "model": row.model,
        "answers": row.answers,
        "promptTokens": row.prompt_tokens,
        "completionTokens": row.completion_tokens,
        "totalTokens": row.total_tokens,
        "cost": cost(row.cost_nanos),
    }


def hit(found: Hit, text: str, *, user_id: str) -> Json:
    """Where something was found, with a few words around it."""
    said = found.message.content if found.message else found.conversation.title
    return {
        "conversation": conversation(found.conversation, user_id=user_id),
        "messageId": found.message.id if found.message else None,
        "role": found.message.role if found.message else None,
        "complete": found.message is None or found.message.status == "complete",
        "snippet": _around(said, text),
    }


def agent(row: Agent) -> Json:
    """An agent."""
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "systemPrompt": row.system_prompt,
        "tools": row.tools,
        "model": row.model,
        "parameters": {to_camel(name): value for name, value in row.parameters.items()},
        "createdAt": moment(row.created_at),
        "updatedAt": moment(row.updated_at),
    }


def key(row: Key) -> Json:
    """A key, without its token."""
    return {"id": row.id, "name": row.name, "createdAt": moment(row.created_at)}


def moment(time: datetime | None) -> str | None:
    """A time as clients read it."""
    return None if time is None else time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cost(nanos: int) -> float:
    """A cost in what the prices are in."""
    return nanos / NANOS


def _around(said: str, text: str) -> str:
    at = max(said.lower().find(text.lower()), 0)
    begin, end = max(at - _SNIPPET_CHARS, 0), at + len(text) + _SNIPPET_CHARS
    return ("…" if begin else "") + said[begin:end] + ("…" if end < len(said) else "")
