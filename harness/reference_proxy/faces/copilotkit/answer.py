"""An answer as the object that CopilotKit's schema describes, while it comes in.

The one rule: chunks are read when a field wants more and no sooner, so that a client who reads slowly is felt upstream.
An answer that breaks off has failed, and so has the message that was open; neither ever succeeds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.calls import OneByOne
from harness.reference_proxy.faces.copilotkit.growing import Growing
from harness.reference_proxy.faces.face import Head, Json

NextChunk: TypeAlias = Callable[[], Awaitable[Json | None]]
"""Gives the next chunk of an answer, None after the last; raises ProxyError where it breaks off."""

_TURNS: Final = 16
"""Turns of the loop after which a reader has begun, unless it waits for the very thing that waits for it."""


class Answer:
    """One answer. `failure` is why it broke off, None for as long as it has not."""

    def __init__(self, head: Head, next_chunk: NextChunk, *, thread_id: str, run_id: str) -> None:
        self.failure: ProxyError | None = None
        self._head = head
        self._next_chunk = next_chunk
        self._thread_id = thread_id
        self._run_id = run_id
        self._reading = asyncio.Lock()
        self._moved = asyncio.Event()
        self._read = 0
        self._ended = False
        self._listed: Growing[Json] = Growing(more=self._more, moved=self._moved.set)
        self._messages: list[_Message] = []
        self._text: _Message | None = None  # the one that is open
        self._calls = OneByOne(head.mark)
        self._called: dict[int, _Message] = {}  # by index

    def fields(self) -> Json:
        """Return what graphql-core takes for a `CopilotResponse`."""
        return {
            "threadId": self._thread_id,
            "runId": self._run_id,
            "extensions": None,
            "metaEvents": [],
            "messages": lambda _: self._listed.read(),
            "status": lambda _: self._status(),
        }

    async def _status(self) -> Json:
        await self._until(lambda: self._ended)
        if self.failure is None:
            return {"__typename": "SuccessResponseStatus", "code": "Success"}
        begun = {"messageId": self._messages[-1].id} if self._messages else {}
        return {
            "__typename": "FailedResponseStatus",
            "code": "Failed",
            "reason": "MESSAGE_STREAM_INTERRUPTED" if begun else "UNKNOWN_ERROR",
            "details": {**begun, "description": self.failure.message, "code": self.failure.code},
        }

    async def _status_of(self, message: "_Message") -> Json:
        await self._until(lambda: message.closed)
        if message.broken is None:
            return {"__typename": "SuccessMessageStatus", "code": "Success"}
        return {"__typename": "FailedMessageStatus", "code": "Failed", "reason": message.broken.message}

    async def _until(self, reached: Callable[[], bool]) -> None:
        """Wait for what only reading on brings about, but never get ahead of those who read."""
        turns = 0
        while True:
            lists: list[Growing[Any]] = [self._listed, *(message.pieces for message in self._messages)]
            if any(each.behind for each in lists):
                self._moved.clear()
                await self._moved.wait()
            elif any(each.to_begin for each in lists) and turns < _TURNS:
                turns += 1
                await asyncio.sleep(0)
            elif reached():
                return
            else:
                turns = 0
                await self._more()

    async def _more(self) -> None:
        """Read one more chunk, unless somebody else has done so meanwhile."""
        seen = self._read
        async with self._reading:
            if self._read != seen or self._ended:
                return
            try:
                chunk = await self._next_chunk()
            except ProxyError as error:
                self.failure = error
                chunk = None
            self._read += 1
            if chunk is None:
                self._end()
            else:
                self._take(chunk)

    def _take(self, chunk: Json) -> None:
        for choice in chunk["choices"]:
            if choice["index"] != 0:
                continue
            if text := choice["delta"].get("content"):
                if self._text is None:
                    self._text = self._opened("TextMessageOutput", self._own_id(), role="assistant")
                self._text.pieces.add(text)
            for piece in choice["delta"].get("tool_calls") or []:
                for call in self._calls.accept(piece):
                    self._call(call)

    def _call(self, call: Mapping[str, Any]) -> None:
        function = call["function"]
        if "id" in call:
            parent = self._messages[0].id if self._messages else None
            if self._text is not None:
                self._text.close(None)
                self._text = None
            named = {"name": function["name"], "parentMessageId": parent}
            self._called[call["index"]] = self._opened("ActionExecutionMessageOutput", call["id"], **named)
        if piece := function["arguments"]:
            self._called[call["index"]].pieces.add(piece)

    def _opened(self, kind: str, message_id: str, **told: object) -> "_Message":
        message = _Message(message_id, Growing(more=self._more, moved=self._moved.set))
        self._messages.append(message)
        created_at = datetime.fromtimestamp(self._head.created_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self._listed.add(
            {
                "__typename": kind,
                "id": message_id,
                "createdAt": created_at,
                "status": lambda _: self._status_of(message),
                "content": lambda _: message.pieces.read(),
                "arguments": lambda _: message.pieces.read(),
                **told,
            }
        )
        return message

    def _own_id(self) -> str:
        return f"msg_{self._head.mark}" + (f"_{len(self._messages)}" if self._messages else "")

    def _end(self) -> None:
        if self.failure is None:
            for call in self._calls.end():
                self._call(call)
        for message in self._messages:
            message.close(self.failure)
        self._listed.end()
        self._ended = True
        self._moved.set()


class _Message:
    """One message of an answer: `broken` is why it broke off, where it did."""

    def __init__(self, message_id: str, pieces: Growing[str]) -> None:
        self.id = message_id
        self.pieces = pieces
        self.closed = False
        self.broken: ProxyError | None = None

    def close(self, broken: ProxyError | None) -> None:
        """Let nothing follow; the first to say so is right."""
        if not self.closed:
            self.closed, self.broken = True, broken
            self.pieces.end()
