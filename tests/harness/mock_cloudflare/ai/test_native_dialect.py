from __future__ import annotations

import json

from tests.harness.mock_cloudflare.asking import GLM, LLAMA, NONCE, Asker, body_of, payloads, user

ASK = f"{NONCE} tokens=3 ascii=true"


def test_a_classic_stream_has_exactly_the_recorded_bytes() -> None:
    answer = Asker().run(messages=user(ASK), stream=True)

    assert answer.reply.body_bytes.decode() == (
        'data: {"response":"","tool_calls":[],"p":"abdefghijklmnoprstuvxyz1234567890"}\n\n'
        'data: {"response":"re-0123456789ab-ede3335e","tool_calls":[],"p":"abdefghijklmnoprst"}\n\n'
        'data: {"response":" streams","tool_calls":[],"p":"abdefghijklmnoprstuvxyz1234567890abdefghij"}\n\n'
        'data: {"response":".","tool_calls":[],"p":"abdefghijklmnoprstuvxyz1234567890abdefghij"}\n\n'
        'data: {"response":"","usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}\n\n'
        "data: [DONE]\n\n"
    )
    assert answer.surface == "ai.run"
    assert answer.model == LLAMA
    assert answer.nonce == NONCE


def test_a_stream_is_an_event_stream_from_cloudflare() -> None:
    reply = Asker().run(messages=user(ASK), stream=True).reply

    assert [name for name, _ in reply.headers] == ["date", "server", "cf-ray", "content-type"]
    assert reply.header("content-type") == "text/event-stream"
    assert reply.header("server") == "cloudflare"
    assert reply.header("date") == "Mon, 24 Nov 2025 16:00:00 GMT"


def test_padding_is_a_prefix_of_the_recorded_cycle() -> None:
    events = payloads(Asker().run(messages=user(f"{NONCE} tokens=60"), stream=True))

    pads = [str(item["p"]) for item in events if "p" in item]
    assert len(pads) == 61
    assert all(0 < len(pad) <= 48 and ("abdefghijklmnoprstuvxyz1234567890" * 2).startswith(pad) for pad in pads)
    assert len({len(pad) for pad in pads}) > 10


def test_a_whole_answer_says_what_the_stream_says() -> None:
    ask = Asker()

    whole = body_of(ask.run(messages=user(ASK)))
    streamed = payloads(ask.run(messages=user(ASK), stream=True))

    assert whole == {
        "result": {
            "response": "".join(str(item.get("response", "")) for item in streamed),
            "tool_calls": [],
            "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15},
        },
        "success": True,
        "errors": [],
        "messages": [],
    }


def test_streamed_tool_calls_end_in_a_call_of_nulls() -> None:
    events = payloads(Asker().run(messages=user(f"{NONCE} tools=2"), stream=True))

    calls = [item["tool_calls"][0] for item in events[1:-2]]
    opening = {"id": "CALL", "type": "function", "index": 0, "function": {"name": "get_weather"}}
    assert {**calls[0], "id": "CALL"} == opening
    ends = [at for at, call in enumerate(calls) if call.get("id", "") is None]
    assert len(ends) == 2
    null_call = {"id": None, "type": None, "index": 0, "function": {"name": None, "arguments": ""}}
    assert calls[ends[0]] == null_call
    pieces = [call["function"]["arguments"] for call in calls[1 : ends[0]]]
    assert len(pieces) > 1
    assert json.loads("".join(pieces))["when"]["hours"] == [6, 12, 18]
    assert events[-2] == {"finish_reason": "tool_calls"}


def test_a_whole_answer_has_the_arguments_as_an_object() -> None:
    ask = Asker()

    result = body_of(ask.run(messages=user(f"{NONCE} tools=1")))["result"]

    assert result["response"] is None
    assert result["finish_reason"] == "tool_calls"
    assert result["tool_calls"][0]["name"] == "get_weather"
    assert result["tool_calls"][0]["arguments"]["city"].startswith("Zürich")


def test_a_prompt_string_counts_like_a_message() -> None:
    answer = Asker().run(prompt=f"system: be kind\n\nuser: ep-aaaaaaaaaaaa tokens=9\n\nuser: {NONCE} tokens=2")

    assert answer.nonce == NONCE
    usage = body_of(answer)["result"]["usage"]
    assert usage["completion_tokens"] == 2


def test_waits_are_where_the_prompt_puts_them() -> None:
    ask = Asker()

    streamed = ask.run(messages=user(f"{NONCE} tokens=3 pace_s=0.5 first_s=2"), stream=True).reply
    whole = ask.run(messages=user(f"{NONCE} tokens=3 pace_s=0.5 first_s=2")).reply

    assert [item.wait_s for item in streamed.events] == [2.0, 0.0, 0.5, 0.5, 0.0, 0.0]
    assert streamed.wait_s == 0.0
    assert whole.wait_s == 2.0


def test_finish_reason_is_named_unless_it_is_stop() -> None:
    cut = f"{NONCE} tokens=9"

    named = payloads(Asker().run(messages=user(cut), max_tokens=2, stream=True))
    silent = payloads(Asker(native_finish_reason="never").run(messages=user(cut), max_tokens=2, stream=True))
    always = payloads(Asker(native_finish_reason="always").run(messages=user(ASK), stream=True))

    assert named[-2] == {"finish_reason": "length"}
    assert not [item for item in silent if "finish_reason" in item]
    assert always[-2] == {"finish_reason": "stop"}


def test_numeric_tokens_become_numbers_only_where_the_switch_says_so() -> None:
    asked = f"{NONCE} tokens=400"

    plain = payloads(Asker().run(messages=user(asked), stream=True))
    numeric = payloads(Asker(numeric_tokens=True).run(messages=user(asked), stream=True))

    assert all(isinstance(item["response"], str) for item in plain)
    assert [str(item["response"]) for item in plain] == [str(item["response"]) for item in numeric]
    assert any(isinstance(item["response"], int) for item in numeric)


def test_neurons_are_counted_where_the_switch_says_so() -> None:
    events = payloads(Asker(usage_neurons=True).run(messages=user(ASK), stream=True))

    assert events[-1]["usage"] == {
        "prompt_tokens": 12,
        "completion_tokens": 3,
        "total_tokens": 15,
        "neurons": 0.1875,
    }


def test_the_default_limit_cuts_an_answer_that_nobody_limited() -> None:
    events = payloads(Asker(default_max_tokens=4).run(messages=user(f"{NONCE} tokens=9"), stream=True))

    assert events[-1]["usage"]["completion_tokens"] == 4
    assert events[-2] == {"finish_reason": "length"}


def test_a_newer_model_sends_zero_usage_on_every_chunk_and_the_truth_at_the_end() -> None:
    answer = Asker().run(GLM, messages=user(ASK), stream=True)

    assert answer.reply.body_bytes.decode() == (
        'data: {"choices":[{"delta":{"role":"assistant","content":""},"finish_reason":null,"index":0}],'
        '"usage":{"prompt_tokens":0,"completion_tokens":0}}\n\n'
        'data: {"choices":[{"delta":{"content":"re-0123456789ab-dcad39d0"},"finish_reason":null,"index":0}],'
        '"usage":{"prompt_tokens":0,"completion_tokens":0}}\n\n'
        'data: {"choices":[{"delta":{"content":"way"},"finish_reason":null,"index":0}],'
        '"usage":{"prompt_tokens":0,"completion_tokens":0}}\n\n'
        'data: {"choices":[{"delta":{"content":"."},"finish_reason":null,"index":0}],'
        '"usage":{"prompt_tokens":0,"completion_tokens":0}}\n\n'
        'data: {"choices":[{"delta":{},"finish_reason":"stop","index":0}],'
        '"usage":{"prompt_tokens":0,"completion_tokens":0}}\n\n'
        'data: {"response":"","usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}\n\n'
        "data: [DONE]\n\n"
    )
