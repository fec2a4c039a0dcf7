"""An answer that is still coming: its text piece by piece, and whole.

The one rule: every piece is read once and kept, so that the pieces and the whole can be asked for in any order, by
several readers at once, and all of them see the same. Who wants neither any more closes it, which ends the call.
"""

import asyncio
import builtins
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from typing import Any, Final, Self, TypeAlias

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers.failures import wall_clock
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.in_process.errors import public

OnChunk: TypeAlias = Callable[[str], Awaitable[object] | object]
"""Gets each piece of text as it comes; what it awaits holds the answer up."""
NextItem: TypeAlias = Callable[[], Awaitable[bytes | None]]


class StreamingAnswer:
    """One answer as a stream: `async for text in answer.stream`, or `await answer.full_response()`.

    Where several answers were asked for, this is the first of them. `finish_reason` and `usage` are there at the end.
    Raises what `handle_request` raises when the answer breaks off, with the text so far in `partial`.
    """

    object: Final = "chat.completion.chunk"
    streaming: Final = True

    def __init__(
        self, next_item: NextItem, *, answer_id: str, model: str, on_chunk: OnChunk | None, held: ExitStack
    ) -> None:
        self.id = answer_id
        self.model = model
        self.created = int(wall_clock())
        self.finish_reason: str | None = None
        self.usage: builtins.object = None
        self._next_item = next_item
        self._on_chunk = on_chunk
        self._held = held
        self._pieces: list[str] = []
        self._turn = asyncio.Lock()
        self._ended = False
        self._error: ProxyError | None = None

    @property
    def stream(self) -> AsyncIterator[str]:
        """The text from its start, piece by piece; each iterator goes its own way."""
        return self._iterate()

    async def full_response(self) -> str:
        """Return the whole text, once it is there."""
        while await self._more(len(self._pieces)):
            pass
        return "".join(self._pieces)

    async def aclose(self) -> None:
        """Want no more of it: where nobody else waits for the same answer, the call to upstream ends."""
        self._ended = True
        self._held.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: builtins.object) -> None:
        await self.aclose()

    async def _iterate(self) -> AsyncIterator[str]:
        at = 0
        while at < len(self._pieces) or await self._more(at):
            yield self._pieces[at]
            at += 1

    async def _more(self, known: int) -> bool:
        """Read on until there are more pieces than `known`; False when there will never be."""
        async with self._turn:
            while len(self._pieces) <= known:
                if self._error is not None:
                    raise public(self._error, partial="".join(self._pieces))
                if self._ended:
                    return False
                await self._read()
        return True

    async def _read(self) -> None:
        try:
            item = await self._next_item()
        except ProxyError as error:
            self._error = error
            await self.aclose()
            return
        if item is None:
            await self.aclose()
            return
        text = self._take(jsontext.loads((b"{" + item).decode()))
        if not text:
            return
        self._pieces.append(text)
        if self._on_chunk is not None:
            told = self._on_chunk(text)
            if isinstance(told, Awaitable):
                await told

    def _take(self, chunk: Any) -> str:  # noqa: ANN401 - any JSON
        self.usage = chunk.get("usage") or self.usage
        first = next((choice for choice in chunk["choices"] if choice["index"] == 0), None)
        if first is None:
            return ""
        self.finish_reason = first["finish_reason"] or self.finish_reason
        return first["delta"].get("content") or ""
