"""The proxy's small parts by themselves: JSON, capture, tool calls, log, limits."""

import asyncio

import pytest

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers import completions, toolcalls
from harness.reference_proxy.answers.capture import Capture
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.eventlog import EventLog
from harness.reference_proxy.http.limits import RateLimiter
from tests.harness.reference_proxy.stage import UNSAID


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "{", "", "'a'", "[1,]", "1" * 5000])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(jsontext.InvalidJsonError):
        jsontext.loads(text)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "[" * 33 + "]" * 33])
def test_depth_is_refused_before_it_is_built(text: str) -> None:
    with pytest.raises(jsontext.TooDeepError, match="32"):
        jsontext.loads(text, max_depth=32)


def test_brackets_in_strings_and_in_breadth_are_not_depth() -> None:
    assert jsontext.loads('["' + "[" * 100 + '\\"[{"]', max_depth=2) == ["[" * 100 + '"[{']
    assert jsontext.loads("[" + ",".join(["[]"] * 100) + "]", max_depth=2) == [[]] * 100


@pytest.mark.parametrize("value", ["é😀", "\ud83d", {"a": ["\ud83d"]}, {"b": 1, "a": None}])
def test_what_was_read_can_be_written_and_read_again(value: object) -> None:
    assert jsontext.loads(jsontext.dumps(value).decode()) == value
    assert jsontext.loads(jsontext.canonical(value).decode()) == value


def _chunk(index: int = 0, finish: str | None = None, **delta: object) -> dict[str, object]:
    return {"choices": [{"index": index, "delta": delta, "finish_reason": finish}], "model": "m", "created": 1}


def test_a_capture_is_the_answer_that_was_streamed() -> None:
    capture = Capture(max_bytes=1000)
    logprobs = {"content": [{"token": "a"}], "refusal": None}
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{"}}

    capture.add(_chunk(role="assistant", content="a", reasoning_content="r"), 1)
    capture.add({"choices": [{"index": 0, "delta": {"content": "b", "extra": {"x": 1}, "none": None},
                              "logprobs": logprobs, "finish_reason": None}]}, 1)  # fmt: skip
    capture.add(_chunk(tool_calls=[call]), 1)
    capture.add(_chunk(tool_calls=[{"index": 0, "function": {"arguments": "}"}}]), 1)
    capture.add({**_chunk(finish="tool_calls"), "usage": {"total_tokens": 3}}, 1)

    completion = capture.completion()
    assert completion is not None
    assert completion["usage"] == {"total_tokens": 3}
    assert completion["choices"] == [
        {
            "index": 0,
            "message": {
                "role": "assistant", "content": "ab", **UNSAID, "reasoning_content": "r", "extra": {"x": 1},
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            "logprobs": {"content": [{"token": "a"}]},
            "finish_reason": "tool_calls",
        }
    ]  # fmt: skip


def test_a_capture_that_outgrew_its_bound_is_none() -> None:
    capture = Capture(max_bytes=10)

    capture.add(_chunk(content="a"), 6)
    capture.add(_chunk(content="b"), 6)
    capture.add(_chunk(content="c", finish="stop"), 1)

    assert capture.overflowed
    assert capture.completion() is None


def test_nothing_captured_is_no_answer() -> None:
    assert Capture(max_bytes=10).completion() is None


def test_a_completion_cut_into_chunks_and_collected_is_the_same() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    completion = {
        "object": "chat.completion", "created": 1, "model": "m",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "a", **UNSAID, "reasoning": "r"},
             "logprobs": {"content": [1]}, "finish_reason": "stop"},
            {"index": 1, "message": {"role": "assistant", "content": None, **UNSAID, "tool_calls": [call]},
             "logprobs": None, "finish_reason": "tool_calls"},
        ],
        "usage": {"total_tokens": 1},
    }  # fmt: skip
    capture = Capture(max_bytes=1000)

    for chunk in completions.chunks_of(completion, include_usage=True):
        capture.add(chunk, 1)

    assert capture.completion() == completion


def test_a_flat_native_call_becomes_openais() -> None:
    (call,) = toolcalls.whole([{"name": "f", "arguments": {"a": 1}}])
    (delta,) = toolcalls.deltas([{"name": "f", "arguments": {"a": 1}}])

    assert call["function"] == delta["function"] == {"name": "f", "arguments": '{"a":1}'}
    assert call["type"] == delta["type"] == "function"
    assert call["id"].startswith("call_")
    assert delta["index"] == 0


@pytest.mark.parametrize("raw", [{}, ["x"], [{"function": 5}], [{"index": "a", "function": {}}]])
def test_an_unknown_shape_of_call_is_refused(raw: object) -> None:
    with pytest.raises(toolcalls.InvalidToolCallError):
        toolcalls.deltas(raw)


def test_json_mode_and_numbers_become_text() -> None:
    def content(response: object) -> object:
        document = {"result": {"response": response}, "success": True}
        return completions.from_json(document, model="m", created=1)["choices"][0]["message"]["content"]

    assert content({"a": [1]}) == '{"a":[1]}'
    assert content(42) == "42"
    assert content(None) is None


def test_an_openai_answer_in_the_envelope_is_unwrapped() -> None:
    inner = {"choices": [{"message": {"content": "x", "tool_calls": []}}]}

    completion = completions.from_json({"result": inner, "success": True}, model="m", created=5)

    assert completion == {
        "object": "chat.completion", "created": 5, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "x", **UNSAID}, "finish_reason": None}],
    }  # fmt: skip


async def test_every_reader_sees_the_whole_log_at_its_own_pace() -> None:
    log = EventLog(window_bytes=100, keep_bytes=100)
    readers = [log.reader(), log.reader()]
    for item in (b"a", b"b"):
        await log.append(item)

    early = [await readers[0].next(), await readers[0].next()]
    log.end()
    log.end(ProxyError(500, "too late", kind="k", code="c"))
    late = [await readers[1].next() for _ in range(3)]

    assert early == [b"a", b"b"]
    assert late == [b"a", b"b", None]


async def test_the_error_comes_after_what_was_good() -> None:
    log = EventLog(window_bytes=100, keep_bytes=100)
    reader = log.reader()
    await log.append(b"a")
    log.end(ProxyError(502, "broken", kind="k", code="c"))

    assert await reader.next() == b"a"
    with pytest.raises(ProxyError, match="broken"):
        await reader.next()


async def test_the_writer_waits_for_the_fastest_and_is_bounded_by_the_slowest() -> None:
    log = EventLog(window_bytes=10, keep_bytes=30)
    fast, slow = log.reader(), log.reader()
    written = 0

    async def write() -> None:
        nonlocal written
        for _ in range(10):
            await log.append(b"x" * 8)
            written += 1
        log.end()

    writer = asyncio.create_task(write())
    for _ in range(20):
        await asyncio.sleep(0)
    alone = written
    for _ in range(3):
        await fast.next()
        for _ in range(5):
            await asyncio.sleep(0)
    bounded = written
    joinable_before = log.joinable
    slow.close()
    while await fast.next() is not None:
        pass
    await writer

    assert alone == 1
    assert bounded <= 30 // 8
    assert joinable_before
    assert not log.joinable
    assert written == 10


def test_tokens_come_back_evenly() -> None:
    now = 0.0
    limiter = RateLimiter(per_minute=2, clock=lambda: now)

    taken = [limiter.take("a") for _ in range(3)]
    now = 30.0
    later = [limiter.take("a") for _ in range(2)]

    assert taken == [0, 0, 30]
    assert later == [0, 30]
    assert limiter.take("b") == 0


def test_without_a_rate_nobody_is_limited() -> None:
    limiter = RateLimiter(per_minute=0, clock=lambda: 0.0)

    assert [limiter.take("a") for _ in range(100)] == [0] * 100
