"""An answer as the AI SDK's data stream, version 1, which its older `useChat` reads (`ai` 3 and 4).

    f, 8, g..., 0..., 9..., 8, e, d

The first 8, a note on the message, has the ids of the conversation and of the question; the second has what the answer
took. Calls of tools come piece by piece as well (b, c).

The one rule: `d` is said once, last, and only of an answer that is whole and on disk.
"""

from collections.abc import Iterator

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.chat.ids import mark_of
from harness.reference_proxy.chat.routes.events import EventStream
from harness.reference_proxy.chat.routes.words import Json, known, usage
from harness.reference_proxy.chat.storage.turns import Begun, Outcome
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.ai_sdk.data_stream import DataStream
from harness.reference_proxy.faces.face import Head


class DataMessage:
    """The wording of one answer, in the words of the face that stands in front of a model."""

    has_ids = False

    def __init__(self) -> None:
        self._words = _words()

    def begin(self, begun: Begun, model: str) -> Iterator[bytes]:
        """Say where the question and its answer are kept."""
        self._words = _words(mark_of(begun.answer_id), model)
        yield b"".join(self._words.begin()) + _note(known(begun, model))

    def accept(self, chunk: Chunk) -> Iterator[bytes]:
        """What one chunk adds."""
        yield from self._words.accept(chunk)

    def end(self, outcome: Outcome) -> Iterator[bytes]:
        """Say that the answer is whole."""
        counts = {"prompt_tokens": outcome.prompt_tokens, "completion_tokens": outcome.completion_tokens}
        yield from self._words.accept({"choices": [], "usage": counts})  # also where we had to estimate them
        yield _note({"usage": usage(outcome)}) + b"".join(self._words.end())


class DataEventStream(EventStream):
    """The same on its way to one client."""

    form = DataStream.headers

    async def _break_off(self, error: ProxyError) -> None:
        await self.send(b"".join(_words().fail(error)))


def _words(mark: str = "", model: str = "") -> DataStream:
    return DataStream(Head(mark=mark, model=model, created_s=0))


def _note(told: Json) -> bytes:
    return b"8:" + jsontext.dumps([told]) + b"\n"
