from __future__ import annotations

import json
from collections.abc import Callable

from fault_injection.chat import load
from fault_injection.reply import Reply, event, stream_reply
from tests.fault_injection.families.examples import Example, datas, itself, raws, rows
from tests.fault_injection.golden import DONE, NATIVE, NATIVE_TOOLS, OPENAI, TOOLS, USAGE, native
from tests.fault_injection.meaning import Meaning, meaning

FACELESS = stream_reply((event("words"), DONE))
RESPONSES = stream_reply((event('{"type":"response.created","response":{"id":"resp_1"}}'),))


def fragments(reply: Reply) -> list[str]:
    found = []
    for data in datas(reply)[:-1]:
        for choice in json.loads(data).get("choices", []):
            found += [call["function"].get("arguments") for call in choice["delta"].get("tool_calls", [])]
    return found


def arguments(reply: Reply) -> str:
    told = meaning(reply)
    assert isinstance(told, Meaning)
    return told.arguments[0]


def usages(reply: Reply) -> list[object]:
    told = meaning(reply)
    assert isinstance(told, Meaning)
    return told.usages


def chunk(place: int) -> Callable[[Reply], object]:
    return lambda reply: json.loads(datas(reply)[place])


EXAMPLES = (
    Example("sse.tool_args_split(characters=4)", TOOLS, fragments, ["", "", '{"ci', 'ty":', "", '"Köl', 'n"}']),
    Example("sse.tool_args_split", TOOLS, arguments, '{"city":"Köln"}'),
    Example("sse.tool_args_split", NATIVE_TOOLS, arguments, '{"a":1}'),
    Example("sse.tool_args_split", NATIVE_TOOLS, lambda reply: len(reply.events), len(NATIVE_TOOLS.events) + 7),
    Example("sse.tool_args_split(characters=8)", TOOLS, itself, TOOLS),
    Example(
        "sse.tool_args_split(characters=2)",
        stream_reply((native(tool_calls=[{"index": 3, "function": {"arguments": "abc"}}]),)),
        lambda reply: [json.loads(data)["tool_calls"][0] for data in datas(reply)],
        [{"index": 3, "function": {"arguments": text}} for text in ("", "ab", "c")],
    ),
    Example("sse.tool_args_split(characters=99)", TOOLS, itself, TOOLS),
    Example("sse.tool_args_split", FACELESS, itself, FACELESS),
    Example("sse.tool_args_broken", TOOLS, arguments, '{"city":"Kö'),
    Example("sse.tool_args_broken(kind=not-json)", NATIVE_TOOLS, arguments, "not json"),
    Example(
        "sse.tool_args_broken(kind=garbled)",
        TOOLS,
        lambda reply: (json.loads(arguments(reply)), [load(data) for data in datas(reply)].count(None)),
        ({"city": "K"}, 2),
    ),
    Example("sse.tool_args_broken(kind=garbled)", NATIVE_TOOLS, itself, NATIVE_TOOLS),
    Example("sse.tool_args_broken", OPENAI, itself, OPENAI),
    Example(
        "sse.null_final_tool_call",
        NATIVE_TOOLS,
        chunk(2),
        {"tool_calls": [{"id": None, "type": None, "index": 0, "function": {"name": None, "arguments": ""}}]},
    ),
    Example("sse.null_final_tool_call", TOOLS, lambda reply: raws(reply)[:4] + raws(reply)[5:], raws(TOOLS)),
    Example("sse.null_final_tool_call", OPENAI, itself, OPENAI),
    Example("sse.empty_choices_chunk", NATIVE, chunk(0), {"tool_calls": [], "p": "abdefgh"}),
    Example("sse.empty_choices_chunk(at=2)", OPENAI, lambda reply: json.loads(datas(reply)[2])["choices"], []),
    Example("sse.empty_choices_chunk", FACELESS, itself, FACELESS),
    Example("sse.empty_choices_chunk(kind=null)", OPENAI, lambda reply: json.loads(datas(reply)[0])["choices"], None),
    Example(
        "sse.empty_choices_chunk(kind=missing)", OPENAI, lambda reply: "choices" in json.loads(datas(reply)[0]), False
    ),
    Example("sse.role_only_first", NATIVE, chunk(0), {"response": ""}),
    Example(
        "sse.role_only_first",
        OPENAI,
        lambda reply: json.loads(datas(reply)[0])["choices"],
        [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}],
    ),
    Example("sse.role_only_first", FACELESS, itself, FACELESS),
    Example("sse.role_only_first", RESPONSES, itself, RESPONSES),
    Example("sse.wrong_index", OPENAI, lambda reply: json.loads(datas(reply)[1])["choices"][0]["index"], 7),
    Example("sse.wrong_index", NATIVE, itself, NATIVE),
    Example("sse.usage_missing", NATIVE, raws, raws(NATIVE)[:3] + raws(NATIVE)[4:]),
    Example("sse.usage_missing", OPENAI, raws, raws(OPENAI)[:4] + raws(OPENAI)[5:]),
    Example(
        "sse.usage_missing",
        stream_reply((native(response="a", usage=USAGE), DONE)),
        datas,
        [b'{"response":"a"}', b"[DONE]"],
    ),
    Example("sse.usage_missing", TOOLS, itself, TOOLS),
    Example("sse.usage_wrong", NATIVE, chunk(3), {"response": "", "usage": dict.fromkeys(USAGE, 0)}),
    Example("sse.usage_wrong(kind=negative)", OPENAI, usages, [dict.fromkeys(USAGE, -1)]),
    Example("sse.usage_wrong(kind=huge)", OPENAI, usages, [dict.fromkeys(USAGE, 10**18)]),
    Example("sse.usage_wrong(kind=text)", OPENAI, usages, [dict.fromkeys(USAGE, "many")]),
    Example("sse.usage_twice", NATIVE, usages, [USAGE, USAGE]),
    Example("sse.usage_twice", OPENAI, usages, [USAGE, USAGE]),
    Example("sse.usage_twice", TOOLS, itself, TOOLS),
)


@rows(*EXAMPLES)
def test_a_fault_of_chunks_does_what_it_says(example: Example) -> None:
    example.check()
