from __future__ import annotations

import json
from typing import Any

import pytest

from fault_injection.chat import chunk_of, text_of
from fault_injection.reply import Reply, json_reply
from fault_injection.spec import parse
from tests.fault_injection.families.examples import Example, itself, rows
from tests.fault_injection.golden import ANSWERS, COMPLETION, ENVELOPE, NATIVE, USAGE

LIST = json_reply(b"[1]")
EMPTY = json_reply(b"{}")
SIZE = len(ENVELOPE.body_bytes)


def answer(reply: Reply) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(reply.body_bytes)


def result(reply: Reply) -> Any:  # noqa: ANN401 - any JSON
    return answer(reply)["result"]


def choice(reply: Reply) -> Any:  # noqa: ANN401 - any JSON
    return answer(reply)["choices"][0]


def body(reply: Reply) -> bytes:
    return reply.body_bytes


def text_of_events(reply: Reply) -> str:
    return "".join(text_of(chunk) for item in reply.events if (chunk := chunk_of(item)))


EXAMPLES = (
    Example("payload.empty_body", ENVELOPE, body, b""),
    Example("payload.empty_body", NATIVE, itself, NATIVE),
    Example("payload.truncated_json(keep_fraction=0.25)", json_reply(b'{"a":"b"}'), body, b'{"'),
    Example("payload.truncated_json(keep_fraction=1)", json_reply(b'{"a":"b"}'), body, b'{"a":"b"'),
    Example("payload.truncated_json", NATIVE, itself, NATIVE),
    Example("payload.invalid_json", json_reply(b'{"a":"b"}'), body, b"{'a':'b'}"),
    Example("payload.invalid_json(kind=words)", ENVELOPE, body, b"upstream connect error"),
    Example("payload.invalid_json(kind=extra)", json_reply(b"{}"), body, b"{}}{"),
    Example("payload.invalid_json", NATIVE, itself, NATIVE),
    Example("payload.wrong_type", ENVELOPE, lambda reply: result(reply)["response"], {"text": "not a string"}),
    Example(
        "payload.wrong_type", COMPLETION, lambda reply: choice(reply)["message"]["content"], {"text": "not a string"}
    ),
    Example("payload.wrong_type(where=choices)", COMPLETION, lambda reply: answer(reply)["choices"], "none"),
    Example("payload.wrong_type(where=choices)", ENVELOPE, itself, ENVELOPE),
    Example("payload.wrong_type(where=usage)", ENVELOPE, lambda reply: result(reply)["usage"], "many"),
    Example("payload.wrong_type(where=usage)", EMPTY, itself, EMPTY),
    Example("payload.wrong_type(where=root)", json_reply(b'{"a":1}'), body, b'[{"a":1}]'),
    Example("payload.wrong_type(where=root)", LIST, itself, LIST),
    Example("payload.missing_field", ENVELOPE, result, {"usage": USAGE}),
    Example("payload.missing_field", COMPLETION, lambda reply: choice(reply)["message"], {"role": "assistant"}),
    Example(
        "payload.missing_field(path=role)", COMPLETION, lambda reply: choice(reply)["message"], {"content": "Hello"}
    ),
    Example("payload.missing_field(path=message)", COMPLETION, choice, {"index": 0, "finish_reason": "stop"}),
    Example(
        "payload.missing_field(path=finish_reason)", COMPLETION, lambda reply: "finish_reason" in choice(reply), False
    ),
    Example("payload.missing_field(path=choices)", COMPLETION, lambda reply: "choices" in answer(reply), False),
    Example("payload.missing_field(path=usage)", ENVELOPE, result, {"response": "Hello"}),
    Example("payload.missing_field(path=response)", ENVELOPE, result, {"usage": USAGE}),
    Example("payload.missing_field(path=result)", ENVELOPE, answer, {"success": True, "errors": [], "messages": []}),
    Example("payload.missing_field(path=result)", COMPLETION, itself, COMPLETION),
    Example("payload.missing_field(path=result)", LIST, itself, LIST),
    Example("payload.missing_field(path=message)", ENVELOPE, itself, ENVELOPE),
    Example("payload.missing_field", EMPTY, itself, EMPTY),
    Example("payload.null_content", ENVELOPE, lambda reply: result(reply)["response"], None),
    Example("payload.null_content", COMPLETION, lambda reply: choice(reply)["message"]["content"], None),
    Example("payload.null_content", json_reply(b'{"choices":[{}]}'), body, b'{"choices":[{}]}'),
    Example("payload.numeric_content(number=7)", ENVELOPE, lambda reply: result(reply)["response"], 7),
    Example("payload.wrong_content(text=No.)", COMPLETION, lambda reply: choice(reply)["message"]["content"], "No."),
    Example("payload.extra_field(name=zz)", json_reply(b'{"a":1}'), answer, {"zz": {"since": "2027"}, "a": 1}),
    Example("payload.extra_field(name=a)", json_reply(b'{"a":1}'), answer, {"a": 1}),
    Example(
        "payload.extra_field(name=zz)",
        ENVELOPE,
        lambda reply: ("zz" in answer(reply), "zz" in result(reply)),
        (True, True),
    ),
    Example("payload.extra_field", LIST, itself, LIST),
    Example("payload.huge", ENVELOPE, lambda reply: len(body(reply)), 1_500_000),
    Example("payload.huge(size_bytes=1000)", COMPLETION, lambda reply: len(body(reply)), 1_000),
    Example(
        "payload.huge(size_bytes=1000)", COMPLETION, lambda reply: choice(reply)["message"]["content"][:7], "Helloxx"
    ),
    Example("payload.huge(size_bytes=1)", ENVELOPE, itself, ENVELOPE),
    Example("payload.huge", json_reply(b'{"response":1}'), answer, {"response": 1}),
    Example("payload.huge", LIST, itself, LIST),
    Example("payload.deep_nesting(depth=3)", json_reply(b'{"a":1}'), body, b'{"a":1,"deep":[[[]]]}'),
    Example("payload.deep_nesting(depth=1)", EMPTY, body, b'{"deep":[]}'),
    Example("payload.deep_nesting(depth=200000)", ENVELOPE, lambda reply: body(reply).count(b"["), 200_002),
    Example("payload.deep_nesting", LIST, itself, LIST),
    Example("payload.empty_choices", COMPLETION, lambda reply: answer(reply)["choices"], []),
    Example("payload.empty_choices", ENVELOPE, itself, ENVELOPE),
    Example("payload.success_false", ENVELOPE, lambda reply: (reply.status, answer(reply)["success"]), (200, False)),
    Example("payload.success_false(ai_code=3021)", ENVELOPE, lambda reply: answer(reply)["errors"][0]["code"], 3021),
    Example(
        "payload.success_false(ai_code=9999)",
        ENVELOPE,
        lambda reply: answer(reply)["errors"][0]["message"],
        "AiError: Unknown error",
    ),
    Example("payload.success_false", NATIVE, itself, NATIVE),
    Example(
        "payload.events_instead",
        COMPLETION,
        lambda reply: (reply.header("content-type"), text_of_events(reply), reply.events[-1].is_done),
        ("text/event-stream", "Hello", True),
    ),
    Example(
        "payload.events_instead(label=json)",
        ENVELOPE,
        lambda reply: (reply.header("content-type"), text_of_events(reply), len(reply.events)),
        ("application/json", "Hello", 4),
    ),
    Example("payload.events_instead", NATIVE, itself, NATIVE),
    Example("payload.events_instead", json_reply(b'{"result":{"data":[]}}'), lambda reply: reply.is_stream, False),
    Example("payload.finish_unknown(reason=odd)", COMPLETION, lambda reply: choice(reply)["finish_reason"], "odd"),
    Example("payload.finish_unknown", ENVELOPE, itself, ENVELOPE),
    Example("payload.wrong_role", COMPLETION, lambda reply: choice(reply)["message"]["role"], "user"),
    Example("payload.wrong_role", ENVELOPE, itself, ENVELOPE),
)


@rows(*EXAMPLES)
def test_a_fault_of_the_body_does_what_it_says(example: Example) -> None:
    example.check()


@pytest.mark.parametrize("kind", ["quotes", "words", "extra"])
@pytest.mark.parametrize("before", ANSWERS, ids=["envelope", "completion"])
def test_json_that_is_to_be_invalid_is(kind: str, before: Reply) -> None:
    with pytest.raises(json.JSONDecodeError):
        Example(f"payload.invalid_json(kind={kind})", before, answer, None).check()


def test_a_body_too_deep_to_parse_is_left_alone_by_the_next_fault() -> None:
    deep = json_reply(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}")

    Example(str(parse("payload.null_content")), deep, lambda reply: reply == deep, True).check()
