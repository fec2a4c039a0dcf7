"""An answer as the AI SDK's UI message stream, which its `useChat` reads (`ai` 5 to 7).

    start, start-step, text-start, text-delta..., text-end, tool-input-available..., finish-step, finish, [DONE]

The ids of the conversation and of both messages are in `start`, what the answer took is in `finish`.

The one rule: `finish` is said once, last, and only of an answer that is whole and on disk.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from aiohttp import web

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.chat.configured import NANOS
from harness.reference_proxy.chat.storage.turns import Outcome
from harness.reference_proxy.chat.turns import Turn
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http import relay

Json: TypeAlias = dict[str, Any]

_TEXT_ID = "0"
_FINISHES = {"stop": "stop", "length": "length", "content_filter": "content-filter", "tool_calls": "tool-calls"}
_DONE = b"data: [DONE]\n\n"


class EventStream:
    """One answer on its way to a client who has `stall_s` to take anything at all of it."""

    form: Mapping[str, str] = {
        "Content-Type": "text/event-stream; charset=utf-8",
        "X-Vercel-AI-UI-Message-Stream": "v1",
    }
    """What the head says of the form."""

    def __init__(self, request: web.Request, turn: Turn, *, stall_s: float) -> None:
        self._request = request
        self._turn = turn
        self._stall_s = stall_s
        self._texting = False
        self.whole = False
        self.response = web.StreamResponse(
            headers={
                **self.form,
                "Cache-Control": "no-cache",
                "X-Accel-Buffering": "no",
                "X-Conversation-Id": turn.begun.conversation_id,
                "X-Message-Id": turn.begun.answer_id,
            }
        )

    @property
    def begun(self) -> bool:
        """Whether anything has gone out, so that a status can no longer tell what went wrong."""
        return self.response.prepared

    async def start(self) -> None:
        """Say where the question and its answer are kept."""
        await self.response.prepare(self._request)
        begun = self._turn.begun
        known = {
            "conversationId": begun.conversation_id,
            "userMessageId": begun.question_id,
            "model": self._turn.answer.model,
        }
        await self._begin(begun.answer_id, known)

    async def send(self, chunk: Chunk) -> None:
        """The text in one chunk. Calls of tools are told when they are whole."""
        for choice in chunk["choices"]:
            text = choice["delta"].get("content")
            if not text or choice["index"]:
                continue
            if not self._texting:
                self._texting = True
                await self._part({"type": "text-start", "id": _TEXT_ID})
            await self._part({"type": "text-delta", "id": _TEXT_ID, "delta": text})

    async def finish(self, outcome: Outcome) -> None:
        """Say that the answer is whole."""
        usage = {
            "promptTokens": outcome.prompt_tokens,
            "completionTokens": outcome.completion_tokens,
            "totalTokens": outcome.total_tokens,
            "estimated": outcome.tokens_estimated,
            "cost": (outcome.cost_nanos or 0) / NANOS,
        }
        await self._end(outcome, usage)
        await self.response.write_eof()
        self.whole = True

    async def fail(self, error: ProxyError) -> None:
        """Say that the answer ends here without being whole, and end the connection without its framing."""
        self._request[relay.FAILURE] = error.code
        try:
            await self._break_off(error)
        except (ConnectionError, ProxyError):
            relay.abort(self._request)
            return
        await relay.flush_and_abort(self._request)

    async def _begin(self, answer_id: str, known: Json) -> None:
        await self._part({"type": "start", "messageId": answer_id, "messageMetadata": known})
        await self._part({"type": "start-step"})

    async def _end(self, outcome: Outcome, usage: Json) -> None:
        if self._texting:
            await self._part({"type": "text-end", "id": _TEXT_ID})
        for call in outcome.tool_calls or []:
            await self._part(_called(call))
        await self._part({"type": "finish-step"})
        reason = _FINISHES.get(outcome.finish_reason or "", "other")
        await self._part({"type": "finish", "finishReason": reason, "messageMetadata": {"usage": usage}})
        await self._write(_DONE)

    async def _break_off(self, error: ProxyError) -> None:
        await self._part({"type": "error", "errorText": error.message})

    async def _part(self, part: Json) -> None:
        await self._write(b"data: " + jsontext.dumps(part) + b"\n\n")

    async def _write(self, data: bytes) -> None:
        try:
            async with asyncio.timeout(self._stall_s):
                await self.response.write(data)
        except TimeoutError:
            raise ProxyError(408, "The client takes nothing.", kind="timeout", code="client_stalled") from None


def _called(call: Json) -> Json:
    named = {"toolCallId": call["id"] or "call", "toolName": call["function"]["name"]}
    text = call["function"]["arguments"]
    try:
        return {"type": "tool-input-available", **named, "input": json.loads(text or "{}")}
    except ValueError:
        said = "The arguments are not JSON."
        return {"type": "tool-input-error", **named, "input": text, "errorText": said}
