"""Streams and answers as Workers AI sends them, in both dialects, and as Anthropic and OpenAI do, to try faults on."""

from __future__ import annotations

import json
from typing import Any

from fault_injection.client import ClientMoves
from fault_injection.kv_answer import KvAnswer
from fault_injection.reply import Event, Reply, event, json_reply, stream_reply

USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def native(**fields: Any) -> Event:  # noqa: ANN401 - any JSON
    return event(compact(fields))


def openai(delta: dict[str, Any] | None, *, finish: str | None = None, **fields: Any) -> Event:  # noqa: ANN401 - any JSON
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "@cf/m", "choices": choices}
    return event(compact({**chunk, **fields}))


def typed(kind: str, **fields: Any) -> Event:  # noqa: ANN401 - any JSON
    return Event(f"event: {kind}\ndata: {compact({'type': kind, **fields})}\n\n".encode())


DONE = event("[DONE]")

NATIVE = stream_reply(
    (
        native(response="Hé", p="abdefgh"),
        native(response="llo 🦊"),
        native(response="42"),
        native(response="", usage=USAGE),
        DONE,
    )
)

OPENAI = stream_reply(
    (
        openai({"role": "assistant", "content": ""}),
        openai({"content": "Hé"}),
        openai({"content": "llo 🦊"}),
        openai({}, finish="stop"),
        openai(None, usage=USAGE),
        DONE,
    )
)

TOOLS = stream_reply(
    (
        openai({"role": "assistant", "content": None}),
        openai(
            {
                "tool_calls": [
                    {"index": 0, "id": "call1", "type": "function", "function": {"name": "f", "arguments": ""}}
                ]
            }
        ),
        openai({"tool_calls": [{"index": 0, "function": {"arguments": '{"city":'}}]}),
        openai({"tool_calls": [{"index": 0, "function": {"arguments": '"Köln"}'}}]}),
        openai({}, finish="tool_calls"),
        DONE,
    )
)

NATIVE_TOOLS = stream_reply(
    (
        native(tool_calls=[{"id": "call1", "type": "function", "index": 0, "function": {"name": "f"}}]),
        native(tool_calls=[{"index": 0, "function": {"arguments": '{"a":1}'}}]),
        native(finish_reason="tool_calls"),
        DONE,
    )
)

STREAMS = (NATIVE, OPENAI, TOOLS, NATIVE_TOOLS)

ENVELOPE = json_reply(
    compact({"result": {"response": "Hello", "usage": USAGE}, "success": True, "errors": [], "messages": []}).encode()
)

COMPLETION = json_reply(
    compact(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": "@cf/m",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"},
            ],
            "usage": USAGE,
        }
    ).encode()
)

ANSWERS = (ENVELOPE, COMPLETION)

BLOCK = {"type": "text", "text": ""}
MESSAGE_HEAD: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [],
    "stop_reason": None,
}
MESSAGE_END = {"stop_reason": "end_turn", "stop_sequence": None}
TEXT_DELTAS = [
    typed("content_block_delta", index=0, delta={"type": "text_delta", "text": text}) for text in ("Hé", "llo 🦊", "42")
]
MESSAGES = stream_reply(
    (
        typed("message_start", message={**MESSAGE_HEAD, "usage": {"input_tokens": 5, "output_tokens": 1}}),
        typed("ping"),
        typed("content_block_start", index=0, content_block=BLOCK),
        *TEXT_DELTAS,
        typed("content_block_stop", index=0),
        typed("message_delta", delta=MESSAGE_END, usage={"output_tokens": 3}),
        typed("message_stop"),
    )
)
MESSAGE = {
    **MESSAGE_HEAD,
    **MESSAGE_END,
    "content": [{"type": "text", "text": "Héllo 🦊42"}],
    "usage": {"input_tokens": 5, "output_tokens": 3},
}

BEGUN: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "status": "in_progress",
    "error": None,
    "output": [],
    "usage": None,
}
ITEM = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Héllo 🦊42"}],
}
RESPONSE_USAGE = {"input_tokens": 5, "output_tokens": 3, "total_tokens": 8}
RESPONSE = {**BEGUN, "status": "completed", "output": [ITEM], "usage": RESPONSE_USAGE}
RESPONSES = stream_reply(
    (
        typed("response.created", sequence_number=0, response=BEGUN),
        typed("response.output_item.added", sequence_number=1, output_index=0, item={**ITEM, "content": []}),
        *(
            typed("response.output_text.delta", sequence_number=at, output_index=0, content_index=0, delta=text)
            for at, text in enumerate(("Hé", "llo 🦊", "42"), start=2)
        ),
        typed("response.output_item.done", sequence_number=5, output_index=0, item=ITEM),
        typed("response.completed", sequence_number=6, response=RESPONSE),
    )
)
TYPED = (MESSAGES, RESPONSES)
TYPED_ANSWERS = (json_reply(compact(MESSAGE).encode()), json_reply(compact(RESPONSE).encode()))

ACCEPTED = json_reply(compact({"result": None, "success": True, "errors": [], "messages": []}).encode())
LISTED = json_reply(
    compact(
        {
            "result": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
            "success": True,
            "errors": [],
            "messages": [],
            "result_info": {"count": 3, "cursor": ""},
        }
    ).encode()
)
VALUE = Reply(headers=(("content-type", "application/octet-stream"),), body=b'{"v":1,"text":"Hello"}')

GET = KvAnswer(operation="get", reply=VALUE, previous=b'{"v":1,"text":"old"}', lapsed=b'{"v":1,"text":"lapsed"}')
PUT = KvAnswer(operation="put", reply=ACCEPTED)
DELETE = KvAnswer(operation="delete", reply=ACCEPTED)
LIST = KvAnswer(operation="list", reply=LISTED)
METADATA = KvAnswer(
    operation="metadata", reply=json_reply(b'{"result":{"a":1},"success":true,"errors":[],"messages":[]}')
)

STORE_ANSWERS = (GET, PUT, DELETE, LIST, METADATA)

CHAT = ClientMoves(
    body=compact(
        {
            "model": "@cf/m",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "ep-0123456789ab hi"}],
            "stream": True,
        }
    ).encode()
)
PROMPT = ClientMoves(body=b'{"prompt":"ep-0123456789ab hi"}')

REQUESTS = (CHAT, PROMPT)
