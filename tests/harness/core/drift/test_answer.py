"""What is noted of an answer: everything that a client could trip over, and no value."""

from __future__ import annotations

from typing import Any

import pytest

from harness.core.drift.answer import Answered, described, pattern_of
from harness.core.drift.difference import differences
from harness.core.drift.form import Form, form_of, shown

STREAM = (("Content-Type", "text/event-stream"),)
ROLE = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n'
TEXT = b'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}\n\n'
FINISH = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"total_tokens":3}}\n\n'
DONE = b"data: [DONE]\n\n"


def of(body: bytes, headers: Any = STREAM, status: int = 200) -> Form:  # noqa: ANN401 - headers of any length
    return form_of([described(Answered(status=status, headers=headers, body=body))])


def told(mock: bytes, upstream: bytes) -> set[tuple[str, str, str]]:
    return {(shown(each.path), str(each.weight), each.upstream) for each in differences(of(mock), of(upstream))}


@pytest.mark.parametrize(
    ("upstream", "expected"),
    [
        (TEXT + FINISH + USAGE + DONE, {("stream.events.role", "breaking", "absent")}),
        (ROLE + TEXT + FINISH + DONE, {("stream.events.usage", "breaking", "absent")}),
        (ROLE + TEXT + FINISH + USAGE, {("stream.events.[DONE]", "breaking", "absent")}),
        (
            ROLE + FINISH + TEXT + USAGE + DONE,
            {("stream.order.finish before text", "breaking", "finish before text")},
        ),
        (b": ping\n\n" + ROLE + TEXT + FINISH + USAGE + DONE, {("stream.framing.comments", "new", "sent")}),
        (
            (ROLE + TEXT + FINISH + USAGE + DONE).replace(b"\n", b"\r\n"),
            {("stream.framing.carriage returns", "new", "sent")},
        ),
        (
            ROLE + TEXT + TEXT[:-3] + b',"p":"abdef"}\n\n' + FINISH + USAGE + DONE,
            {("stream.events.text[].p", "new", "string, not always")},
        ),
        (ROLE + TEXT + b"data: {oops\n\n" + FINISH + USAGE + DONE, {("stream.events.not JSON", "new", "sent")}),
    ],
    ids=["no role", "no usage", "no end mark", "order", "comments", "CRLF", "padding", "not JSON"],
)
def test_a_stream_differs_in_what_a_client_could_trip_over(
    upstream: bytes, expected: set[tuple[str, str, str]]
) -> None:
    assert told(ROLE + TEXT + FINISH + USAGE + DONE, upstream) == expected


def test_how_many_events_there_are_says_nothing() -> None:
    assert told(ROLE + TEXT + FINISH + DONE, ROLE + TEXT * 9 + FINISH + DONE) == set()


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (b'{"response":"hi","p":"abd"}', "text"),
        (b'{"response":"","usage":{"total_tokens":1}}', "usage"),
        (b'{"tool_calls":[{"id":null,"type":null,"index":0,"function":{"name":null,"arguments":""}}]}', "call"),
        (b'{"tool_calls":[],"p":"abd"}', "padding"),
        (b'{"finish_reason":"tool_calls"}', "finish"),
        (b'{"choices":[{"delta":{"reasoning":"so"}}]}', "reasoning"),
        (b'{"choices":[{"delta":{"tool_calls":[{}]}}]}', "call"),
        (b'{"choices":[{"delta":{}}]}', "empty"),
        (b'{"choices":[]}', "no choices"),
        (b'{"error":{"message":"m"}}', "error"),
        (b"{}", "other"),
        (b"7", "not an object"),
    ],
)
def test_each_kind_of_event_is_known(event: bytes, kind: str) -> None:
    assert f"/stream/events/{kind}" in of(b"data: " + event + b"\n\n")


def test_a_named_event_goes_by_its_name() -> None:
    assert "/stream/events/message_start" in of(b'event: message_start\ndata: {"type":"message_start"}\n\n')


def test_another_end_of_a_tool_call_is_told_by_its_nulls() -> None:
    whole = b'data: {"tool_calls":[{"id":"c","function":{"name":"f"}}]}\n\n'
    nulls = b'data: {"tool_calls":[{"id":null,"function":{"name":null}}]}\n\n'

    found = told(whole, whole + nulls)

    assert {path for path, *_ in found} == {
        "stream.events.call[].tool_calls[].function.name",
        "stream.events.call[].tool_calls[].id",
    }


@pytest.mark.parametrize(
    ("body", "headers", "kind"),
    [
        (b'{"a":1}', (("content-type", "application/json"),), "JSON"),
        (b"<!DOCTYPE html><p>", (("content-type", "text/html"),), "HTML"),
        (b"drift", (), "text"),
        (b" ", (), "empty"),
        (b"", STREAM, "stream"),
    ],
)
def test_a_body_is_of_one_kind(body: bytes, headers: Any, kind: str) -> None:  # noqa: ANN401 - see above
    assert of(body, headers)["/body"].words == {kind}


def test_another_kind_of_body_is_told_once() -> None:
    found = differences(of(b'{"a":1}', ()), of(b"oops", ()))

    assert [each.path for each in found] == ["/body"]


def test_where_one_side_fails_only_the_status_is_told() -> None:
    found = differences(of(ROLE + DONE), of(b'{"error":{"message":"m"}}', (), 400))

    assert [(each.path, each.mock, each.upstream) for each in found] == [("/status", "200", "400")]


@pytest.mark.parametrize(
    ("upstream", "expected"),
    [
        ((("content-type", "application/json; charset=utf-8"),), {("/headers/content-type charset", "new")}),
        ((("content-type", "text/plain"),), {("/headers/content-type", "breaking")}),
        ((), {("/headers/content-type", "breaking")}),
        ((("Content-Type", "Application/JSON"), ("CF-Cache-Status", "DYNAMIC")), {("/headers/cf-cache-status", "new")}),
        ((("content-type", "application/json"), ("x-other", "1")), set()),
    ],
)
def test_of_the_headers_those_that_matter_are_compared(upstream: Any, expected: set[tuple[str, str]]) -> None:  # noqa: ANN401 - see above
    found = differences(of(b"{}", (("content-type", "application/json"),)), of(b"{}", upstream))

    assert {(each.path, str(each.weight)) for each in found} == expected


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("8f1c0123456789ab-FRA", "a ray id"),
        ("01M3YRNVFEX2F0PM3CE8T8F2FW", "a ULID"),
        ("0199f0c4-7a3b-7c2d-9e1f-0123456789ab", "a UUID of version 7"),
        ("1d6f0c4e-7a3b-4c2d-9e1f-0123456789ab", "a UUID"),
        ("30", "a number"),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "a date"),
        ("HIT", "a word"),
        ("req_011CS", "req_…"),
        ("whatever else", "text"),
    ],
)
def test_ids_are_compared_by_their_pattern(value: str, pattern: str) -> None:
    assert pattern_of(value) == pattern


def test_no_more_kinds_of_events_are_paired_than_any_api_has() -> None:
    def kinds(number: int) -> set[str]:
        body = b"".join(b"event: kind-%d\ndata: {}\n\n" % each for each in range(number))
        return {shown(path) for path in of(body)}

    few, many = kinds(100), kinds(3000)

    assert "stream.events.kind-99" in few
    assert sum("stream.order." in path for path in few) == 99 * 100 / 2
    assert many - few == {path for path in many if "more kinds" in path}
    assert "stream.events.more kinds" in many
