"""Whole exchanges through the proxy: what upstream says, in either dialect, and what the client gets."""

import asyncio
import json

import pytest

from tests.harness.reference_proxy.stage import (
    DONE,
    GOOD,
    NATIVE_MODEL,
    UNSAID,
    USAGE,
    Connection,
    chat,
    piece,
    says,
    stage,
    streams,
    whole,
)


async def test_a_stream_arrives_as_sent_under_an_id_of_its_own() -> None:
    async with stage(GOOD) as on:
        first = await on.ask(chat(stream=True))
        second = await on.ask(chat("other", stream=True))

    ids = [{item["id"] for item in answer.events[:-1]} for answer in (first, second)]
    assert first.status == 200
    assert first.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["x-accel-buffering"] == "no"
    assert first.headers["x-cache"] == "MISS"
    assert (first.text, first.finishes, first.events[-1], first.whole) == ("Hello", ["stop"], "[DONE]", True)
    assert len(ids[0]) == len(ids[1]) == 1
    assert ids[0] != ids[1]
    assert "up" not in ids[0] | ids[1]


async def test_an_event_is_delivered_before_upstream_sends_the_next() -> None:
    async with stage(GOOD) as on:
        seen: list[bytes] = []
        ready = asyncio.Event()

        async def step_by_step(connection: Connection) -> None:
            await connection.start_stream()
            await ready.wait()
            for word in ("a", "b", "c"):
                await connection.event(piece(word))
                if not call.status:
                    await call.head()
                seen.append(await call.chunk())
            await connection.event(piece("", finish="stop"))
            await connection.event(DONE)
            await connection.end()
            finished.set()

        finished = asyncio.Event()
        on.upstream.then(step_by_step)
        call = await on.call(chat(stream=True))
        ready.set()
        await finished.wait()
        answer = await call.rest()

    assert [json.loads(data[6:])["choices"][0]["delta"]["content"] for data in seen] == ["a", "b", "c"]
    assert answer.events[-1] == "[DONE]"


async def test_events_that_come_at_once_go_out_together_a_few_kilobytes_at_a_time() -> None:
    events = [
        *(json.dumps(piece("x" * 100)).encode() for _ in range(99)),
        json.dumps(piece("", finish="stop")).encode(),
    ]

    async def at_once(connection: Connection) -> None:
        await connection.start_stream()
        await connection.block(b"".join(b"data: %b\n\n" % event for event in (*events, DONE)))
        await connection.end()

    async with stage(at_once) as on:
        call = await on.call(chat(stream=True))
        await call.head()
        got = []
        while chunk := await call.chunk():
            got.append(chunk)
        call.leave()

    assert b"".join(got).count(b"data: ") == len(events) + 1
    assert all(chunk.endswith(b"\n\n") for chunk in got)
    assert len(got) < len(events) / 2
    assert max(map(len, got)) < 8 * 1024


async def test_parameters_reach_upstream_as_the_client_sent_them() -> None:
    sent = chat(
        stream=True, temperature=0.25, max_tokens=7, top_p=0.5, seed=3, n=2, stop=["x"], user="u",
        tools=[{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        tool_choice="auto", response_format={"type": "json_object"}, stream_options={"include_usage": True},
    )  # fmt: skip
    both = streams(piece("a"), piece("b", 1), piece("", finish="stop"), piece("", 1, "stop"), DONE)
    async with stage(both) as on:
        answer = await on.ask(sent, Authorization="Bearer client-secret")

        request = on.upstream.seen[0]
    assert answer.status == 200
    assert request.line == "POST /client/v4/accounts/acc-secret/ai/v1/chat/completions HTTP/1.1"
    assert request.json == sent
    assert request.headers["authorization"] == "Bearer up-secret"
    assert request.headers["accept-encoding"] == "identity"
    assert "client-secret" not in str(request.headers)


async def test_a_native_model_is_asked_in_its_own_dialect() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages: list[dict[str, object]] = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "ok"},
    ]
    async with stage(says({"result": {"response": "hi", "usage": USAGE}, "success": True})) as on:
        answer = await on.ask({"model": NATIVE_MODEL, "messages": messages, "temperature": 1})

        request = on.upstream.seen[0]
    assert request.line == f"POST /client/v4/accounts/acc-secret/ai/run/{NATIVE_MODEL} HTTP/1.1"
    assert request.json == {
        "messages": [messages[0], {**messages[1], "content": ""}, messages[2]],
        "temperature": 1,
    }
    assert answer.json["choices"][0]["message"] == {"role": "assistant", "content": "hi", **UNSAID}
    assert answer.json["choices"][0]["finish_reason"] == "stop"
    assert answer.json["usage"] == USAGE


async def test_a_native_stream_becomes_openai_chunks() -> None:
    native = streams(
        {"response": "", "tool_calls": [], "p": "abd"},
        {"response": "n=", "p": "abd"},
        {"response": 42, "p": "abdefgh"},
        {"p": "abd"},
        {"response": "", "usage": USAGE},
        DONE,
    )
    async with stage(native) as on:
        answer = await on.ask(chat(model=NATIVE_MODEL, stream=True, stream_options={"include_usage": True}))

    assert (answer.text, answer.finishes) == ("n=42", ["stop"])
    assert answer.events[0]["choices"][0]["delta"]["role"] == "assistant"
    assert answer.events[-2]["choices"] == []
    assert answer.events[-2]["usage"] == USAGE
    assert '"p"' not in answer.body.decode()


async def test_native_tool_calls_arrive_whole_and_without_their_sentinel() -> None:
    native = streams(
        {"response": "", "p": "a"},
        {"tool_calls": [{"id": "c1", "type": "function", "index": 0, "function": {"name": "f"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"a":'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]},
        {"tool_calls": [{"id": None, "type": None, "index": 0, "function": {"name": None, "arguments": ""}}]},
        DONE,
    )
    async with stage(native) as on:
        answer = await on.ask(chat(model=NATIVE_MODEL, stream=True))
        again = await on.ask(chat(model=NATIVE_MODEL))

    deltas = [c["delta"] for e in answer.events[:-1] for c in e["choices"] if "tool_calls" in c["delta"]]
    arguments = "".join(d["tool_calls"][0]["function"].get("arguments", "") for d in deltas)
    assert (arguments, answer.finishes) == ('{"a":1}', ["tool_calls"])
    assert all(None not in d["tool_calls"][0].values() for d in deltas)
    assert again.headers["x-cache"] == "HIT"
    assert again.json["choices"][0]["message"]["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    ]


async def test_zero_usage_is_no_usage_and_the_last_true_one_counts() -> None:
    zero = {"prompt_tokens": 0, "completion_tokens": 0}
    mixed = streams(
        {"choices": [{"delta": {"content": "a", "role": "assistant"}, "index": 0}], "usage": zero},
        {"choices": [{"delta": {}, "finish_reason": "stop", "index": 0}], "usage": zero},
        {"choices": [], "usage": USAGE, "p": "abd"},
        {"response": "", "usage": USAGE},
        DONE,
    )
    async with stage(mixed) as on:
        asked = await on.ask(chat(model=NATIVE_MODEL, stream=True, stream_options={"include_usage": True}))
        silent = await on.ask(chat("b", model=NATIVE_MODEL, stream=True))

    assert [e["usage"] for e in asked.events[:-1]] == [None, None, USAGE]
    assert [e["usage"] for e in silent.events[:-1] if "usage" in e] == [USAGE]
    assert all(e["choices"] for e in silent.events[:-1])


async def test_several_choices_stay_apart_in_both_forms() -> None:
    both = streams(
        piece("a"), piece("x", 1), piece("b"), piece("y", 1), piece("", 1, "length"), piece("", finish="stop"), DONE
    )
    async with stage(both) as on:
        streamed = await on.ask(chat(stream=True, n=2))
        collected = await on.ask(chat(n=2))

    texts = ["".join(c["delta"].get("content") or "" for e in streamed.events[:-1] for c in e["choices"]
                     if c["index"] == index) for index in (0, 1)]  # fmt: skip
    assert texts == ["ab", "xy"]
    assert [c["message"]["content"] for c in collected.json["choices"]] == ["ab", "xy"]
    assert [c["finish_reason"] for c in collected.json["choices"]] == ["stop", "length"]


@pytest.mark.parametrize("finish", ["stop", "length", "content_filter", "model_length"])
async def test_the_finish_reason_arrives_as_sent(finish: str) -> None:
    async with stage(streams(piece("a", finish=finish), DONE)) as on:
        streamed = await on.ask(chat(stream=True))

        on.upstream.then(says(whole("a", finish)))
        plain = await on.ask(chat("b"))

    assert streamed.finishes == [finish]
    assert plain.json["choices"][0]["finish_reason"] == finish


async def test_json_in_answer_to_a_stream_request_becomes_a_stream() -> None:
    async with stage(says(whole("Hello"))) as on:
        answer = await on.ask(chat(stream=True, stream_options={"include_usage": True}))

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (answer.text, answer.finishes, answer.events[-1]) == ("Hello", ["stop"], "[DONE]")
    assert answer.events[-2]["usage"] == USAGE


async def test_data_after_done_is_not_passed_on() -> None:
    async with stage(streams(piece("a", finish="stop"), DONE, piece("b"), DONE)) as on:
        answer = await on.ask(chat(stream=True))

    assert (answer.text, answer.events.count("[DONE]")) == ("a", 1)


async def test_half_a_surrogate_pair_survives_the_way_through() -> None:
    async def split_emoji(connection: Connection) -> None:
        await connection.start_stream()
        for half in (b"\\ud83d", b"\\ude00"):
            await connection.event(b'{"choices":[{"index":0,"delta":{"content":"' + half + b'"}}]}')
        await connection.event(piece("", finish="stop"))
        await connection.event(DONE)
        await connection.end()

    async with stage(split_emoji) as on:
        answer = await on.ask(chat(stream=True))

    assert answer.text.encode("utf-16", "surrogatepass").decode("utf-16") == "😀"
