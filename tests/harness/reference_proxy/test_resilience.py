"""Retry, fallback, breaker and cancellation, over real sockets."""

import asyncio
import json
from email.utils import formatdate

import pytest

from tests.harness.reference_proxy.stage import (
    DONE,
    GOOD,
    NATIVE_MODEL,
    OPENAI_MODEL,
    Connection,
    chat,
    piece,
    says,
    stage,
    streams,
    whole,
)

DOWN = says({"errors": [{"message": "AiError: secret up-secret at https://x.y/z", "code": 8005}]}, 500)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_passing_failure_is_retried(*, stream: bool) -> None:
    good = GOOD if stream else says(whole("Hello"))
    async with stage(DOWN, lambda c: _closed(c), good) as on:
        answer = await on.ask(chat(stream=stream))

        assert len(on.upstream.seen) == 3
    assert answer.status == 200


async def _closed(connection: Connection) -> None:
    connection.close()


@pytest.mark.parametrize(
    ("status", "body", "seen", "attempts"),
    [
        (400, {"errors": [{"message": "AiError: Bad input (acc-secret)", "code": 5006}], "success": False}, 400, 1),
        (400, {"errors": [{"message": "Authentication failed", "code": 9106}], "success": False}, 502, 1),
        (401, {"errors": [{"code": 10000, "message": "Authentication error"}], "success": False}, 502, 1),
        (403, {"errors": [{"code": 5018, "message": "no"}]}, 502, 1),
        (404, {"errors": [{"code": 3042, "message": "The model name is invalid"}]}, 404, 1),
        (405, {"errors": [{"code": 5005, "message": "no LoRa"}]}, 400, 1),
        (410, {"errors": [{"code": 5028, "message": "deprecated"}]}, 404, 1),
        (413, {"errors": [{"code": 5021, "message": "context"}]}, 413, 1),
        (422, {"error": {"message": "no"}}, 400, 1),
        (429, {"errors": [{"code": 3040, "message": "capacity"}]}, 429, 3),
        (429, {"errors": [{"code": 3036, "message": "daily"}]}, 429, 1),
        (429, {"errors": [{"code": 4006, "message": "daily"}]}, 429, 1),
        (429, {"error": [{"code": 2003, "message": "Rate limited"}], "httpCode": 429}, 429, 3),
        (408, {"errors": [{"code": 3046, "message": "cut"}]}, 504, 3),
        (500, {"error": "plain words"}, 502, 3),
        (502, "<html>", 502, 3),
        (503, {}, 503, 3),
        (524, [], 504, 3),
        (530, {"internalCode": 1, "message": "x"}, 502, 3),
        (302, {}, 502, 1),
        (200, {"errors": [{"code": 5007, "message": "No such model"}], "success": False, "result": {}}, 400, 1),
    ],
)
async def test_an_upstream_status_is_mapped_and_retried_only_where_that_helps(
    status: int, body: object, seen: int, attempts: int
) -> None:
    async with stage(says(body, status), breaker_failures=50) as on:
        answer = await on.ask(chat(stream=True))

        assert len(on.upstream.seen) == attempts
    assert answer.status == seen
    assert set(answer.json["error"]) == {"message", "type", "code", "param"}
    assert "secret" not in answer.body.decode()


async def test_retry_after_is_passed_on_when_it_is_longer_than_the_deadline() -> None:
    async with stage(says({}, 429, Retry_After="40"), deadline_s=5) as on:
        answer = await on.ask(chat())

        assert len(on.upstream.seen) == 1
    assert (answer.status, answer.headers["retry-after"]) == (429, "40")


@pytest.mark.parametrize("value", ["soon", "-3", "0", formatdate(0, usegmt=True)])
async def test_a_senseless_retry_after_is_ignored(value: str) -> None:
    async with stage(says({}, 503, Retry_After=value)) as on:
        answer = await on.ask(chat())

        assert len(on.upstream.seen) == 3
    assert (answer.status, "retry-after" in answer.headers) == (503, False)


async def test_a_short_retry_after_is_waited_for() -> None:
    async with stage(says({}, 429, Retry_After="1"), says(whole())) as on:
        loop = asyncio.get_running_loop()
        before = loop.time()
        answer = await on.ask(chat())
        waited_s = loop.time() - before

    assert answer.status == 200
    assert waited_s >= 1


async def test_an_unreachable_upstream_is_a_502() -> None:
    async with stage(GOOD) as on:
        await on.upstream.stop()
        answer = await on.ask(chat(stream=True))

    assert (answer.status, answer.json["error"]["code"]) == (502, "upstream_unreachable")


async def test_the_fallback_answers_once_and_does_not_stick() -> None:
    async def by_model(connection: Connection) -> None:
        await (DOWN if connection.json.get("model") == OPENAI_MODEL and down else GOOD)(connection)

    down = True
    async with stage(by_model, fallback_model="@cf/meta/other", breaker_failures=50) as on:
        first = await on.ask(chat(stream=True))
        models = [c.json["model"] for c in on.upstream.seen]
        down = False
        second = await on.ask(chat(stream=True))

        last = on.upstream.seen[-1].json["model"]
    assert (first.status, first.text) == (200, "Hello")
    assert models == [OPENAI_MODEL] * 3 + ["@cf/meta/other"]
    assert (second.headers["x-cache"], last) == ("MISS", OPENAI_MODEL)


async def test_when_the_fallback_fails_too_the_first_failure_is_told() -> None:
    async def by_model(connection: Connection) -> None:
        await connection.json_reply({}, 503 if "model" in connection.json else 500)

    async with stage(by_model, fallback_model=NATIVE_MODEL) as on:
        answer = await on.ask(chat())

        assert len(on.upstream.seen) == 4
    assert answer.status == 503


async def test_the_fallback_is_spared_the_clients_own_mistakes() -> None:
    async with stage(says({}, 400), fallback_model="@cf/meta/other") as on:
        answer = await on.ask(chat())

        assert len(on.upstream.seen) == 1
    assert answer.status == 400


async def test_the_breaker_opens_fails_fast_and_recovers() -> None:
    async with stage(DOWN, breaker_failures=2, breaker_open_s=30, retry_max_attempts=1) as on:
        failed = [await on.ask(chat(str(n))) for n in range(2)]
        fast = await on.ask(chat("fast"))
        while_open = len(on.upstream.seen)
        other = await on.ask(chat("x", model="@cf/meta/other"))
        on.clock.advance(30)
        on.upstream.then(says(whole()))
        probe = await on.ask(chat("probe"))
        closed = await on.ask(chat("closed"))

    assert [a.status for a in failed] == [502, 502]
    assert (fast.status, fast.headers["retry-after"], while_open) == (503, "30", 2)
    assert fast.json["error"]["code"] == "circuit_open"
    assert other.status == 502
    assert (probe.status, closed.status) == (200, 200)


async def test_an_open_breaker_leads_to_the_fallback() -> None:
    async def by_model(connection: Connection) -> None:
        await (DOWN if connection.json.get("model") == OPENAI_MODEL else says(whole("spare")))(connection)

    async with stage(by_model, breaker_failures=1, retry_max_attempts=1, fallback_model="@cf/meta/other") as on:
        await on.ask(chat("a"))
        seen = len(on.upstream.seen)
        answer = await on.ask(chat("b"))

        assert len(on.upstream.seen) == seen + 1
    assert answer.json["choices"][0]["message"]["content"] == "spare"


async def test_broken_streams_open_the_breaker() -> None:
    async with stage(streams(piece("Hel")), breaker_failures=2) as on:
        for n in range(2):
            await on.ask(chat(str(n), stream=True))
        answer = await on.ask(chat("c", stream=True))

    assert answer.status == 503


async def test_a_cancelled_probe_leaves_room_for_the_next() -> None:
    arrived = asyncio.Event()

    async def silent(connection: Connection) -> None:
        arrived.set()
        await connection.gone()
        gone.set()

    gone = asyncio.Event()
    async with stage(DOWN, breaker_failures=1, breaker_open_s=30, retry_max_attempts=1) as on:
        await on.ask(chat("a"))
        on.clock.advance(30)
        on.upstream.then(silent)
        call = await on.call(chat("b", stream=True))
        await arrived.wait()
        call.leave()
        await gone.wait()
        on.upstream.then(says(whole()))
        answer = await on.ask(chat("c"))

    assert answer.status == 200


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_leaves_before_the_headers_ends_the_upstream_call(*, stream: bool) -> None:
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def silent(connection: Connection) -> None:
        arrived.set()
        await connection.gone()
        gone.set()

    async with stage(silent) as on:
        call = await on.call(chat(stream=stream))
        await arrived.wait()
        call.leave()
        await asyncio.wait_for(gone.wait(), 5)

        assert len(on.upstream.seen) == 1


async def test_a_client_that_leaves_in_mid_stream_ends_the_upstream_call() -> None:
    gone = asyncio.Event()

    async def starts(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("a"))
        await connection.gone()
        gone.set()

    async with stage(starts) as on:
        call = await on.call(chat(stream=True))
        await call.head()
        await call.chunk()
        call.leave()
        await asyncio.wait_for(gone.wait(), 5)
        on.upstream.then(GOOD)
        again = await on.ask(chat(stream=True))

    assert (again.headers["x-cache"], again.text) == ("MISS", "Hello")


async def test_a_client_that_leaves_during_a_backoff_ends_the_retrying() -> None:
    async with stage(DOWN, retry_base_s=30, retry_max_s=30) as on:
        call = await on.call(chat())
        while b"proxy_upstream_attempts_total{" not in (await on.get("/metrics")).body:
            pass  # the first attempt has not failed yet
        call.leave()
        await on.log.says('"status": 499')

        (line,) = [json.loads(text) for text in on.log.getvalue().splitlines() if '"status": 499' in text]
        assert len(on.upstream.seen) == 1
    assert (line["status"], line["attempts"]) == (499, 1)


async def test_identical_questions_share_one_upstream_call() -> None:
    release = asyncio.Event()

    async def held(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("Hel"))
        await release.wait()
        await connection.event(piece("lo", finish="stop"))
        await connection.event(DONE)
        await connection.end()

    async with stage(held) as on:
        leader = await on.call(chat(stream=True))
        await leader.head()
        followers = [await on.call(chat(stream=True)) for _ in range(3)]
        for follower in followers:
            await follower.head()
            await follower.chunk()
        leader.leave()
        release.set()
        answers = [await follower.rest() for follower in followers]

        assert len(on.upstream.seen) == 1
    assert [a.text for a in answers] == ["lo"] * 3
    assert len({a.events[0]["id"] for a in answers}) == 3
    assert {a.headers["x-cache"] for a in answers} == {"MISS"}


async def test_all_who_share_a_stream_see_it_break() -> None:
    release = asyncio.Event()

    async def held(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("Hel"))
        await release.wait()
        connection.close()

    async with stage(held) as on:
        calls = [await on.call(chat(stream=True)) for _ in range(3)]
        for call in calls:
            await call.head()
        release.set()
        answers = [await call.rest() for call in calls]

        assert len(on.upstream.seen) == 1
    assert all("error" in a.events[-1] and not a.whole for a in answers)


async def test_the_last_to_leave_ends_a_shared_call() -> None:
    gone = asyncio.Event()

    async def silent(connection: Connection) -> None:
        await connection.gone()
        gone.set()

    async with stage(silent) as on:
        first = await on.call(chat())
        second = await on.call(chat())
        await on.upstream.called.wait()
        while b"in_flight 3.0" not in (await on.get("/metrics")).body:
            pass  # both are in, and the question itself
        first.leave()
        await on.log.says('"status": 499')
        still = gone.is_set()
        second.leave()
        await asyncio.wait_for(gone.wait(), 5)

        assert len(on.upstream.seen) == 1
    assert not still


async def test_different_questions_and_callers_are_never_mixed() -> None:
    async def echo(connection: Connection) -> None:
        await connection.json_reply(whole(connection.json["messages"][0]["content"]))

    async with stage(echo) as on:
        texts = [str(n) for n in range(30)]
        answers = await asyncio.gather(*(on.ask(chat(text)) for text in texts))

    assert [a.json["choices"][0]["message"]["content"] for a in answers] == texts


async def test_a_slow_reader_slows_upstream() -> None:
    sent = 0
    total = 4000

    async def floods(connection: Connection) -> None:
        nonlocal sent
        await connection.start_stream()
        for _ in range(total):
            await connection.event(piece("x" * 8192))
            sent += 1

    async with stage(floods) as on:
        call = await on.call(chat(stream=True))
        call.writer.transport.pause_reading()  # type: ignore[attr-defined] # a read transport on every platform
        previous = -1
        while sent != previous:  # until upstream makes no more progress
            previous = sent
            await on.turns(100)
        call.leave()

    assert 0 < sent < total
