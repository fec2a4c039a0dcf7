from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import pytest

from fault_injection.cloudflare_errors import AI_ERRORS
from fault_injection.families import http
from fault_injection.fault import Turn
from fault_injection.rendering import render
from fault_injection.reply import Length, Reply, json_reply
from fault_injection.wire import KEEP, Close, Send, Wait, payload
from tests.fault_injection.families.examples import Example, itself, rows
from tests.fault_injection.golden import ENVELOPE, NATIVE

STREAM = NATIVE.with_header("cf-ray", "8f1c0000000000aa-FRA")


def head(reply: Reply) -> tuple[object, ...]:
    return reply.status, reply.header("content-type"), reply.header("retry-after"), reply.framing


def code(reply: Reply) -> tuple[int, int]:
    return reply.status, json.loads(reply.body_bytes)["errors"][0]["code"]


EXAMPLES = (
    Example("http.status(code=429, retry_after=1)", STREAM, head, (429, "application/json", "1", Length())),
    Example("http.status(code=429)", STREAM, code, (429, 3040)),
    Example("http.status(code=429, ai_code=3036)", STREAM, code, (429, 3036)),
    Example("http.status(code=401)", STREAM, lambda reply: json.loads(reply.body_bytes)["result"], None),
    Example("http.status(code=429)", STREAM, lambda reply: json.loads(reply.body_bytes)["result"], {}),
    Example("http.status(code=502)", STREAM, head, (502, "text/html; charset=UTF-8", None, Length())),
    Example("http.status(code=522)", STREAM, lambda reply: b"Error code 522" in reply.body_bytes, True),
    Example("http.status(code=524, body=text)", STREAM, lambda reply: reply.body_bytes, b"error code: 524"),
    Example("http.status(code=503, body=empty)", STREAM, head, (503, None, None, Length())),
    Example(
        "http.status(code=504, body=json, retry_after=30)",
        STREAM,
        lambda reply: json.loads(reply.body_bytes)["retry_after"],
        30,
    ),
    Example("http.status(code=503, ai_code=9999)", STREAM, code, (503, 9999)),
    Example(
        'http.status(message="out of luck")', STREAM, lambda reply: b"AiError: out of luck (" in reply.body_bytes, True
    ),
    Example("http.status", STREAM, lambda reply: reply.header("cf-ray"), "8f1c0000000000aa-FRA"),
    Example("http.retry_after(seconds=7)", STREAM, head, (429, "application/json", "7", Length())),
    Example(
        "http.retry_after(kind=date)",
        STREAM,
        lambda reply: reply.header("retry-after")[-13:],
        "2100 23:59:59 GMT"[-13:],
    ),
    Example(
        "http.retry_after(kind=date, seconds=90)",
        STREAM.with_header("date", "Sat, 21 Nov 2026 09:00:00 GMT"),
        lambda reply: reply.header("retry-after"),
        "Sat, 21 Nov 2026 09:01:30 GMT",
    ),
    Example("http.retry_after(kind=past)", STREAM, lambda reply: reply.header("retry-after")[:16], "Sun, 06 Nov 1994"),
    Example("http.retry_after(kind=huge)", STREAM, lambda reply: int(reply.header("retry-after")) > 10**10, True),
    Example("http.retry_after(kind=garbage)", STREAM, lambda reply: reply.header("retry-after"), "soon"),
    Example("http.retry_after(kind=negative)", STREAM, lambda reply: reply.header("retry-after"), "-1"),
    Example("http.retry_after(kind=missing, code=503)", STREAM, lambda reply: reply.header("retry-after"), None),
    Example("http.fail_first(n=2)", STREAM, lambda reply: reply.status, 503, nth=2),
    Example("http.fail_first(n=2)", STREAM, itself, STREAM, nth=3),
    Example("http.html_with_200", STREAM, head, (200, "text/html; charset=UTF-8", None, Length())),
    Example("http.wrong_content_type", STREAM, lambda reply: reply.header("content-type"), "text/html"),
    Example('http.wrong_content_type(value="")', STREAM, lambda reply: reply.header("content-type"), None),
    Example("http.header_huge(size_bytes=9)", STREAM, lambda reply: reply.headers[-1], ("x-padding", "ppppppppp")),
    Example(
        "http.duplicate_header",
        ENVELOPE,
        lambda reply: reply.headers,
        (("content-type", "application/json"),) * 2,
    ),
    Example(
        "http.duplicate_header(name=Content-Length, value=3)",
        json_reply(b"{}"),
        lambda reply: payload(render(reply)),
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ),
    Example("http.duplicate_header(name=x-none)", ENVELOPE, itself, ENVELOPE),
    Example("http.redirect", STREAM, lambda reply: (reply.status, reply.header("location")), (307, "?again=1")),
    Example(
        "http.redirect(location=cross-origin)", STREAM, lambda reply: reply.header("location")[:17], "http://127.0.0.2:"
    ),
    Example("http.redirect(location=garbage)", STREAM, lambda reply: reply.header("location"), "http://["),
    Example("http.redirect(location=missing, code=302)", STREAM, lambda reply: reply.header("location"), None),
    Example(
        "http.interim_1xx(code=100, count=2)",
        (Send(b"real"), KEEP),
        itself,
        (Send(b"HTTP/1.1 100 Continue\r\n\r\n"),) * 2 + (Send(b"real"), KEEP),
    ),
    Example("http.interim_1xx", (Send(b"real"), KEEP), lambda script: script[0].data[:24], b"HTTP/1.1 103 Early Hints"),
    Example(
        "http.second_response",
        (Send(b"early"), Wait(1.0), Send(b"head"), Send(b"real"), KEEP),
        lambda script: (script[:2], script[2].data[:23], script[2].data[-2:], script[3:]),
        ((Send(b"early"), Wait(1.0)), b"headrealHTTP/1.1 200 OK", b"]}", (KEEP,)),
    ),
    Example("http.second_response", (Send(b"real"), Wait(1.0), KEEP), len, 4),
    Example("http.empty_response", (Wait(1.0), Send(b"x"), KEEP), itself, (Close(),)),
)


@rows(*EXAMPLES)
def test_a_fault_of_http_does_what_it_says(example: Example) -> None:
    example.check()


@pytest.mark.parametrize("ai_code", AI_ERRORS)
def test_every_internal_code_can_be_asked_for(ai_code: int) -> None:
    row = AI_ERRORS[ai_code]

    reply = http.Status(code=row.status, ai_code=ai_code).apply(ENVELOPE, Turn(Random(1)))

    assert code(reply) == (row.status, ai_code)
    assert row.message in reply.body_bytes.decode()


def test_an_error_takes_as_long_as_the_answer_would_have_taken_to_start() -> None:
    slow = replace(ENVELOPE, wait_s=3.0)

    assert http.Status().apply(slow, Turn(Random(1))).wait_s == 3.0


def test_a_date_counts_from_the_turn_where_the_reply_has_none() -> None:
    turn = Turn(Random(1), unix_s=86_400.0)

    reply = http.RetryAfter(kind="date", seconds=5).apply(ENVELOPE, turn)

    assert reply.header("retry-after") == "Fri, 02 Jan 1970 00:00:05 GMT"
