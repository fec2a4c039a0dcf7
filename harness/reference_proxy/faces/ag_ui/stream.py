"""The wording of a run: its start, what it thinks, says and calls, and its end.

The one rule: a run is finished once, and only after each message and call in it; one that breaks off is in error.
A message is closed before a call begins, and a call before the next message; reasoning where text goes on without it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ag_ui.core import (
    PROTOCOL_VERSION,
    BaseEvent,
    ReasoningEndEvent,
    ReasoningMessageContentEvent,
    ReasoningMessageEndEvent,
    ReasoningMessageStartEvent,
    ReasoningStartEvent,
    RunErrorEvent,
    RunFinishedEvent,
    RunFinishedSuccessOutcome,
    RunStartedEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    TokenUsage,
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallStartEvent,
)

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.calls import OneByOne
from harness.reference_proxy.faces.face import Head, Json
from harness.reference_proxy.reasoning import reasoning_of

_MOST: Final = 2**53 - 1


class RunStream:
    """One run."""

    headers: Mapping[str, str] = {}
    ends_in_error = True  # and its client cannot handle a connection that breaks after it

    def __init__(self, *, thread_id: str, run_id: str, head: Head) -> None:
        self._thread_id = thread_id
        self._run_id = run_id
        self._head = head
        self._messages = 0
        self._texting = ""  # the message that is open
        self._thoughts = 0
        self._thinking = ""  # the reasoning that is open
        self._pieces = OneByOne()
        self._calls: dict[int, str] = {}  # ids by index
        self._calling = ""  # the call that is open
        self._finish: str | None = None
        self._usage: object = None

    def begin(self) -> Iterator[bytes]:
        """Start the run."""
        yield _told(RunStartedEvent(thread_id=self._thread_id, run_id=self._run_id, protocol_version=PROTOCOL_VERSION))

    def accept(self, chunk: Json) -> Iterator[bytes]:
        """Yield what a chunk adds to the message or the calls that are open."""
        self._usage = chunk.get("usage") or self._usage
        for choice in chunk["choices"]:
            if choice["index"] != 0:
                continue
            self._finish = choice["finish_reason"] or self._finish
            if thought := reasoning_of(choice["delta"]):
                yield from self._think(thought)
            if text := choice["delta"].get("content"):
                if not thought:
                    yield from self._thought()
                yield from self._say(text)
            for piece in choice["delta"].get("tool_calls") or []:
                for call in self._pieces.accept(piece):
                    yield from self._call(call)

    def end(self) -> Iterator[bytes]:
        """Close what is open, and finish the run."""
        for call in self._pieces.end():
            yield from self._call(call)
        yield from self._hush()
        calls = list(self._calls.values())
        yield _told(
            RunFinishedEvent(
                thread_id=self._thread_id,
                run_id=self._run_id,
                result={"finishReason": self._finish},
                outcome=RunFinishedSuccessOutcome(pending_tool_call_ids=calls or None),
                usage=self._cost(),
            )
        )

    def fail(self, error: ProxyError) -> Iterator[bytes]:
        """Tell that the run breaks off."""
        yield _told(RunErrorEvent(message=error.message, code=error.code, usage=self._cost()))

    def _think(self, thought: str) -> Iterator[bytes]:
        if not self._thinking:
            # No other message may have its id, be it of text or of reasoning.
            self._thinking = f"reasoning_{self._head.mark}" + (f"_{self._thoughts}" if self._thoughts else "")
            self._thoughts += 1
            yield _told(ReasoningStartEvent(message_id=self._thinking))
            yield _told(ReasoningMessageStartEvent(message_id=self._thinking))
        yield _told(ReasoningMessageContentEvent(message_id=self._thinking, delta=thought))

    def _thought(self) -> Iterator[bytes]:
        """Close the reasoning that is open."""
        if self._thinking:
            yield _told(ReasoningMessageEndEvent(message_id=self._thinking))
            yield _told(ReasoningEndEvent(message_id=self._thinking))
        self._thinking = ""

    def _say(self, text: str) -> Iterator[bytes]:
        if not self._texting:
            yield from self._called()
            self._texting = self._message_id()
            self._messages += 1
            yield _told(TextMessageStartEvent(message_id=self._texting, role="assistant"))
        yield _told(TextMessageContentEvent(message_id=self._texting, delta=text))

    def _hush(self) -> Iterator[bytes]:
        """Close whatever is open."""
        yield from self._thought()
        if self._texting:
            yield _told(TextMessageEndEvent(message_id=self._texting))
        self._texting = ""
        yield from self._called()

    def _called(self) -> Iterator[bytes]:
        """Close the call that is open."""
        if self._calling:
            yield _told(ToolCallEndEvent(tool_call_id=self._calling))
        self._calling = ""

    def _call(self, call: Mapping[str, Any]) -> Iterator[bytes]:
        function = call.get("function") or {}
        index = call["index"]
        if index not in self._calls:
            parent = self._texting or (self._message_id() if not self._messages else None)
            yield from self._hush()
            call_id = self._calls[index] = self._calling = call["id"]
            name = function.get("name") or ""
            yield _told(ToolCallStartEvent(tool_call_id=call_id, tool_call_name=name, parent_message_id=parent))
        if piece := function.get("arguments"):
            yield _told(ToolCallArgsEvent(tool_call_id=self._calls[index], delta=piece))

    def _message_id(self) -> str:
        return f"msg_{self._head.mark}" + (f"_{self._messages}" if self._messages else "")

    def _cost(self) -> list[TokenUsage] | None:
        if not isinstance(self._usage, Mapping):
            return None
        read, said = (_count(self._usage.get(name)) for name in ("prompt_tokens", "completion_tokens"))
        both = None if read is None or said is None else _count(read + said)
        return [TokenUsage(model=self._head.model, input_tokens=read, output_tokens=said, total_tokens=both)]


def _count(told: object) -> int | None:
    """Return a number of tokens where the protocol can hold it: it counts from 0 to what JavaScript knows exactly."""
    return told if type(told) is int and 0 <= told <= _MOST else None


def _told(event: BaseEvent) -> bytes:
    # Not by the library's own encoder: it fails on half a character, which a piece of text may end with.
    return b"data: " + jsontext.dumps(event.model_dump(mode="json", by_alias=True)) + b"\n\n"
