"""An answer as the data stream, version 1 (`ai` 3 and 4, `toDataStreamResponse`): one part a line.

    f: the step starts   g: reasoning   0: text   b, c, 9: a call starts, goes on, is whole
    e: the step ends   d: the message ends   3: an error   8: a note about a call

The one rule: `d` is said once, last, and only of an answer that is whole.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.ai_sdk.words import Call, finish_of
from harness.reference_proxy.faces.calls import OneByOne
from harness.reference_proxy.faces.counts import count
from harness.reference_proxy.faces.face import Head, Json
from harness.reference_proxy.reasoning import reasoning_of


class DataStream:
    """One stream."""

    headers: Mapping[str, str] = {"Content-Type": "text/plain; charset=utf-8", "X-Vercel-AI-Data-Stream": "v1"}
    ends_in_error = False

    def __init__(self, head: Head) -> None:
        self._head = head
        self._pieces = OneByOne()
        self._calls: dict[int, Call] = {}  # by index
        self._finish: object = None
        self._usage: object = None

    def begin(self) -> Iterator[bytes]:
        """Start the only step."""
        yield _part("f", {"messageId": f"msg_{self._head.mark}"})

    def accept(self, chunk: Json) -> Iterator[bytes]:
        """Yield what a chunk adds."""
        self._usage = chunk.get("usage") or self._usage
        for choice in chunk["choices"]:
            if choice["index"] != 0:
                continue
            self._finish = choice["finish_reason"] or self._finish
            if thought := reasoning_of(choice["delta"]):
                yield _part("g", thought)
            if text := choice["delta"].get("content"):
                yield _part("0", text)
            for piece in choice["delta"].get("tool_calls") or []:
                for call in self._pieces.accept(piece):
                    yield from self._call(call)

    def end(self) -> Iterator[bytes]:
        """Give the calls whole, and finish."""
        for call in self._pieces.end():
            yield from self._call(call)
        for called in self._calls.values():
            arguments = called.arguments()
            if arguments is None:
                # There is no part for such a call, and an error would end the message: it stays a partial one.
                what = "The arguments are not a JSON object."
                yield _part("8", [{"type": "tool-input-error", "toolCallId": called.id, "errorText": what}])
            else:
                yield _part("9", {"toolCallId": called.id, "toolName": called.name, "args": arguments})
        ended: Json = {"finishReason": finish_of(self._finish)}
        if isinstance(self._usage, Mapping):
            read, said = count(self._usage, "prompt_tokens"), count(self._usage, "completion_tokens")
            ended["usage"] = {"promptTokens": read, "completionTokens": said}
        yield _part("e", {**ended, "isContinued": False})
        yield _part("d", ended)

    def fail(self, error: ProxyError) -> Iterator[bytes]:
        """Tell that the answer breaks off."""
        yield _part("3", error.message)

    def _call(self, told: Mapping[str, Any]) -> Iterator[bytes]:
        index = told["index"]
        call = self._calls.get(index)
        if call is None:
            call = self._calls[index] = Call(told)
            yield _part("b", {"toolCallId": call.id, "toolName": call.name})
        if piece := (told.get("function") or {}).get("arguments"):
            call.add(piece)
            yield _part("c", {"toolCallId": call.id, "argsTextDelta": piece})


def _part(letter: str, value: object) -> bytes:
    return letter.encode() + b":" + jsontext.dumps(value) + b"\n"
