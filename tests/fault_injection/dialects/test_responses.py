"""The forms of the Responses API that faults write."""

from __future__ import annotations

import json

import pytest

from fault_injection.dialects.responses import Responses, error_body
from fault_injection.reply import Reply, event, stream_reply
from tests.fault_injection.families.examples import Example, datas, raws, rows
from tests.fault_injection.golden import BEGUN, RESPONSE, RESPONSES, TYPED_ANSWERS, compact, typed

R = raws(RESPONSES)
TOLD = {"code": "server_error", "message": "Internal server error"}


def error(number: int) -> bytes:
    return typed("error", sequence_number=number, **TOLD, param=None).raw


def failed(number: int) -> bytes:
    response = {**BEGUN, "status": "failed", "error": TOLD, "completed_at": None}
    return typed("response.failed", sequence_number=number, response=response).raw


def same(seen: list[bytes]) -> list[object]:
    return [json.loads(raw.partition(b"data: ")[2]) for raw in seen]


def objects(reply: Reply) -> list[object]:
    return [json.loads(data) for data in datas(reply)]


def numbers(reply: Reply) -> list[int]:
    return [json.loads(data)["sequence_number"] for data in datas(reply)]


def last(reply: Reply) -> object:
    value = json.loads(datas(reply)[-1])
    return value["type"], value["response"]["status"], value["response"]["incomplete_details"]


EXAMPLES = (
    Example("sse.inband_error(after=3)", RESPONSES, objects, same([*R[:3], failed(3)])),
    Example("sse.inband_error(after=3, shape=text)", RESPONSES, objects, same([*R[:3], failed(3)])),
    Example("sse.inband_error(after=3, shape=event)", RESPONSES, raws, [*R[:3], error(3)]),
    Example(
        "sse.inband_error(after=3, shape=error-then-done)", RESPONSES, objects, same([*R[:3], error(3), failed(4)])
    ),
    Example("sse.inband_error(after=0)", RESPONSES, numbers, [0]),
    Example("sse.inband_error(after=3, shape=error-then-continue)", RESPONSES, numbers, [0, 1, 2, 3, 4, 5, 6, 7]),
    Example("sse.no_done", RESPONSES, raws, R[:-1]),
    Example("sse.finish_without_done", RESPONSES, raws, R),
    Example("sse.done_without_finish", RESPONSES, raws, R),
    Example("sse.done_twice", RESPONSES, numbers, [0, 1, 2, 3, 4, 5, 6, 7]),
    Example("sse.data_after_done(count=2)", RESPONSES, numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
    Example(
        "sse.data_after_done",
        RESPONSES,
        lambda reply: raws(reply)[-1],
        typed(
            "response.output_text.delta", sequence_number=7, output_index=0, content_index=0, delta=" after-done-0"
        ).raw,
    ),
    Example("sse.endless(count=3)", RESPONSES, numbers, [0, 1, 2, 3, 4, 5, 6, 7]),
    Example(
        "sse.finish_unknown(reason=bored)",
        RESPONSES,
        last,
        ("response.incomplete", "incomplete", {"reason": "bored"}),
    ),
    Example("sse.json_instead", RESPONSES, lambda reply: json.loads(reply.body_bytes), RESPONSE),
    Example("sse.usage_missing", RESPONSES, lambda reply: "usage" in json.loads(datas(reply)[-1])["response"], False),
    Example(
        "sse.usage_wrong(kind=negative)",
        RESPONSES,
        lambda reply: set(json.loads(datas(reply)[-1])["response"]["usage"].values()),
        {-1},
    ),
    Example(
        "payload.success_false(ai_code=3043)",
        TYPED_ANSWERS[1],
        lambda reply: {"status": "failed", **json.loads(reply.body_bytes)}["error"],
        TOLD,
    ),
)


@rows(*EXAMPLES)
def test_an_event_of_responses_is_what_openai_sends(example: Example) -> None:
    example.check()


def test_a_stream_that_was_cut_short_has_no_answer() -> None:
    assert Responses().answer([]) is None


def test_what_has_no_number_keeps_none() -> None:
    reply = stream_reply((event("[DONE]"), typed("response.created", sequence_number=7), event("{}")))

    assert Responses().renumbered(reply.events) == reply.events


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, "invalid_request_error", None),
        (401, "invalid_request_error", "invalid_api_key"),
        (429, "requests", "rate_limit_exceeded"),
        (507, "server_error", None),
    ],
)
def test_an_error_has_the_type_and_the_code_of_its_status(status: int, kind: str, code: str | None) -> None:
    told = compact({"error": {"message": "No.", "type": kind, "param": None, "code": code}})

    assert error_body(status, "No.").decode() == told
