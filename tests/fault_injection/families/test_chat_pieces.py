from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fault_injection.reply import Reply, event, json_reply, stream_reply
from tests.fault_injection.families.examples import Example, datas, itself, paced, raws, rows, waits
from tests.fault_injection.golden import COMPLETION, DONE, NATIVE, NATIVE_TOOLS, OPENAI, TOOLS, USAGE, native, openai

FACELESS = stream_reply((event("words"), DONE))


FLAT = json_reply(b'{"result":{"response":null,"tool_calls":[{"name":"f","arguments":{"a":1}}]},"success":true}')


def opened(index: int) -> Any:  # noqa: ANN401 - an event
    function = {"name": f"f{index}", "arguments": ""}
    return openai({"tool_calls": [{"index": index, "id": f"call{index}", "type": "function", "function": function}]})


def piece(index: int, text: str) -> Any:  # noqa: ANN401 - an event
    return openai({"tool_calls": [{"index": index, "function": {"arguments": text}}]})


TWO_CALLS = stream_reply(
    (
        openai({"role": "assistant", "content": None}),
        opened(0),
        piece(0, '{"a":'),
        piece(0, "1}"),
        opened(1),
        piece(1, "{}"),
        openai({}, finish="tool_calls"),
        DONE,
    )
)


def chunks(reply: Reply) -> list[dict[str, Any]]:
    return [json.loads(data) for data in datas(reply) if data != b"[DONE]"]


def told(reply: Reply) -> list[tuple[Any, Any]]:
    """Text and finish reason of each chunk."""
    return [
        (choice["delta"].get("content"), choice.get("finish_reason", chunk.get("finish_reason")))
        for chunk in chunks(reply)
        for choice in chunk.get("choices", [{"delta": {"content": chunk.get("response")}}])
    ]


def calls(reply: Reply) -> list[list[tuple[Any, ...]]]:
    """The tool calls of each chunk that has any: index, id, name, arguments, `-` for what is missing."""
    found = []
    for chunk in chunks(reply):
        part = chunk["choices"][0]["delta"] if chunk.get("choices") else chunk
        row = [
            (
                call["index"],
                call.get("id", "-"),
                call["function"].get("name", "-"),
                call["function"].get("arguments", "-"),
            )
            for call in part.get("tool_calls", [])
        ]
        found += [row] if row else []
    return found


def last(reply: Reply) -> object:
    return chunks(reply)[-1]


def event_text(place: int) -> Callable[[Reply], object]:
    return lambda reply: raws(reply)[place].decode("utf-8", "surrogatepass")


EXAMPLES = (
    Example("chat.finish", OPENAI, told, [("", None), ("Hé", None), ("llo 🦊", "stop")]),
    Example("chat.finish", paced(OPENAI, 1.0), waits, [1.0, 1.0, 2.0, 1.0, 1.0]),
    Example("chat.finish", TOOLS, lambda reply: calls(reply)[-1], [(0, "-", "-", '"Köln"}')]),
    Example("chat.finish", TOOLS, lambda reply: len(reply.events), len(TOOLS.events) - 1),
    Example("chat.finish", NATIVE, itself, NATIVE),
    Example(
        "chat.finish(place=with-usage)",
        OPENAI,
        lambda reply: (told(reply)[-1], chunks(reply)[-1]["usage"], len(reply.events)),
        (("llo 🦊", "stop"), USAGE, 4),
    ),
    Example(
        "chat.finish(place=with-usage)", NATIVE, lambda reply: chunks(reply)[-1], {"response": "42", "usage": USAGE}
    ),
    Example(
        "chat.finish",
        stream_reply((native(response="a"), native(finish_reason="length"), DONE)),
        chunks,
        [{"response": "a", "finish_reason": "length"}],
    ),
    Example("chat.finish(place=then-empty)", OPENAI, lambda reply: told(reply)[-2:], [(None, "stop"), ("", None)]),
    Example("chat.finish(place=then-empty)", NATIVE_TOOLS, last, {"response": ""}),
    Example("chat.finish(place=twice)", OPENAI, lambda reply: told(reply)[-2:], [(None, "stop"), (None, "stop")]),
    Example(
        "chat.finish(place=every)",
        OPENAI,
        told,
        [("", None), ("Hé", "stop"), ("llo 🦊", "stop"), (None, "stop")],
    ),
    Example("chat.finish(place=every)", NATIVE, itself, NATIVE),
    Example(
        "chat.tool_calls",
        FLAT,
        lambda reply: json.loads(reply.body_bytes)["result"]["tool_calls"],
        [{"id": "call_0", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}],
    ),
    Example("chat.tool_calls(cut=together)", FLAT, itself, FLAT),
    Example("chat.finish", FACELESS, itself, FACELESS),
    Example("chat.tool_calls", TOOLS, calls, [[(0, "call1", "f", '{"city":"Köln"}')]]),
    Example("chat.tool_calls", paced(TOOLS, 1.0), waits, [1.0, 1.0, 1.0, 1.0]),
    Example(
        "chat.tool_calls(cut=together)",
        TWO_CALLS,
        calls,
        [[(0, "call0", "f0", '{"a":1}'), (1, "call1", "f1", "{}")]],
    ),
    Example(
        "chat.tool_calls(cut=one-piece)", TOOLS, calls, [[(0, "call1", "f", "")], [(0, "-", "-", '{"city":"Köln"}')]]
    ),
    Example(
        "chat.tool_calls(cut=id-late)",
        TOOLS,
        calls,
        [[(0, "-", "f", "")], [(0, "call1", "-", '{"city":')], [(0, "-", "-", '"Köln"}')]],
    ),
    Example(
        "chat.tool_calls(cut=name-late)",
        NATIVE_TOOLS,
        calls,
        [[(0, "call1", "-", "")], [(0, "-", "f", '{"a')], [(0, "-", "-", '":1}')]],
    ),
    Example("chat.tool_calls(cut=repeated)", TOOLS, lambda reply: calls(reply)[-1], [(0, "call1", "f", '"Köln"}')]),
    Example("chat.tool_calls(cut=nulls)", TOOLS, lambda reply: calls(reply)[-1], [(0, None, None, '"Köln"}')]),
    Example("chat.tool_calls(cut=empty)", TOOLS, lambda reply: calls(reply)[-1], [(0, "", "", '"Köln"}')]),
    Example(
        "chat.tool_calls(cut=interleaved)",
        TWO_CALLS,
        lambda reply: [call[0] + (len(row),) for row in calls(reply) for call in [row]],
        [
            (0, "call0", "f0", "", 1),
            (1, "call1", "f1", "", 1),
            (0, "-", "-", '{"a":', 1),
            (1, "-", "-", "{", 1),
            (0, "-", "-", "1}", 1),
            (1, "-", "-", "}", 1),
        ],
    ),
    Example("chat.tool_calls", OPENAI, itself, OPENAI),
    Example(
        "chat.halves",
        OPENAI,
        lambda reply: [text for text, _ in told(reply)],
        ["", "Hé", "llo \ud83e", "\udd8a", None],
    ),
    Example(
        "chat.halves", NATIVE, lambda reply: chunks(reply)[1:3], [{"response": "llo \ud83e"}, {"response": "\udd8a"}]
    ),
    Example("chat.halves", TOOLS, itself, TOOLS),
    Example("chat.spelling", NATIVE, event_text(1), 'data:  {"response"  : "llo 🦊"}\n\n'),
    Example("chat.spelling(kind=reordered)", NATIVE, event_text(0), 'data: {"p":"abdefgh","response":"Hé"}\n\n'),
    Example(
        "chat.spelling(kind=escaped)",
        stream_reply((native(a="é🦊"), DONE)),
        event_text(0),
        'data: {"\\u0061":"\\u00e9\\ud83e\\udd8a"}\n\n',
    ),
    Example("chat.spelling(kind=slashes)", OPENAI, lambda reply: raws(reply)[0].count(b"@cf\\/m"), 1),
    Example(
        "chat.spelling(kind=repeated)", NATIVE, event_text(1), 'data: {"response":"llo 🦊","response":"llo 🦊"}\n\n'
    ),
    Example("chat.spelling(kind=repeated)", json_reply(b"{}"), lambda reply: reply.body_bytes, b"{}"),
    Example("chat.spelling(kind=slashes)", COMPLETION, lambda reply: b"@cf\\/m" in reply.body_bytes, True),
    Example("chat.spelling", FACELESS, itself, FACELESS),
)


@rows(*EXAMPLES)
def test_a_form_of_pieces_does_what_it_says(example: Example) -> None:
    example.check()
