"""Golden streams of every dialect: each as its makers send it, and what a client of it understands."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TypeAlias

EVENTS = "text/event-stream; charset=utf-8"
PARTS = 'multipart/mixed; boundary="-"'
LINES = "text/plain; charset=utf-8"
Told: TypeAlias = dict[str, Any]
SPOKEN = ("anthropic-messages", "openai-responses", "ag-ui", "ai-sdk", "copilotkit")


@dataclass(frozen=True, kw_only=True)
class Golden:
    """One stream and its meaning."""

    name: str
    dialect: str
    body: bytes
    content_type: str = EVENTS
    text: str = ""
    finish: str | None = "stop"
    done: bool = True
    error: str | None = None
    usage: Told | None = None
    calls: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """What it is called in a test."""
        return f"{self.dialect}-{self.name}"


def events(*told: Told, named: bool = True) -> bytes:
    """Return objects as server-sent events, named by their types where the dialect does so."""
    lines = []
    for each in told:
        name = f"event: {each['type']}\n" if named else ""
        lines.append(f"{name}data: {json.dumps(each, ensure_ascii=False)}\n\n")
    return "".join(lines).encode()


def numbered(*told: Told) -> bytes:
    """Return events of a response, with their sequence numbers."""
    return events(*({**each, "sequence_number": number} for number, each in enumerate(told)))


def parts(*told: Told) -> bytes:
    """Return objects as the parts of a multipart body, closed where the last one says so."""
    body = b"\r\n---"
    for each in told:
        content = json.dumps(each, ensure_ascii=False).encode()
        body += b"\r\nContent-Type: application/json; charset=utf-8\r\n"
        body += b"Content-Length: %d\r\n\r\n%b\r\n---" % (len(content), content)
    return body + b"--\r\n" if told[-1].get("hasNext") is False else body


def lines(*told: tuple[str, Any]) -> bytes:
    """Return the parts of a data stream."""
    return "".join(f"{code}:{json.dumps(value, ensure_ascii=False)}\n" for code, value in told).encode()


# Anthropic's Messages API.
USED: Told = {"prompt_tokens": 3, "completion_tokens": 2}
START: Told = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "usage": {"input_tokens": 3, "output_tokens": 1},
    },
}
STOP: Told = {"type": "message_stop"}


def block(index: int, *deltas: Told, **content: object) -> tuple[Told, ...]:
    """Return the events of one block."""
    return (
        {"type": "content_block_start", "index": index, "content_block": content},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    )


def said(index: int, *texts: str) -> tuple[Told, ...]:
    """Return the events of a block of text."""
    return block(index, *({"type": "text_delta", "text": each} for each in texts), type="text", text="")


def used(index: int, call_id: str, *pieces: str) -> tuple[Told, ...]:
    """Return the events of a block that uses a tool."""
    deltas = ({"type": "input_json_delta", "partial_json": each} for each in pieces)
    return block(index, *deltas, type="tool_use", id=call_id, name="look", input={})


def ending(reason: str) -> Told:
    """Return the event that says how a message ended."""
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 2}}


MESSAGES = (
    Golden(
        name="plain",
        dialect="anthropic-messages",
        body=events(START, {"type": "ping"}, *said(0, "Hel", "lö"), ending("end_turn"), STOP),
        text="Hellö",
        usage=USED,
    ),
    Golden(
        name="tool",
        dialect="anthropic-messages",
        body=events(
            START,
            *said(0, "Let me see."),
            *used(1, "toolu_1", '{"a"', ":1}"),
            *used(2, "toolu_2", "{}"),
            ending("tool_use"),
            STOP,
        ),
        text="Let me see.",
        finish="tool_calls",
        usage=USED,
        calls=[("toolu_1", "look", '{"a":1}'), ("toolu_2", "look", "{}")],
    ),
    Golden(
        name="length",
        dialect="anthropic-messages",
        body=events(
            START,
            *block(0, {"type": "thinking_delta", "thinking": "hm"}, type="thinking", thinking=""),
            *said(1, "Hi"),
            ending("max_tokens"),
            STOP,
        ),
        text="Hi",
        finish="length",
        usage=USED,
    ),
    Golden(
        name="error",
        dialect="anthropic-messages",
        body=events(START, *said(0, "Hel")[:2], {"type": "error", "error": {"type": "api_error", "message": "no"}}),
        text="Hel",
        finish=None,
        done=False,
        error="no",
        usage={"prompt_tokens": 3, "completion_tokens": 1},
    ),
)


# OpenAI's Responses API.
def response(status: str, *output: Told, **more: object) -> Told:
    """Return a response object."""
    return {"id": "resp_1", "object": "response", "status": status, "output": list(output), **more}


def item(text: str, status: str = "completed") -> Told:
    """Return a message of text."""
    parts = [{"type": "output_text", "text": text}]
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": parts}


def function(call_id: str, arguments: str) -> Told:
    """Return a function call."""
    return {"type": "function_call", "id": f"fc_{call_id}", "call_id": call_id, "name": "look", "arguments": arguments}


def begun() -> tuple[Told, ...]:
    """Return the events with which a response begins."""
    told = response("in_progress")
    return ({"type": "response.created", "response": told}, {"type": "response.in_progress", "response": told})


def texted(at: int, *deltas: str, status: str = "completed") -> tuple[Told, ...]:
    """Return the events of one message."""
    place = {"output_index": at, "content_index": 0, "item_id": "msg_1"}
    whole = "".join(deltas)
    return (
        {"type": "response.output_item.added", "output_index": at, "item": {**item(""), "content": []}},
        {"type": "response.content_part.added", **place, "part": {"type": "output_text", "text": ""}},
        *({"type": "response.output_text.delta", **place, "delta": each} for each in deltas),
        {"type": "response.output_text.done", **place, "text": whole},
        {"type": "response.content_part.done", **place, "part": {"type": "output_text", "text": whole}},
        {"type": "response.output_item.done", "output_index": at, "item": item(whole, status)},
    )


def called(at: int, call_id: str, *deltas: str) -> tuple[Told, ...]:
    """Return the events of one function call."""
    place = {"output_index": at, "item_id": f"fc_{call_id}"}
    whole = "".join(deltas)
    return (
        {"type": "response.output_item.added", "output_index": at, "item": function(call_id, "")},
        *({"type": "response.function_call_arguments.delta", **place, "delta": each} for each in deltas),
        {"type": "response.function_call_arguments.done", **place, "arguments": whole},
        {"type": "response.output_item.done", "output_index": at, "item": function(call_id, whole)},
    )


def ended(status: str, *output: Told, **more: object) -> Told:
    """Return the event with which a response ends."""
    return {"type": f"response.{status}", "response": response(status, *output, **more)}


COST: Told = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
RESPONSES = (
    Golden(
        name="plain",
        dialect="openai-responses",
        body=numbered(*begun(), *texted(0, "Hel", "lö"), ended("completed", item("Hellö"), usage=COST)),
        text="Hellö",
        usage={**USED, "total_tokens": 5},
    ),
    Golden(
        name="tool",
        dialect="openai-responses",
        body=numbered(
            *begun(),
            *texted(0, "See."),
            *called(1, "call_1", '{"a"', ":1}"),
            *called(2, "call_2", "{}"),
            ended("completed", item("See."), function("call_1", '{"a":1}'), function("call_2", "{}")),
        )
        + b"data: [DONE]\n\n",
        text="See.",
        finish="tool_calls",
        calls=[("call_1", "look", '{"a":1}'), ("call_2", "look", "{}")],
    ),
    Golden(
        name="length",
        dialect="openai-responses",
        body=numbered(
            *begun(),
            *texted(0, "Hi", status="incomplete"),
            ended("incomplete", item("Hi"), incomplete_details={"reason": "max_output_tokens"}),
        ),
        text="Hi",
        finish="length",
    ),
    Golden(
        name="error",
        dialect="openai-responses",
        body=numbered(
            *begun(), *texted(0, "Hel")[:3], ended("failed", error={"code": "server_error", "message": "no"})
        ),
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
    Golden(
        name="error-alone",
        dialect="openai-responses",
        body=numbered(
            *begun(),
            {"type": "error", "code": "server_error", "message": "no"},
            ended("failed", error={"message": "x"}),
        ),
        finish=None,
        done=False,
        error="no",
    ),
)

# AG-UI.
RUN: Told = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}
RAN: Told = {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}
SAYING: Told = {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"}
SAID: Told = {"type": "TEXT_MESSAGE_END", "messageId": "m"}


def word(delta: str) -> Told:
    """Return a piece of the one message."""
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": delta}


def tooled(call_id: str, *deltas: str) -> tuple[Told, ...]:
    """Return the events of one tool call."""
    return (
        {"type": "TOOL_CALL_START", "toolCallId": call_id, "toolCallName": "look"},
        *({"type": "TOOL_CALL_ARGS", "toolCallId": call_id, "delta": each} for each in deltas),
        {"type": "TOOL_CALL_END", "toolCallId": call_id},
    )


AG_UI = (
    Golden(
        name="plain",
        dialect="ag-ui",
        body=events(RUN, SAYING, word("Hel"), word("lö"), SAID, RAN, named=False),
        text="Hellö",
        finish=None,
    ),
    Golden(
        name="tool",
        dialect="ag-ui",
        body=events(RUN, *tooled("c1", '{"a"', ":1}"), *tooled("c2", "{}"), RAN, named=False),
        finish=None,
        calls=[("c1", "look", '{"a":1}'), ("c2", "look", "{}")],
    ),
    Golden(
        name="error",
        dialect="ag-ui",
        body=events(RUN, SAYING, word("Hel"), {"type": "RUN_ERROR", "message": "no", "code": "502"}, named=False),
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
)

# Vercel's AI SDK.
DONE = b"data: [DONE]\n\n"
UI_START: Told = {"type": "start", "messageId": "msg_1"}
STEP: Told = {"type": "start-step"}
STEPPED: Told = {"type": "finish-step"}


def finished(reason: str) -> Told:
    """Return the part that says how a message ended."""
    return {"type": "finish", "finishReason": reason}


def texts(*deltas: str) -> tuple[Told, ...]:
    """Return the parts of one text."""
    return (
        {"type": "text-start", "id": "0"},
        *({"type": "text-delta", "id": "0", "delta": each} for each in deltas),
        {"type": "text-end", "id": "0"},
    )


def inputs(call_id: str, given: Told, *deltas: str) -> tuple[Told, ...]:
    """Return the parts of one tool call."""
    call = {"toolCallId": call_id, "toolName": "look"}
    return (
        {"type": "tool-input-start", **call},
        *({"type": "tool-input-delta", "toolCallId": call_id, "inputTextDelta": each} for each in deltas),
        {"type": "tool-input-available", **call, "input": given},
    )


AI_SDK = (
    Golden(
        name="plain",
        dialect="ai-sdk",
        body=events(UI_START, STEP, *texts("Hel", "lö"), STEPPED, finished("stop"), named=False) + DONE,
        text="Hellö",
    ),
    Golden(
        name="tool",
        dialect="ai-sdk",
        body=events(
            UI_START, STEP, *inputs("c1", {"a": 1}, '{"a"', ":1}"), STEPPED, finished("tool-calls"), named=False
        )
        + DONE,
        finish="tool_calls",
        calls=[("c1", "look", '{"a":1}')],
    ),
    Golden(
        name="length",
        dialect="ai-sdk",
        body=events(UI_START, *texts("Hi"), finished("length"), named=False) + DONE,
        text="Hi",
        finish="length",
    ),
    Golden(
        name="error",
        dialect="ai-sdk",
        body=events(UI_START, *texts("Hel")[:2], {"type": "error", "errorText": "no"}, named=False) + DONE,
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
    Golden(
        name="data",
        dialect="ai-sdk",
        content_type=LINES,
        body=lines(
            ("f", {"messageId": "msg_1"}),
            ("0", "Hel"),
            ("0", "lö"),
            ("9", {"toolCallId": "c1", "toolName": "look", "args": {"a": 1}}),
            ("e", {"finishReason": "tool-calls", "isContinued": False}),
            ("d", {"finishReason": "tool-calls"}),
        ),
        text="Hellö",
        finish="tool_calls",
        calls=[("c1", "look", '{"a": 1}')],
    ),
    Golden(
        name="data-error",
        dialect="ai-sdk",
        content_type=LINES,
        body=lines(("f", {"messageId": "msg_1"}), ("0", "Hel"), ("3", "no")),
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
)

# CopilotKit.
FIELD = "generateCopilotResponse"
FIRST: Told = {"data": {FIELD: {"threadId": "t", "runId": "r", "messages": [], "metaEvents": []}}, "hasNext": True}
GOOD: Told = {"incremental": [{"data": {"status": {"code": "Success"}}, "path": [FIELD]}], "hasNext": True}
LAST: Told = {"hasNext": False}


def message(at: int, **told: object) -> Told:
    """Return the increment with which a message begins."""
    return {"items": [{"id": f"m{at}", **told}], "path": [FIELD, "messages", at]}


def said_whole(text: str) -> Told:
    """Return a message of text as a whole answer has it."""
    return {"__typename": "TextMessageOutput", "id": "m0", "content": [text], "role": "assistant"}


def piece(at: int, name: str, number: int, text: str) -> Told:
    """Return the increment that brings one piece of a message."""
    return {"items": [text], "path": [FIELD, "messages", at, name, number]}


def increments(*told: Told) -> Told:
    """Return a part that brings increments."""
    return {"incremental": list(told), "hasNext": True}


def copied(*told: Told) -> bytes:
    """Return parts as the events that CopilotKit sends to whoever accepts no other form."""
    body = "".join(f"event: next\ndata: {json.dumps(each)}\n\n" for each in told)
    return f":\n\n{body}event: complete\ndata:\n\n".encode()


def copilot_text() -> Told:
    """Return the increment with which a message of text begins."""
    return message(0, __typename="TextMessageOutput", content=[], role="assistant")


_TEXT = copilot_text()
_CALL = message(1, __typename="ActionExecutionMessageOutput", name="look", arguments=[])
_FAILED: Told = {"code": "Failed", "reason": "UNKNOWN_ERROR", "details": {"description": "no"}}
BAD: Told = {"incremental": [{"data": {"status": _FAILED}, "path": [FIELD]}], "hasNext": True}
COPILOTKIT = (
    Golden(
        name="plain",
        dialect="copilotkit",
        content_type=PARTS,
        body=parts(
            FIRST,
            increments(_TEXT, piece(0, "content", 0, "Hel")),
            increments(piece(0, "content", 1, "lö")),
            GOOD,
            LAST,
        ),
        text="Hellö",
        finish=None,
    ),
    Golden(
        name="tool",
        dialect="copilotkit",
        content_type=PARTS,
        body=parts(
            FIRST,
            increments(_TEXT, piece(0, "content", 0, "See.")),
            increments(_CALL, piece(1, "arguments", 0, '{"a"')),
            increments(piece(1, "arguments", 1, ":1}")),
            GOOD,
            LAST,
        ),
        text="See.",
        finish=None,
        calls=[("m1", "look", '{"a":1}')],
    ),
    Golden(
        name="error",
        dialect="copilotkit",
        content_type=PARTS,
        body=parts(
            FIRST,
            increments(_TEXT, piece(0, "content", 0, "Hel")),
            BAD,
            LAST,
        ),
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
    Golden(
        name="events",
        dialect="copilotkit",
        body=copied(FIRST, increments(_TEXT, piece(0, "content", 0, "Hello")), GOOD, LAST),
        text="Hello",
        finish=None,
    ),
)

GOLDEN = (*MESSAGES, *RESPONSES, *AG_UI, *AI_SDK, *COPILOTKIT)
