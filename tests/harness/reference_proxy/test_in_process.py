"""The proxy inside another program: whole answers, streams in any order of reading, failures that can be caught."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from harness.reference_proxy.in_process import APIError, ReferenceProxy, StreamingAnswer, ValidationError
from harness.reference_proxy.in_process.streaming import OnChunk
from harness.reference_proxy.settings import Settings
from tests.harness.reference_proxy.stage import GOOD, Answer, Connection, Upstream, chat, piece, says, whole


@contextlib.asynccontextmanager
async def proxy(
    *answers: Answer, stream: bool = False, on_chunk: OnChunk | None = None, cache_ttl_s: float = 60.0
) -> AsyncIterator[tuple[ReferenceProxy, Upstream]]:
    upstream = Upstream(*answers)
    await upstream.start()
    config = Settings(
        upstream=upstream.url,
        api_token="up-secret",
        account_id="acc-secret",
        cache_ttl_s=cache_ttl_s,
        retry_base_s=0.001,
    )
    try:
        async with ReferenceProxy(config, stream=stream, on_chunk=on_chunk) as made:
            yield made, upstream
    finally:
        await upstream.stop()


async def streamed(made: ReferenceProxy) -> StreamingAnswer:
    answer = await made.handle_request(chat(stream=True))
    assert isinstance(answer, StreamingAnswer)
    return answer


async def test_an_answer_is_whole_unless_a_stream_is_asked_for() -> None:
    async with proxy(says(whole("Hello"))) as (made, _):
        answer = await made.handle_request(chat())

        assert isinstance(answer, dict)
        assert answer["choices"][0]["message"]["content"] == "Hello"
        assert answer["id"].startswith("chatcmpl-")


async def test_a_proxy_that_streams_by_default_streams_what_does_not_say_otherwise() -> None:
    async with proxy(GOOD, stream=True) as (made, _):
        assert isinstance(await made.handle_request(chat()), StreamingAnswer)
        assert isinstance(await made.handle_request(chat(stream=False)), dict)


async def test_the_text_comes_in_pieces_and_whole_in_any_order() -> None:
    async with proxy(GOOD, cache_ttl_s=0.0) as (made, _):
        before = await streamed(made)
        assert await before.full_response() == "Hello"
        assert [text async for text in before.stream] == ["Hel", "lo"]

        during = await streamed(made)
        first = await anext(during.stream)
        assert first + (await during.full_response()).removeprefix(first) == "Hello"

        assert await (await streamed(made)).full_response() == "Hello"


async def test_two_readers_of_one_answer_see_the_same() -> None:
    async with proxy(GOOD) as (made, upstream):
        answer = await streamed(made)

        async def read() -> list[str]:
            return [text async for text in answer.stream]

        one, other, whole_text = await asyncio.gather(read(), read(), answer.full_response())
        assert (one, other, whole_text) == (["Hel", "lo"], ["Hel", "lo"], "Hello")
        assert len(upstream.seen) == 1


async def test_it_says_how_it_ended() -> None:
    async with proxy(GOOD) as (made, _):
        answer = await streamed(made)
        await answer.full_response()

        assert (answer.object, answer.streaming, answer.finish_reason) == ("chat.completion.chunk", True, "stop")


async def test_a_kept_answer_is_streamed_too() -> None:
    async with proxy(says(whole("Hello"))) as (made, upstream):
        await made.handle_request(chat())

        assert await (await streamed(made)).full_response() == "Hello"
        assert len(upstream.seen) == 1


async def test_callers_share_no_kept_answer() -> None:
    async with proxy(says(whole("Hello"))) as (made, upstream):
        await made.handle_request(chat(), caller="a")
        await made.handle_request(chat(), caller="b")
        await made.handle_request(chat(), caller="a")

        assert len(upstream.seen) == 2


async def test_each_piece_is_told_before_it_is_given_by_a_function_of_either_kind() -> None:
    told: list[str] = []

    async def slowly(text: str) -> None:
        await asyncio.sleep(0)
        told.append(text.upper())

    async with proxy(GOOD, on_chunk=told.append, cache_ttl_s=0.0) as (made, _):
        async for text in (await streamed(made)).stream:
            assert told[-1] == text
        answer = await made.handle_request(chat(stream=True), on_chunk=slowly)
        assert isinstance(answer, StreamingAnswer)
        await answer.full_response()

    assert told == ["Hel", "lo", "HEL", "LO"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "messages"),
        (chat(temperature="hot"), "temperature"),
        (chat(seed=object()), None),
        ({"messages": []}, "messages"),
    ],
    ids=["nothing", "a wrong type", "no JSON", "no message"],
)
async def test_a_wrong_request_is_the_callers_and_asks_nobody(body: dict[str, Any], param: str | None) -> None:
    async with proxy(GOOD) as (made, upstream):
        with pytest.raises(ValidationError) as caught:
            await made.handle_request(body)

        assert caught.value.param == param
        assert upstream.seen == []


async def test_a_failure_of_upstream_can_be_caught_with_its_status() -> None:
    async def throttled(on: Connection) -> None:
        await on.json_reply({"errors": [{"code": 3040, "message": "busy"}]}, 429, Retry_After="900")

    async with proxy(throttled) as (made, _):
        with pytest.raises(APIError) as caught:
            await made.handle_request(chat())

    assert (caught.value.status, caught.value.retry_after) == (429, "900")


async def test_a_stream_that_breaks_off_says_so_wherever_it_is_read_and_keeps_what_came() -> None:
    async def broken(on: Connection) -> None:
        await on.start_stream()
        await on.event(piece("Hel"))
        on.reset()

    async with proxy(broken) as (made, _):
        answer = await streamed(made)
        pieces = answer.stream
        assert await anext(pieces) == "Hel"
        with pytest.raises(APIError) as caught:
            await anext(pieces)
        with pytest.raises(APIError):
            await answer.full_response()

    assert caught.value.partial == "Hel"


async def test_an_answer_that_is_closed_ends_its_call_to_upstream() -> None:
    left = asyncio.Event()

    async def endless(on: Connection) -> None:
        await on.start_stream()
        await on.event(piece("Hel"))
        await on.gone()
        left.set()

    async with proxy(endless) as (made, _):
        async with await streamed(made) as answer:
            assert await anext(answer.stream) == "Hel"
        await left.wait()

        assert [text async for text in answer.stream] == ["Hel"]


async def test_its_handler_answers_in_an_application_of_somebody_elses() -> None:
    async with proxy(GOOD, stream=True) as (made, _):
        app = web.Application()
        app.router.add_post("/api/copilot", made.handler())
        app.cleanup_ctx.append(made.lifetime)
        runner = web.AppRunner(app, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/copilot"
        try:
            async with aiohttp.ClientSession() as client:
                async with client.post(url, json=chat()) as got:
                    assert got.content_type == "text/event-stream"
                    assert (await got.text()).endswith("data: [DONE]\n\n")
                async with client.post(url, json=chat(stream=False)) as got:
                    assert (await got.json())["choices"][0]["message"]["content"] == "Hello"
                async with client.post(url, json={}) as got:
                    assert (got.status, (await got.json())["error"]["param"]) == (400, "messages")
        finally:
            await runner.cleanup()
