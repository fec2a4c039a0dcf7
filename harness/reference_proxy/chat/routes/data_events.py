"""An answer as the AI SDK's data stream, version 1, which its older `useChat` reads (`ai` 3 and 4).

    f, 8, 0..., 9..., 8, e, d

The first 8, a note on the message, has the ids of the conversation and of the question; the second has what the answer
took. Calls of tools come piece by piece as well (b, c).

The one rule: `d` is said once, last, and only of an answer that is whole and on disk.
"""

from typing import Any

from aiohttp import web

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.chat.ids import mark_of
from harness.reference_proxy.chat.routes.events import EventStream, Json
from harness.reference_proxy.chat.storage.turns import Outcome
from harness.reference_proxy.chat.turns import Turn
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.ai_sdk.data_stream import DataStream
from harness.reference_proxy.faces.face import Head


class DataEventStream(EventStream):
    """The same answer in the older form, in the words of the face that stands in front of a model."""

    form = DataStream.headers

    def __init__(self, request: web.Request, turn: Turn, **more: Any) -> None:  # noqa: ANN401 - as `EventStream` takes it
        super().__init__(request, turn, **more)
        self._words = DataStream(Head(mark=mark_of(turn.begun.answer_id), model=turn.prompt.model, created_s=0))

    async def send(self, chunk: Chunk) -> None:
        """What one chunk adds."""
        if told := b"".join(self._words.accept(chunk)):
            await self._write(told)

    async def _begin(self, answer_id: str, known: Json) -> None:
        await self._write(b"".join(self._words.begin()) + _note(known))

    async def _end(self, outcome: Outcome, usage: Json) -> None:
        counts = {"prompt_tokens": outcome.prompt_tokens, "completion_tokens": outcome.completion_tokens}
        for _ in self._words.accept({"choices": [], "usage": counts}):  # also where we had to estimate them
            pass
        await self._write(_note({"usage": usage}) + b"".join(self._words.end()))

    async def _break_off(self, error: ProxyError) -> None:
        await self._write(b"".join(self._words.fail(error)))


def _note(told: Json) -> bytes:
    return b"8:" + jsontext.dumps([told]) + b"\n"
