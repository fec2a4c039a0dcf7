"""The forms of the Messages API that faults write."""

from __future__ import annotations

import json

import pytest

from fault_injection.chat import chunk_of
from fault_injection.dialects.messages import Messages, error_body
from fault_injection.reply import stream_reply
from tests.fault_injection.families.examples import Example, datas, raws, rows
from tests.fault_injection.golden import BLOCK, MESSAGE, MESSAGE_HEAD, MESSAGES, compact, typed

M = raws(MESSAGES)
WORDLESS = stream_reply((*MESSAGES.events[:2], *MESSAGES.events[-2:]))
STOP = typed("message_stop").raw
LATE = typed("content_block_delta", index=0, delta={"type": "text_delta", "text": " after-done-0"}).raw


def error(kind: str, message: str) -> bytes:
    return typed("error", error={"type": kind, "message": message}).raw


INTERNAL = error("api_error", "Internal server error")
EXAMPLES = (
    Example("sse.inband_error(after=4)", MESSAGES, raws, [*M[:4], INTERNAL]),
    Example("sse.inband_error(after=4, shape=cloudflare)", MESSAGES, raws, [*M[:4], INTERNAL]),
    Example("sse.inband_error(after=4, shape=error-then-done)", MESSAGES, raws, [*M[:4], INTERNAL, STOP]),
    Example("sse.inband_error(after=4, shape=error-then-continue)", MESSAGES, raws, [*M[:4], INTERNAL, *M[4:]]),
    Example("sse.inband_error(after=0, message=Overloaded)", MESSAGES, raws, [error("overloaded_error", "Overloaded")]),
    Example("sse.no_done", MESSAGES, raws, M[:-1]),
    Example("sse.finish_without_done", MESSAGES, raws, M[:-1]),
    Example("sse.done_twice", MESSAGES, raws, [*M, STOP]),
    Example("sse.data_after_done", MESSAGES, raws, [*M, LATE]),
    Example("sse.data_after_done", WORDLESS, raws, raws(WORDLESS)),
    Example("sse.endless", WORDLESS, raws, raws(WORDLESS)),
    Example(
        "sse.done_without_finish",
        MESSAGES,
        raws,
        [
            *M[:-2],
            typed("message_delta", delta={"stop_reason": None, "stop_sequence": None}, usage={"output_tokens": 3}).raw,
            STOP,
        ],
    ),
    Example(
        "sse.finish_unknown(reason=bored)",
        MESSAGES,
        lambda reply: json.loads(datas(reply)[-2])["delta"],
        {"stop_reason": "bored", "stop_sequence": None},
    ),
    Example("sse.endless(count=2)", MESSAGES, raws, [*M[:6], M[5], M[5]]),
    Example("sse.json_instead", MESSAGES, lambda reply: json.loads(reply.body_bytes), MESSAGE),
    Example("sse.malformed_json(at=99, kind=extra)", MESSAGES, raws, [*M[:-2], M[-2].replace(b"\n\n", b"}\n\n"), STOP]),
    Example(
        "sse.usage_missing",
        MESSAGES,
        lambda reply: [name for data in datas(reply) for name in json.loads(data) if "usage" in data.decode()],
        [],
    ),
    Example(
        "sse.usage_wrong",
        MESSAGES,
        lambda reply: [json.loads(datas(reply)[0])["message"]["usage"], json.loads(datas(reply)[-2])["usage"]],
        [{"input_tokens": 0, "output_tokens": 0}, {"output_tokens": 0}],
    ),
)


@rows(*EXAMPLES)
def test_an_event_of_messages_is_what_anthropic_sends(example: Example) -> None:
    example.check()


def test_a_call_of_a_tool_is_put_together_with_its_arguments() -> None:
    use = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
    pieces = [{"type": "input_json_delta", "partial_json": text} for text in ('{"a"', ":1}")]
    events = [
        typed("message_start", message=MESSAGE_HEAD),
        typed("content_block_start", index=0, content_block=BLOCK),
        typed("content_block_start", index=1, content_block=use),
        *(typed("content_block_delta", index=1, delta=piece) for piece in pieces),
    ]

    answer = Messages().answer([chunk for chunk in map(chunk_of, events) if chunk])

    assert answer is not None
    assert answer["content"] == [BLOCK, {**use, "input": {"a": 1}}]


def test_a_stream_without_a_start_has_no_answer() -> None:
    assert Messages().answer([]) is None


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (429, "", ("rate_limit_error", "This request would exceed your account's rate limit. Please try again later.")),
        (429, "Slow down.", ("rate_limit_error", "Slow down.")),
        (529, "", ("overloaded_error", "Overloaded")),
        (503, "", ("api_error", "Internal server error")),
        (422, "", ("invalid_request_error", "The request was refused.")),
    ],
)
def test_an_error_has_the_type_of_its_status(status: int, message: str, error: tuple[str, str]) -> None:
    kind, text = error

    assert error_body(status, message).decode() == compact({"type": "error", "error": {"type": kind, "message": text}})
