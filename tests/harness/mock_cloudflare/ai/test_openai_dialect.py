from __future__ import annotations

import json

import pytest

from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.request import Answer
from tests.harness.mock_cloudflare.asking import GLM, KIMI, LLAMA, NONCE, Asker, body_of, payloads, user

ASK = f"{NONCE} tokens=2 ascii=true"


def test_a_stream_with_usage_has_exactly_these_bytes() -> None:
    answer = Asker().chat(messages=user(ASK), stream=True, stream_options={"include_usage": True})

    head = (
        f'data: {{"id":"chatcmpl-1880e2b40212580ecaf35b4eb18a822a","object":"chat.completion.chunk",'
        f'"created":1764000000,"model":"{LLAMA}","choices":'
    )
    assert answer.reply.body_bytes.decode() == (
        f'{head}[{{"index":0,"delta":{{"role":"assistant","content":""}},"logprobs":null,"finish_reason":null}}],'
        '"usage":null}\n\n'
        f'{head}[{{"index":0,"delta":{{"content":"re-0123456789ab-e9609bd5"}},"logprobs":null,"finish_reason":null}}],"usage":null}}\n\n'
        f'{head}[{{"index":0,"delta":{{"content":"."}},"logprobs":null,"finish_reason":null}}],"usage":null}}\n\n'
        f'{head}[{{"index":0,"delta":{{}},"logprobs":null,"finish_reason":"stop"}}],"usage":null}}\n\n'
        f'{head}[],"usage":{{"prompt_tokens":12,"completion_tokens":2,"total_tokens":14}}}}\n\n'
        "data: [DONE]\n\n"
    )
    assert answer.surface == "ai.chat"
    assert answer.nonce == NONCE


@pytest.mark.parametrize("asked", [{}, {"max_tokens": 1}, {"n": 2}], ids=["whole", "cut", "two choices"])
def test_the_quick_way_of_writing_an_answer_writes_what_the_slow_one_does(asked: dict[str, object]) -> None:
    answered = Asker().chat(messages=user(f"{NONCE} tokens=60"), **asked).reply.body_bytes

    told = json.loads(answered)

    assert json_text.dump(told) == answered
    assert list(told["choices"][0]["message"]) == ["role", "content", "refusal", "annotations"]
    assert list(told["usage"]) == ["prompt_tokens", "completion_tokens", "total_tokens"]


def test_words_of_a_stream_that_come_again_are_escaped_in_their_turn_alone() -> None:
    quick = Asker().chat(messages=user(f"{NONCE} tokens=300"), stream=True)
    paced = Asker().chat(messages=user(f"{NONCE} tokens=300 pace_s=0.5"), stream=True)

    def kinds(answer: Answer) -> list[bool]:
        return [event.raw.isascii() for event in answer.reply.events]

    assert all(kinds(quick)[4:-2:4])
    assert not all(kinds(quick))
    assert len(quick.reply.events) == len(paced.reply.events)


def test_a_stream_without_stream_options_has_no_usage_at_all() -> None:
    events = payloads(Asker().chat(messages=user(ASK), stream=True))

    assert not [item for item in events if "usage" in item]


def test_a_whole_answer_has_exactly_these_bytes() -> None:
    answer = Asker().chat(messages=user(ASK))

    assert answer.reply.body_bytes.decode() == (
        f'{{"id":"chatcmpl-ba0861285cb4e5a1dc5c5cbe9f4bd25f","object":"chat.completion","created":1764000000,"model":"{LLAMA}",'
        '"choices":[{"index":0,"message":{"role":"assistant","content":"re-0123456789ab-e9609bd5.",'
        '"refusal":null,"annotations":[]},"logprobs":null,'
        '"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":2,"total_tokens":14}}'
    )


@pytest.mark.parametrize("choices", [1, 3, 8])
def test_choices_stay_apart_and_say_the_same_in_both_forms(choices: int) -> None:
    ask = Asker()

    whole = body_of(ask.chat(messages=user(f"{NONCE} tokens=7"), n=choices))
    events = payloads(ask.chat(messages=user(f"{NONCE} tokens=7"), n=choices, stream=True))

    texts = ["" for _ in range(choices)]
    for item in events:
        for choice in item["choices"]:
            texts[choice["index"]] += choice["delta"].get("content", "")
    assert [choice["message"]["content"] for choice in whole["choices"]] == texts
    assert len(set(texts)) == choices
    assert whole["usage"]["completion_tokens"] == 7 * choices


def test_tool_calls_arrive_in_deltas_that_join_to_the_whole_call() -> None:
    ask = Asker()
    tools = [{"type": "function", "function": {"name": "lookup"}}, {"name": "store"}]

    whole = body_of(ask.chat(messages=user(f"{NONCE} tools=3"), tools=tools))
    events = payloads(ask.chat(messages=user(f"{NONCE} tools=3"), tools=tools, stream=True))

    message = whole["choices"][0]["message"]
    assert message["content"] is None
    assert [call["function"]["name"] for call in message["tool_calls"]] == ["lookup", "store", "lookup"]
    joined = ["", "", ""]
    deltas = [item["choices"][0]["delta"] for item in events]
    calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
    for call in calls:
        joined[call["index"]] += call["function"]["arguments"]
    assert joined == [call["function"]["arguments"] for call in message["tool_calls"]]
    assert json.loads(joined[0])["when"]["exact"] is None
    assert [call["id"] for call in calls if "id" in call] == [call["id"] for call in message["tool_calls"]]
    assert events[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_text_may_lead_to_a_tool_call() -> None:
    asked = user(f"{NONCE} tools=1 lead=3")

    message = body_of(Asker().chat(messages=asked))["choices"][0]["message"]
    deltas = [item["choices"][0]["delta"] for item in payloads(Asker().chat(messages=asked, stream=True))]

    assert "".join(delta.get("content") or "" for delta in deltas) == message["content"] != ""
    assert ["tool_calls" in delta for delta in deltas[:5]] == [False, False, False, False, True]
    assert len(message["tool_calls"]) == 1


def test_after_a_tools_result_the_answer_is_text() -> None:
    asked = user(f"{NONCE} tools=1 tokens=5")
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    turn = [*asked, {"role": "assistant", "content": None, "tool_calls": [call]}]

    body = body_of(Asker().chat(messages=[*turn, {"role": "tool", "tool_call_id": "c", "content": "42"}]))

    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"]["completion_tokens"] == 5


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_a_limit_below_the_answer_cuts_it_and_says_length(limit: str) -> None:
    body = body_of(Asker().chat(messages=user(f"{NONCE} tokens=9"), **{limit: 2}))

    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 2


def test_a_limit_that_is_not_reached_changes_nothing_but_the_words() -> None:
    body = body_of(Asker().chat(messages=user(f"{NONCE} tokens=9 finish=content_filter"), max_tokens=9))

    assert body["choices"][0]["finish_reason"] == "content_filter"
    assert body["usage"]["completion_tokens"] == 9


def test_each_choice_ends_for_its_own_reason_where_several_are_named() -> None:
    body = body_of(Asker().chat(messages=user(f"{NONCE} finish=stop/length"), n=3))

    assert [choice["finish_reason"] for choice in body["choices"]] == ["stop", "length", "stop"]


def test_the_choices_of_one_round_wait_once() -> None:
    reply = Asker().chat(messages=user(f"{NONCE} tokens=2 pace_s=0.5 first_s=1"), n=2, stream=True).reply

    assert [item.wait_s for item in reply.events] == [1.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0]


def test_every_fourth_event_is_escaped_to_ascii_and_reads_the_same() -> None:
    ask = Asker()
    asked = user(f"{NONCE} tokens=200")

    reply = ask.chat(messages=asked, stream=True).reply

    tokens = reply.events[1:201]
    assert all(item.raw.isascii() for item in tokens[3::4])
    assert not all(item.raw.isascii() for item in tokens)
    text = "".join(json.loads(item.data)["choices"][0]["delta"]["content"] for item in tokens)
    assert text == body_of(ask.chat(messages=asked))["choices"][0]["message"]["content"]


def test_content_parts_are_read_on_v1() -> None:
    parts = [{"type": "text", "text": "see"}, {"type": "image_url"}, {"type": "text", "text": f"{NONCE} tokens=3"}]

    answer = Asker().chat(messages=[{"role": "user", "content": parts}])

    assert answer.nonce == NONCE


def test_the_last_user_message_holds_the_prompt_and_else_the_last_nonce_anywhere() -> None:
    ask = Asker()
    second = user("ep-bbbbbbbbbbbb tokens=1")

    turns = ask.chat(messages=[*user(f"{NONCE} tokens=2"), {"role": "assistant", "content": "hm"}, *second])
    fallen_back = ask.chat(messages=[{"role": "system", "content": f"{NONCE} tokens=2"}, *user("go on")])
    none = ask.chat(messages=user("hello"))

    assert turns.nonce == "ep-bbbbbbbbbbbb"
    assert fallen_back.nonce == NONCE
    assert none.nonce == ""
    assert body_of(none)["usage"]["completion_tokens"] == 12


def test_a_newer_model_on_run_wraps_a_completion_in_the_envelope() -> None:
    body = body_of(Asker().run(KIMI, messages=user(ASK)))

    assert list(body) == ["result", "success", "errors", "messages"]
    result = body["result"]
    assert result["object"] == "chat.completion"
    assert result["usage"] == {"prompt_tokens": 12, "completion_tokens": 2, "total_tokens": 14}


def test_a_model_with_full_chunks_sends_a_padded_usage_chunk_before_the_native_one() -> None:
    events = payloads(Asker().run(KIMI, messages=user(ASK), stream=True))

    assert events[0]["object"] == "chat.completion.chunk"
    assert all(item["usage"] == {"prompt_tokens": 0, "completion_tokens": 0} for item in events[:-2])
    assert events[-2]["choices"] == []
    assert str(events[-2]["p"]).startswith("a")
    assert events[-1] == {
        "response": "",
        "usage": {"prompt_tokens": 12, "completion_tokens": 2, "total_tokens": 14},
    }


def test_switches_move_the_trailing_native_usage_and_the_done_mark() -> None:
    on_v1 = payloads(Asker(v1_trailing_usage=True).chat(messages=user(ASK), stream=True))
    off_run = payloads(Asker(run_trailing_usage=False).run(GLM, messages=user(ASK), stream=True))
    bare = Asker(bare_done=True).run(GLM, messages=user(ASK), stream=True).reply

    assert on_v1[-1]["response"] == ""
    assert not [item for item in off_run if "response" in item]
    assert bare.events[-1].raw == b"[DONE]\n\n"


def test_the_same_question_gets_the_same_words_in_both_dialects() -> None:
    ask = Asker()

    native = body_of(ask.run(messages=user(ASK)))["result"]["response"]
    openai = body_of(ask.chat(messages=user(ASK)))["choices"][0]["message"]["content"]

    assert native == openai


def test_two_answers_at_different_times_share_no_id() -> None:
    ask = Asker()

    first = body_of(ask.chat(messages=user(ASK)))
    ask.now_s += 0.001
    second = body_of(ask.chat(messages=user(ASK)))

    assert first["id"] != second["id"]
    assert first["choices"] == second["choices"]
