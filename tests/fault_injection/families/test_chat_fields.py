from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fault_injection.families.chat_fields.logprobs import odds
from fault_injection.reply import Reply, event, stream_reply
from tests.fault_injection.families.examples import Example, datas, itself, paced, rows, waits
from tests.fault_injection.golden import COMPLETION, DONE, ENVELOPE, NATIVE, OPENAI, TOOLS, USAGE, openai

FACELESS = stream_reply((event("words"), DONE))
TWO = stream_reply(
    (
        *OPENAI.events[:3],
        openai({"content": "!"}),
        openai({"content": "?"}),
        *OPENAI.events[3:],
    )
)


def chunks(reply: Reply) -> list[dict[str, Any]]:
    return [json.loads(data) for data in datas(reply)[:-1]]


def deltas(*names: str) -> Callable[[Reply], list[tuple[Any, ...]]]:
    """What each chunk says in the fields named, where it has any of them."""

    def see(reply: Reply) -> list[tuple[Any, ...]]:
        found = [choice["delta"] for chunk in chunks(reply) for choice in chunk["choices"]]
        return [tuple(delta.get(name, "-") for name in names) for delta in found]

    return see


def message(reply: Reply) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(reply.body_bytes)["choices"][0]["message"]


def result(name: str) -> Callable[[Reply], object]:
    return lambda reply: json.loads(reply.body_bytes)["result"][name]


def choice(place: int) -> Callable[[Reply], object]:
    """A chunk's only choice."""
    return lambda reply: chunks(reply)[place]["choices"][0]


def usages(reply: Reply) -> list[object]:
    return [chunk.get("usage", "-") for chunk in chunks(reply)]


def counted(so_far: int) -> dict[str, int]:
    return {"prompt_tokens": 5, "completion_tokens": so_far, "total_tokens": 5 + so_far}


EXAMPLES = (
    Example(
        "chat.reasoning",
        OPENAI,
        deltas("reasoning_content", "content"),
        [
            ("-", ""),
            ("Hm. The user ", "-"),
            ("asks „so“, 東京 🦊, ", None),
            ('and wants "quotes".', "-"),
            ("-", "Hé"),
            ("-", "llo 🦊"),
            ("-", "-"),
        ],
    ),
    Example("chat.reasoning", paced(OPENAI, 1.0), waits, [1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]),
    Example(
        "chat.reasoning(place=beside, name=reasoning)",
        OPENAI,
        deltas("reasoning", "content"),
        [("-", ""), ("Hm. The user ", "Hé"), ("asks „so“, 東京 🦊, ", "llo 🦊"), ("-", "-")],
    ),
    Example(
        "chat.reasoning(place=between)",
        TWO,
        deltas("reasoning_content", "content"),
        [
            ("-", ""),
            ("-", "Hé"),
            ("asks „so“, 東京 🦊, ", "-"),
            ("-", "llo 🦊"),
            ("-", "!"),
            ("Hm. The user ", "-"),
            ("-", "?"),
            ("-", "-"),
        ],
    ),
    Example("chat.reasoning(place=null)", OPENAI, deltas("reasoning_content"), [(None,)] * 4),
    Example("chat.reasoning(place=empty, name=both)", TOOLS, deltas("reasoning", "reasoning_content"), [("", "")] * 5),
    Example(
        "chat.reasoning",
        COMPLETION,
        lambda reply: message(reply)["reasoning_content"],
        'Hm. The user asks „so“, 東京 🦊, and wants "quotes".',
    ),
    Example("chat.reasoning(place=null)", COMPLETION, lambda reply: message(reply)["reasoning_content"], None),
    Example("chat.reasoning", NATIVE, itself, NATIVE),
    Example("chat.reasoning", ENVELOPE, itself, ENVELOPE),
    Example("chat.reasoning", FACELESS, itself, FACELESS),
    Example(
        "chat.logprobs",
        OPENAI,
        lambda reply: [
            [odd["token"] for odd in (choice.get("logprobs") or {"content": []})["content"]]
            for chunk in chunks(reply)
            for choice in chunk["choices"]
        ],
        [[], ["Hé"], ["llo 🦊"], []],
    ),
    Example(
        "chat.logprobs(top=1)",
        COMPLETION,
        lambda reply: json.loads(reply.body_bytes)["choices"][0]["logprobs"],
        {"content": [odds("Hello", 1)], "refusal": None},
    ),
    Example("chat.logprobs", NATIVE, itself, NATIVE),
    Example(
        "chat.fields",
        OPENAI,
        lambda reply: [max(chunk) for chunk in chunks(reply)],
        ["x_upstream"] * 5,
    ),
    Example("chat.fields", NATIVE, lambda reply: chunks(reply)[3]["usage"]["x_upstream"]["since"], 2027),
    Example("chat.fields(value=null)", COMPLETION, lambda reply: message(reply)["x_upstream"], None),
    Example(
        "chat.fields(value=empty)", ENVELOPE, lambda reply: json.loads(reply.body_bytes)["result"]["x_upstream"], {}
    ),
    Example("chat.fields(which=refusal, value=null)", OPENAI, deltas("refusal"), [(None,)] * 4),
    Example(
        "chat.fields(which=refusal)",
        OPENAI,
        deltas("refusal"),
        [("-",), ("-",), ("-",), ("I will ",), ("say no more.",), ("-",)],
    ),
    Example("chat.fields(which=annotations, value=empty)", COMPLETION, lambda reply: message(reply)["annotations"], []),
    Example(
        "chat.fields(which=annotations)",
        OPENAI,
        lambda reply: [len(value) for (value,) in deltas("annotations")(reply) if value != "-"],
        [1, 1],
    ),
    Example(
        "chat.fields(which=audio)",
        COMPLETION,
        lambda reply: sorted(message(reply)["audio"]),
        ["data", "expires_at", "id", "transcript"],
    ),
    Example(
        "chat.fields(which=audio)",
        OPENAI,
        lambda reply: [value for (value,) in deltas("audio")(reply) if value != "-"],
        [{"id": "audio_1"}, {"data": "UklG"}, {"data": "Rg=="}, {"expires_at": 1_900_000_000}],
    ),
    Example(
        "chat.fields(which=service_tier)",
        OPENAI,
        lambda reply: [chunk["service_tier"] for chunk in chunks(reply)],
        ["default"] * 5,
    ),
    Example("chat.fields(which=system_fingerprint)", NATIVE, itself, NATIVE),
    Example(
        "chat.fields(which=usage_details)",
        COMPLETION,
        lambda reply: json.loads(reply.body_bytes)["usage"]["prompt_tokens_details"]["cached_tokens"],
        1,
    ),
    Example("chat.fields(which=usage_details)", TOOLS, itself, TOOLS),
    Example("chat.usage", OPENAI, usages, [counted(0), counted(1), counted(2), counted(2), USAGE]),
    Example("chat.usage(place=nulls)", OPENAI, usages, [None, None, None, None, USAGE]),
    Example("chat.usage(place=zeros)", NATIVE, usages, [dict.fromkeys(USAGE, 0)] * 3 + [USAGE]),
    Example("chat.usage(place=finish)", OPENAI, usages, ["-", "-", "-", USAGE]),
    Example("chat.usage(place=early)", OPENAI, usages, ["-", "-", "-", USAGE, "-"]),
    Example("chat.usage(place=finish)", NATIVE, itself, NATIVE),
    Example("chat.usage", TOOLS, itself, TOOLS),
    Example(
        "chat.role",
        OPENAI,
        deltas("role", "content"),
        [("assistant", "-"), ("-", "Hé"), ("-", "llo 🦊"), ("-", "-")],
    ),
    Example("chat.role(kind=null-content)", OPENAI, lambda reply: deltas("content")(reply)[0], (None,)),
    Example(
        "chat.role(kind=empty-content)",
        stream_reply((openai({"role": "assistant", "content": "a"}), DONE)),
        deltas("role", "content"),
        [("assistant", ""), ("assistant", "a")],
    ),
    Example("chat.role(kind=every)", TOOLS, deltas("role"), [("assistant",)] * 5),
    Example("chat.role(kind=empty)", OPENAI, deltas("role"), [("assistant",), ("",), ("",), ("",)]),
    Example("chat.role(kind=null)", OPENAI, deltas("role"), [("assistant",), (None,), (None,), (None,)]),
    Example("chat.role(kind=late)", OPENAI, deltas("role"), [("-",), ("assistant",), ("-",), ("-",)]),
    Example("chat.role(kind=never)", OPENAI, deltas("role"), [("-",)] * 4),
    Example("chat.role(kind=never)", NATIVE, itself, NATIVE),
    Example("chat.empty_delta", OPENAI, deltas("content"), [("",), ("Hé",), ("",), ("llo 🦊",), ("-",)]),
    Example("chat.empty_delta(kind=null)", OPENAI, lambda reply: deltas("content")(reply)[2], (None,)),
    Example("chat.empty_delta(kind=missing)", OPENAI, choice(2), {"index": 0, "delta": {}, "finish_reason": None}),
    Example("chat.empty_delta(kind=null-delta)", OPENAI, choice(2), {"index": 0, "delta": None, "finish_reason": None}),
    Example("chat.empty_delta(kind=no-delta)", OPENAI, choice(2), {"index": 0, "finish_reason": None}),
    Example(
        "chat.empty_delta(kind=null)",
        NATIVE,
        lambda reply: chunks(reply)[1],
        {"response": None, "tool_calls": [], "p": "abdef"},
    ),
    Example("chat.empty_delta(kind=missing)", NATIVE, lambda reply: chunks(reply)[1], {"tool_calls": [], "p": "abdef"}),
)


@rows(*EXAMPLES)
def test_a_form_of_fields_does_what_it_says(example: Example) -> None:
    example.check()


@pytest.mark.parametrize("token", ["a", "é", " „so“", "\ud83e"])
def test_odds_are_of_the_token_alone(token: str) -> None:
    told = odds(token, 2)

    assert told == odds(token, 2)
    assert told["token"] == token
    assert bytes(told["bytes"]).decode() == token.encode("utf-8", "replace").decode()
    assert [likely["token"] for likely in told["top_logprobs"]] == [token, f"{token}1"]
    assert told["logprob"] <= 0


def test_odds_are_numbers_of_every_kind() -> None:
    told = {json.dumps(odds(str(number), 0)["logprob"]) for number in range(64)}

    assert {"-0.0", "-9999.0", "-1e-07"} < told
