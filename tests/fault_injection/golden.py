"""Streams and answers as Workers AI sends them, in both dialects: what faults are tried on."""

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
