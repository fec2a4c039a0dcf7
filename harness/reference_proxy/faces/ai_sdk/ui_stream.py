"""An answer as the UI message stream, version 1 (`ai` 5 to 7).

    start, start-step, reasoning-start, reasoning-delta..., reasoning-end, text-start, text-delta..., text-end,
    tool-input-start, tool-input-delta..., tool-input-available, finish-step, finish, [DONE]

The one rule: `finish` and `[DONE]` are said once, last, and only of an answer that is whole.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.ai_sdk.blocks import Blocks
from harness.reference_proxy.faces.ai_sdk.words import Call, finish_of
from harness.reference_proxy.faces.calls import OneByOne
from harness.reference_proxy.faces.counts import count
from harness.reference_proxy.faces.face import Head, Json
from harness.reference_proxy.reasoning import reasoning_of


class UiStream:
    """One stream."""

    headers: Mapping[str, str] = {"X-Vercel-AI-UI-Message-Stream": "v1"}
    ends_in_error = False

    def __init__(self, head: Head) -> None:
        self._head = head
        self._blocks = Blocks()
        self._pieces = OneByOne()
        self._calls: dict[int, Call] = {}  # by index
        self._finish: object = None
        self._usage: object = None

    def begin(self) -> Iterator[bytes]:
        """Start the message, and its only step."""
        yield _part("start", messageId=f"msg_{self._head.mark}", messageMetadata={"model": self._head.model})
        yield _part("start-step")

    def accept(self, chunk: Json) -> Iterator[bytes]:
        """Yield what a chunk adds to the block or the calls that are open."""
        self._usage = chunk.get("usage") or self._usage
        for choice in chunk["choices"]:
            if choice["index"] != 0:
                continue
            self._finish = choice["finish_reason"] or self._finish
            delta = choice["delta"]
            yield from map(_event, self._blocks.take(reasoning_of(delta), delta.get("content") or ""))
            for piece in delta.get("tool_calls") or []:
                for call in self._pieces.accept(piece):
                    yield from self._call(call)

    def end(self) -> Iterator[bytes]:
        """Close what is open, and finish."""
        for call in self._pieces.end():
            yield from self._call(call)
        yield from map(_event, self._blocks.close())
        yield from (_called(call) for call in self._calls.values())
        yield _part("finish-step")
        usage = {"messageMetadata": {"usage": _usage(self._usage)}} if isinstance(self._usage, Mapping) else {}
        yield _part("finish", finishReason=finish_of(self._finish), **usage)
        yield b"data: [DONE]\n\n"

    def fail(self, error: ProxyError) -> Iterator[bytes]:
        """Tell that the answer breaks off."""
        yield _part("error", errorText=error.message)

    def _call(self, told: Mapping[str, Any]) -> Iterator[bytes]:
        index = told["index"]
        call = self._calls.get(index)
        if call is None:
            yield from map(_event, self._blocks.close())
            call = self._calls[index] = Call(told)
            yield _part("tool-input-start", toolCallId=call.id, toolName=call.name)
        if piece := (told.get("function") or {}).get("arguments"):
            call.add(piece)
            yield _part("tool-input-delta", toolCallId=call.id, inputTextDelta=piece)


def _called(call: Call) -> bytes:
    named = {"toolCallId": call.id, "toolName": call.name}
    arguments = call.arguments()
    if arguments is None:
        said = "The arguments are not a JSON object."
        return _part("tool-input-error", **named, input=call.text, errorText=said)
    return _part("tool-input-available", **named, input=arguments)


def _usage(told: Mapping[str, Any]) -> Json:
    read, said = count(told, "prompt_tokens"), count(told, "completion_tokens")
    return {"inputTokens": read, "outputTokens": said, "totalTokens": count(told, "total_tokens") or read + said}


def _part(kind: str, **told: Any) -> bytes:  # noqa: ANN401 - any JSON
    return _event({"type": kind, **told})


def _event(part: Json) -> bytes:
    return b"data: " + jsontext.dumps(part) + b"\n\n"
