"""An answer as the AI SDK's UI message stream, which its `useChat` reads (`ai` 5 to 7).

    start, start-step, reasoning-start, reasoning-delta..., reasoning-end, text-start, text-delta..., text-end,
    tool-input-available..., finish-step, finish, [DONE]

The ids of the conversation and of both messages are in `start`, what the answer took is in `finish`.

The one rule: `finish` is said once, last, and only of an answer that is whole and on disk.
"""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.chat.configured import NANOS
from harness.reference_proxy.chat.storage.turns import Begun, Outcome
from harness.reference_proxy.faces.ai_sdk.blocks import Blocks
from harness.reference_proxy.reasoning import reasoning_of

Json: TypeAlias = dict[str, Any]

_FINISHES = {"stop": "stop", "length": "length", "content_filter": "content-filter", "tool_calls": "tool-calls"}
_DONE = b"data: [DONE]\n\n"


def known(begun: Begun, model: str) -> Json:
    """What a client is told first: where its question and the answer are kept."""
    return {"conversationId": begun.conversation_id, "userMessageId": begun.question_id, "model": model}


def usage(outcome: Outcome) -> Json:
    """What a client is told last: what the answer took."""
    return {
        "promptTokens": outcome.prompt_tokens,
        "completionTokens": outcome.completion_tokens,
        "totalTokens": outcome.total_tokens,
        "estimated": outcome.tokens_estimated,
        "cost": (outcome.cost_nanos or 0) / NANOS,
    }


class UiMessage:
    """The wording of one answer."""

    has_ids = True

    def __init__(self) -> None:
        self._blocks = Blocks()

    def begin(self, begun: Begun, model: str) -> Iterator[bytes]:
        """Say where the question and its answer are kept."""
        yield event({"type": "start", "messageId": begun.answer_id, "messageMetadata": known(begun, model)})
        yield event({"type": "start-step"})

    def accept(self, chunk: Chunk) -> Iterator[bytes]:
        """The reasoning and the text in one chunk. Calls of tools are told when they are whole."""
        for choice in chunk["choices"]:
            if not choice["index"]:
                delta = choice["delta"]
                yield from map(event, self._blocks.take(reasoning_of(delta), delta.get("content") or ""))

    def end(self, outcome: Outcome) -> Iterator[bytes]:
        """Say that the answer is whole."""
        yield from map(event, self._blocks.close())
        yield from (event(_called(call)) for call in outcome.tool_calls or [])
        yield event({"type": "finish-step"})
        reason = _FINISHES.get(outcome.finish_reason or "", "other")
        yield event({"type": "finish", "finishReason": reason, "messageMetadata": {"usage": usage(outcome)}})
        yield _DONE


def event(part: Json) -> bytes:
    """One part as an event."""
    return b"data: " + jsontext.dumps(part) + b"\n\n"


def _called(call: Json) -> Json:
    named = {"toolCallId": call["id"] or "call", "toolName": call["function"]["name"]}
    text = call["function"]["arguments"]
    try:
        return {"type": "tool-input-available", **named, "input": json.loads(text or "{}")}
    except ValueError:
        said = "The arguments are not JSON."
        return {"type": "tool-input-error", **named, "input": text, "errorText": said}
