"""The truth about endings: only an answer that upstream finished is finished at the client."""

import asyncio

import pytest

from harness.reference_proxy.eventlog import LogReader
from tests.harness.reference_proxy.stage import (
    DONE,
    GOOD,
    NATIVE_MODEL,
    Answer,
    Answered,
    Connection,
    Stage,
    chat,
    piece,
    says,
    stage,
    streams,
    whole,
)


def broken_by(*blocks: bytes, close: bool = False, reset: bool = False, end: bool = False) -> Answer:
    """A stream of one good event and these raw blocks, ended in the given way, or never."""

    async def answer(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("Hel"))
        for block in blocks:
            await connection.block(block)
        if end:
            await connection.end()
        elif close:
            connection.close()
        elif reset:
            await connection.told.wait()  # the good event has been read: a reset takes unread data with it
            connection.reset()
        else:
            await connection.gone()

    return answer


async def bad_framing(connection: Connection) -> None:
    await connection.start_stream()
    await connection.event(piece("Hel"))
    await connection.raw(b"zz\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
    await connection.gone()
    connection.close()


BREAKS = {
    "closed in mid-stream": broken_by(close=True),
    "reset in mid-stream": broken_by(reset=True),
    "ended without a finish": broken_by(end=True),
    "ended in mid-event": broken_by(b'data: {"choices":[', end=True),
    "finished, then cut in mid-event": broken_by(
        b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: {"cho', end=True
    ),
    "finished, then closed rudely": broken_by(
        b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n', close=True
    ),
    "stalled": broken_by(),
    "malformed event": broken_by(b"data: {nonsense\n\ndata: [DONE]\n\n", end=True),
    "event that is no object": broken_by(b"data: 5\n\ndata: [DONE]\n\n", end=True),
    "event of no known kind": broken_by(b'data: {"x":1}\n\ndata: [DONE]\n\n', end=True),
    "not a number": broken_by(b'data: {"choices":[{"index":0,"delta":{"content":NaN}}]}\n\n', end=True),
    "choices of a wrong type": broken_by(b'data: {"choices":{}}\n\n', end=True),
    "content of a wrong type": broken_by(b'data: {"choices":[{"index":0,"delta":{"content":{}}}]}\n\n', end=True),
    "too deep": broken_by(b"data: " + b"[" * 5000 + b"\n\n", end=True),
    "invalid UTF-8": broken_by(
        b'data: {"choices":[{"index":0,"delta":{"content":"\xff"}}]}\n\ndata: [DONE]\n\n', end=True
    ),
    "too large": broken_by(b"data: " + b"x" * 5000, b"x" * 5000, end=True),
    "error event": broken_by(b"event: error\ndata: boom\n\ndata: [DONE]\n\n", end=True),
    "OpenAI error": broken_by(b'data: {"error":{"message":"m","code":500}}\n\ndata: [DONE]\n\n', end=True),
    "Cloudflare error": broken_by(
        b'data: {"errors":[{"message":"AiError","code":3007}],"success":false}\n\ndata: [DONE]\n\n', end=True
    ),
    "bad chunk framing": bad_framing,
}


async def ask_in_two(on: Stage) -> Answered:
    """Ask for a stream, and let upstream go on when its first event is here."""
    call = await on.call(chat(stream=True))
    await call.head()
    first = await call.chunk()
    on.upstream.told.set()
    rest = await call.rest()
    return Answered(rest.status, rest.headers, first + rest.body, whole=rest.whole)


def assert_abnormal(answer: Answered) -> None:
    assert answer.status == 200
    assert answer.text == "Hel"
    assert "[DONE]" not in answer.events
    assert set(answer.events[-1]["error"]) == {"message", "type", "code"}
    assert not answer.whole


@pytest.mark.parametrize("how", list(BREAKS))
async def test_a_broken_stream_ends_with_an_error_event_and_abnormally(how: str) -> None:
    async with stage(BREAKS[how], upstream_idle_timeout_s=0.3, max_event_bytes=8000) as on:
        answer = await ask_in_two(on)
        after = len(on.upstream.seen)

        on.upstream.then(GOOD)
        again = await on.ask(chat(stream=True))

    assert_abnormal(answer)
    assert after == 1  # never retried once a byte has gone out
    assert (again.headers["x-cache"], again.text) == ("MISS", "Hello")


@pytest.mark.parametrize("how", list(BREAKS))
async def test_a_broken_stream_is_no_json_answer_either(how: str) -> None:
    settings = {"upstream_idle_timeout_s": 0.3, "max_event_bytes": 8000, "retry_max_attempts": 1}
    async with stage(BREAKS[how], **settings) as on:
        call = await on.call(chat())
        await on.upstream.called.wait()
        await on.turns(2)  # whatever upstream has sent is read
        on.upstream.told.set()
        answer = await call.rest()

    assert answer.status in (502, 504)
    assert answer.json["error"]["message"]


async def test_a_finish_without_done_is_complete_when_the_end_was_clean() -> None:
    async with stage(streams(piece("Hi"), piece("", finish="length"))) as on:
        answer = await on.ask(chat(stream=True))

    assert (answer.text, answer.finishes, answer.events[-1], answer.whole) == ("Hi", ["length"], "[DONE]", True)


async def test_one_finish_of_two_is_not_complete() -> None:
    async with stage(streams(piece("Hi"), piece("x", 1), piece("", finish="stop"))) as on:
        answer = await on.ask(chat(stream=True, n=2))

    assert "[DONE]" not in answer.events
    assert not answer.whole


async def test_done_without_a_finish_invents_none_for_openai_streams() -> None:
    async with stage(streams(piece("Hi"), DONE)) as on:
        answer = await on.ask(chat(stream=True))
        again = await on.ask(chat(stream=True))

    assert (answer.text, answer.finishes, answer.events[-1]) == ("Hi", [], "[DONE]")
    assert again.headers["x-cache"] == "MISS"


async def test_a_native_stream_without_done_is_never_a_stop() -> None:
    async with stage(streams({"response": "Hel", "p": "a"})) as on:
        answer = await on.ask(chat(model=NATIVE_MODEL, stream=True))

    assert answer.finishes == []
    assert_abnormal(answer)


async def test_the_client_is_not_kept_waiting_when_upstream_lingers_after_done() -> None:
    async def lingers(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("Hi", finish="stop"))
        await connection.event(DONE)
        await connection.gone()

    async with stage(lingers) as on:
        answer = await on.ask(chat(stream=True))

    assert (answer.text, answer.events[-1], answer.whole) == ("Hi", "[DONE]", True)


async def test_comments_keep_a_slow_stream_alive() -> None:
    async def slow(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("a"))
        while clock() < began_s + 0.6:  # until every bound below is over
            await connection.block(b": still here\n\n")
            await on.turns(1)
        await connection.event(piece("b", finish="stop"))
        await connection.event(DONE)
        await connection.end()

    clock = asyncio.get_running_loop().time
    began_s = clock()
    async with stage(slow, upstream_idle_timeout_s=0.5, deadline_s=0.4, first_byte_timeout_s=0.4) as on:
        answer = await on.ask(chat(stream=True))

    assert (answer.text, answer.events[-1]) == ("ab", "[DONE]")


FIRST_EVENT_FAILURES = {
    "error": (b'data: {"error":{"message":"m","code":500}}\n\n', 502),
    "malformed": (b"data: {oops\n\n", 502),
    "nothing": (b": only a comment\n\n", 502),
    "only done": (b"data: [DONE]\n\n", 502),
    "timeout": (b'data: {"errors":[{"message":"t","code":3007}],"success":false}\n\n', 504),
    "bad request": (b'data: {"error":{"message":"too long","code":400}}\n\n', 400),
}


@pytest.mark.parametrize("how", list(FIRST_EVENT_FAILURES))
async def test_a_failure_in_the_first_event_is_a_status(how: str) -> None:
    block, status = FIRST_EVENT_FAILURES[how]

    async def fails(connection: Connection) -> None:
        await connection.start_stream()
        await connection.block(block)
        await connection.end()

    async with stage(fails, retry_max_attempts=2) as on:
        answer = await on.ask(chat(stream=True))

        attempts = len(on.upstream.seen)
    assert answer.status == status
    assert answer.headers["content-type"].startswith("application/json")
    assert attempts == (1 if status == 400 else 2)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>502</html>", "text/html"),
        (b"", "application/json"),
        (b'{"choices"', "application/json"),
        (b"[1]", "application/json"),
        (b'{"ok":true}', "application/json"),
        (b'{"choices":[]}', "application/json"),
        (b'{"choices":[{"index":0}]}', "application/json"),
        (b'{"choices":[{"index":"a","message":{}}]}', "application/json"),
        (b'{"result":{"response":true},"success":true}', "application/json"),
        (b'{"result":{"tool_calls":5},"success":true}', "application/json"),
        (b'{"result":{},"errors":[{"code":1,"message":"x"}],"success":false}', "application/json"),
        (b'{"success":true,"result":{"response":"hi"}}', "text/html"),
        (b"data: hello\n\n", "text/plain"),
        (b"\xff\xfe", "application/json"),
        (b"x" * 3000, "application/json"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_a_200_that_is_no_answer_is_a_502(body: bytes, kind: str, *, stream: bool) -> None:
    async with stage(lambda c: c.reply(200, body, kind=kind), retry_max_attempts=1, max_answer_bytes=2000) as on:
        answer = await on.ask(chat(stream=stream))

    assert answer.status == 502
    assert answer.json["error"]["code"].startswith("upstream_")


async def test_a_body_that_is_not_the_gzip_it_claims_to_be_is_a_502() -> None:
    async def lies(connection: Connection) -> None:
        await connection.json_reply(whole(), Content_Encoding="gzip")

    async with stage(lies, retry_max_attempts=1) as on:
        answer = await on.ask(chat())

    assert answer.status == 502


async def test_a_body_shorter_than_announced_is_a_502() -> None:
    async def short(connection: Connection) -> None:
        await connection.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{}")
        connection.close()

    async with stage(short, retry_max_attempts=1) as on:
        answer = await on.ask(chat())

    assert answer.status == 502


async def test_json_that_stalls_is_a_504() -> None:
    async def stalls(connection: Connection) -> None:
        await connection.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{")
        await connection.gone()

    async with stage(stalls, retry_max_attempts=1, upstream_idle_timeout_s=0.2) as on:
        answer = await on.ask(chat())

    assert answer.status == 504


async def test_an_upstream_that_never_answers_costs_the_deadline_at_most() -> None:
    async with stage(Connection.gone, deadline_s=0.4, first_byte_timeout_s=30) as on:
        answer = await on.ask(chat(stream=True))

    assert (answer.status, answer.json["error"]["code"]) == (504, "deadline_exceeded")


async def test_a_defect_of_ours_shows_nothing_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(says(whole())) as on:
        monkeypatch.setattr("harness.reference_proxy.requests.parse", lambda *_, **__: 1 / 0)
        answer = await on.ask(chat())

        log = on.log.getvalue()
    assert (answer.status, answer.json["error"]["code"]) == (500, "internal_error")
    assert "ZeroDivisionError" in log
    assert "division" not in answer.body.decode()


async def test_a_defect_in_mid_stream_never_looks_like_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    real = LogReader.next
    taken = []

    async def breaks(reader: LogReader) -> bytes | None:
        taken.append(reader)
        return await real(reader) if len(taken) == 1 else bytes(1 // 0)

    async with stage(GOOD) as on:
        monkeypatch.setattr(LogReader, "next", breaks)
        answer = await on.ask(chat(stream=True))

        log = on.log.getvalue()
    assert (answer.status, answer.whole) == (200, False)
    assert "Hello".startswith(answer.text)
    assert "ZeroDivisionError" in log


async def test_a_client_that_takes_nothing_is_given_up() -> None:
    async def floods(connection: Connection) -> None:
        await connection.start_stream()
        while True:
            await connection.event(piece("x" * 8192))

    async with stage(floods, client_stall_timeout_s=0.3) as on:
        call = await on.call(chat(stream=True))
        call.writer.transport.pause_reading()  # type: ignore[attr-defined] # a read transport on every platform
        await on.log.says("client_stalled")
        call.leave()

    assert '"status": 200' in on.log.getvalue()


async def test_keep_alives_and_padding_are_passed_over() -> None:
    async def chatty(connection: Connection) -> None:
        await connection.start_stream()
        await connection.block(b'event: ping\ndata: {"type": "ping"}\n\ndata:\n\ndata: {"type":"ping"}\n\n')
        await connection.event({"choices": [], "prompt_filter_results": []})
        await connection.event(piece("Hi", finish="stop"))
        await connection.event(DONE)
        await connection.end()

    async with stage(chatty) as on:
        answer = await on.ask(chat(stream=True))

    assert (answer.text, len(answer.events)) == ("Hi", 2)


@pytest.mark.parametrize(
    "event",
    [
        {"choices": ["x"]},
        {"choices": [{"index": True, "delta": {}}]},
        {"choices": [{"index": 0, "delta": []}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": 5}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": 5}}]},
        {"response": {"a": 1}},
        {"response": "a", "tool_calls": "x"},
        [],
    ],
)
async def test_an_event_of_a_wrong_shape_is_malformed(event: object) -> None:
    async with stage(streams(piece("Hel"), event, DONE)) as on:
        answer = await on.ask(chat(stream=True))

    assert_abnormal(answer)
    assert answer.events[-1]["error"]["code"] == "upstream_malformed_event"
