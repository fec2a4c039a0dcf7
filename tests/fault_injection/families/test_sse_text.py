from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from fault_injection.reply import Event, Length, Reply, event, stream_reply
from tests.fault_injection.families.examples import Example, datas, itself, paced, raws, rows, waits
from tests.fault_injection.golden import DONE, ENVELOPE, NATIVE, OPENAI, TOOLS, native, openai
from tests.fault_injection.meaning import event_data, meaning

N = raws(NATIVE)
O = raws(OPENAI)  # noqa: E741 - N and O, the two dialects
MUTE = stream_reply((Event(b": hi\n\n"), DONE))
FACELESS = stream_reply((event("words"), DONE))


def struck(place: int, before: Reply) -> Callable[[Reply], bytes]:
    """Look at one event, and make sure that all others are as they were."""

    def see(reply: Reply) -> bytes:
        after, old = raws(reply), raws(before)
        assert after[:place] + after[place + 1 :] == old[:place] + old[place + 1 :]
        return reply.events[place].data

    return see


EXAMPLES = (
    Example("sse.malformed_json(at=1)", NATIVE, struck(1, NATIVE), b'{"response"'),
    Example("sse.malformed_json(at=2, kind=extra)", NATIVE, struck(2, NATIVE), b'{"response":"42"}}'),
    Example("sse.malformed_json(at=2, kind=quotes)", NATIVE, struck(2, NATIVE), b"{'response':'42'}"),
    Example("sse.malformed_json", MUTE, itself, MUTE),
    Example("sse.invalid_utf8(at=1)", NATIVE, struck(1, NATIVE), N[1][6:-4] + b'\xc3\x28\xff"}'),
    Example(
        "sse.invalid_utf8(at=0)",
        OPENAI,
        lambda reply: datas(reply)[1],
        O[1][6:-2].replace(b"\xa9", b"\xa9\xc3\x28\xff"),
    ),
    Example("sse.invalid_utf8", FACELESS, itself, FACELESS),
    Example("sse.lone_surrogate(at=2)", NATIVE, struck(2, NATIVE), b'{"response":"42\\ud83d"}'),
    Example("sse.nul_byte(at=9)", NATIVE, struck(2, NATIVE), b'{"response":"42\x00"}'),
    Example("sse.huge_event(at=1, size_bytes=300)", NATIVE, lambda reply: len(raws(reply)[1]), 300),
    Example("sse.huge_event(at=1)", OPENAI, lambda reply: len(raws(reply)[1]), 65_537),
    Example(
        "sse.huge_event(at=1)",
        OPENAI,
        lambda reply: json.loads(datas(reply)[1])["choices"][0]["delta"]["content"][:4],
        "Héxx",
    ),
    Example("sse.huge_event(size_bytes=1)", NATIVE, itself, NATIVE),
    Example("sse.huge_event", MUTE, itself, MUTE),
    Example(
        "sse.many_tiny_events",
        stream_reply((native(response="abc"), native(response="d"), DONE)),
        datas,
        [b'{"response":"a"}', b'{"response":"b"}', b'{"response":"c"}', b'{"response":"d"}', b"[DONE]"],
    ),
    Example("sse.many_tiny_events", OPENAI, lambda reply: len(reply.events), len(O) + 5),
    Example("sse.many_tiny_events", OPENAI, meaning, meaning(OPENAI)),
    Example("sse.numeric_text(at=0)", NATIVE, lambda reply: datas(reply)[0], b'{"response":7,"p":"abdefgh"}'),
    Example("sse.numeric_text(at=0)", NATIVE, lambda reply: datas(reply)[2], b'{"response":42}'),
    Example(
        "sse.numeric_text(at=9)",
        stream_reply(tuple(native(response=text) for text in ("0", "07", "9" * 15, "9" * 16, "٣", "-1", "x"))),
        lambda reply: [json.loads(data)["response"] for data in datas(reply)],
        [0, "07", 10**15 - 1, "9" * 16, "٣", "-1", 7],
    ),
    Example("sse.numeric_text", MUTE, itself, MUTE),
    Example("sse.duplicate_event(at=1)", NATIVE, raws, [*N[:2], *N[1:]]),
    Example("sse.duplicate_event(at=1)", paced(NATIVE, 1.0), waits, [1.0, 1.0, 0.0, 1.0, 1.0, 1.0]),
    Example("sse.duplicate_event", MUTE, itself, MUTE),
    Example("sse.drop_event(at=1)", NATIVE, raws, [N[0], *N[2:]]),
    Example("sse.drop_event(at=99)", NATIVE, raws, [*N[:3], N[4]]),
    Example("sse.drop_event", MUTE, itself, MUTE),
    Example("sse.reorder_events(at=1)", NATIVE, raws, [N[0], N[2], N[1], *N[3:]]),
    Example("sse.reorder_events(at=99)", NATIVE, raws, [*N[:2], N[3], N[2], N[4]]),
    Example("sse.reorder_events", FACELESS, itself, FACELESS),
    Example("sse.json_instead", NATIVE, lambda reply: json.loads(reply.body_bytes)["result"]["response"], "Héllo 🦊42"),
    Example(
        "sse.json_instead",
        OPENAI,
        lambda reply: json.loads(reply.body_bytes)["choices"],
        [{"index": 0, "message": {"role": "assistant", "content": "Héllo 🦊"}, "finish_reason": "stop"}],
    ),
    Example(
        "sse.json_instead",
        OPENAI,
        lambda reply: (reply.header("content-type"), reply.framing),
        ("application/json", Length()),
    ),
    Example(
        "sse.json_instead",
        TOOLS,
        lambda reply: [
            (choice["finish_reason"], [call["function"]["name"] for call in choice["message"]["tool_calls"]])
            for choice in json.loads(reply.body_bytes)["choices"]
        ],
        [("tool_calls", ["f"])],
    ),
    Example("sse.html_instead", NATIVE, lambda reply: reply.header("content-type"), "text/html; charset=UTF-8"),
    Example("sse.html_instead", ENVELOPE, itself, ENVELOPE),
)


@rows(*EXAMPLES)
def test_a_fault_of_events_does_what_it_says(example: Example) -> None:
    example.check()


@pytest.mark.parametrize("spec", ["sse.malformed_json", "sse.malformed_json(kind=extra)", "sse.nul_byte"])
def test_json_that_is_to_be_unreadable_is(spec: str) -> None:
    def unreadable(reply: Reply) -> int:
        found = 0
        for data in event_data(reply.body_bytes)[:-1]:
            try:
                json.loads(data)
            except ValueError:
                found += 1
        return found

    Example(spec, OPENAI, unreadable, 1).check()


def test_tool_calls_are_not_repeated_by_tiny_events() -> None:
    mixed = stream_reply((openai({"role": "assistant", "content": "ab", "tool_calls": []}), *TOOLS.events))

    Example("sse.many_tiny_events", mixed, lambda reply: reply.body_bytes.count(b'"role"'), 2).check()
