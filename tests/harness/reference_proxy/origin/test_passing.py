"""Answers of an origin pass byte for byte, at once, and are kept once they are whole."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from tests.harness.reference_proxy.cache.test_kept import keeping, written
from tests.harness.reference_proxy.origin.origins import EVENTS, JSON, LINES, LONG, NDJSON, PATH, SSE, ask, sends, twice
from tests.harness.reference_proxy.stage import GOOD, Answer, Connection, chat, piece, stage, streams


@pytest.mark.parametrize(
    "answer",
    [
        sends(EVENTS, SSE),
        sends(LINES, NDJSON),
        sends(LONG, JSON),
        sends(LONG, JSON, measured=True),
        sends(b"<p>", "text/html", measured=True),
    ],
)
async def test_an_answer_is_a_miss_and_then_the_same_bytes_are_a_hit(answer: Answer) -> None:
    first, again = await twice(answer)

    assert (first.headers["x-cache"], again.headers["x-cache"]) == ("MISS", "HIT")
    assert first.body == again.body
    assert first.headers["content-type"] == again.headers["content-type"]
    assert (first.whole, again.whole, again.headers["age"]) == (True, True, "0")


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (sends(EVENTS, SSE), "MISS"),
        (sends(LINES, NDJSON), "MISS"),
        (sends(LONG, JSON), "MISS"),
        (sends(LONG, JSON, measured=True), "HIT"),
    ],
)
async def test_where_streams_are_skipped_they_pass_both_times_and_all_else_is_kept(answer: Answer, kept: str) -> None:
    first, again = await twice(answer, cache_streams="skip")

    assert (first.headers["x-cache"], again.headers["x-cache"]) == ("MISS", kept)
    assert first.body == again.body


@pytest.mark.parametrize(
    "answer",
    [
        sends(EVENTS[:-20], SSE),
        sends(LINES[:-1], NDJSON),
        sends(LINES[:-25], NDJSON),
        sends(LONG[:-1], JSON, measured=True),
        sends(b"<p>", "text/html"),
        sends(EVENTS, SSE, Cache_Control="no-store"),
        sends(EVENTS, SSE, Set_Cookie="a=b"),
    ],
)
async def test_what_is_not_whole_or_not_for_keeping_passes_and_is_not_kept(answer: Answer) -> None:
    first, again = await twice(answer)

    assert (first.whole, first.body) == (True, again.body)
    assert again.headers["x-cache"] == "MISS"


@pytest.mark.parametrize("bounds", [{"origin_capture_max_bytes": 50}, {"origin_captures_max_bytes": 50}])
async def test_a_stream_beyond_the_bound_goes_on_and_is_not_kept(bounds: dict[str, int]) -> None:
    async with stage(sends(EVENTS, SSE), passing=True, **bounds) as on:
        first, again = [await ask(on) for _ in range(2)]
        metrics = await on.get("/metrics")

    assert (first.body, first.whole, again.headers["x-cache"]) == (EVENTS, True, "MISS")
    assert "proxy_origin_captured_bytes 0.0" in metrics.body.decode()


async def test_each_piece_is_passed_before_the_next_is_sent_and_a_break_is_no_end() -> None:
    more = asyncio.Event()

    async def slowly(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("Hel"))
        await more.wait()
        connection.reset()

    async with stage(slowly, GOOD, passing=True) as on:
        call = await on.call(chat(), path=PATH)
        await call.head()
        assert b"Hel" in await call.chunk()
        more.set()
        rest = await call.rest()
        again = await ask(on)

    assert not rest.whole
    assert (again.headers["x-cache"], again.text) == ("MISS", "Hello")


async def test_a_client_that_leaves_ends_the_call_and_leaves_nothing_behind() -> None:
    async def slowly(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("Hel"))
        await connection.gone()
        left.set()

    left = asyncio.Event()
    async with stage(slowly, GOOD, passing=True) as on:
        call = await on.call(chat(), path=PATH)
        await call.head()
        await call.chunk()
        call.leave()
        await left.wait()
        await on.log.says('"status": 499')
        metrics = await on.get("/metrics")
        again = await ask(on)

    assert "proxy_origin_captured_bytes 0.0" in metrics.body.decode()
    assert (again.headers["x-cache"], again.text) == ("MISS", "Hello")


async def test_an_origin_sees_the_request_with_its_own_token_and_nothing_of_the_clients_connection() -> None:
    async with stage(GOOD, passing=True, origin_token="own") as on:
        await on.ask(
            chat(), path=PATH + "?q=%2F", Authorization="Bearer client", X_Mine="kept", Connection="X-Hop", X_Hop="1"
        )
        (seen,) = on.upstream.seen

    assert seen.line == "POST /v1/chat/completions?q=%2F HTTP/1.1"
    assert seen.json == chat()
    told = {name: seen.headers.get(name) for name in ("authorization", "x-mine", "x-hop", "accept-encoding")}
    assert told == {"authorization": "Bearer own", "x-mine": "kept", "x-hop": None, "accept-encoding": "identity"}


async def test_without_a_token_of_its_own_a_client_brings_the_origins() -> None:
    async with stage(GOOD, passing=True) as on:
        await ask(on, Authorization="Bearer client")

        assert on.upstream.seen[0].headers["authorization"] == "Bearer client"


@pytest.mark.parametrize(("directive", "coded"), [("max-age=60", True), ("max-age=60, no-transform", False)])
async def test_a_kept_answer_is_compressed_unless_its_origin_forbids_it(directive: str, *, coded: bool) -> None:
    async with stage(sends(LONG, JSON, Cache_Control=directive), passing=True) as on:
        await ask(on)
        answer = await ask(on, Accept_Encoding="gzip")

    assert answer.headers["x-cache"] == "HIT"
    assert (gzip.decompress(answer.body) if coded else answer.body) == LONG


async def test_a_coding_that_an_origin_chose_unasked_is_passed_on_untouched_and_not_kept() -> None:
    coded = gzip.compress(LONG)
    first, again = await twice(sends(coded, JSON, Content_Encoding="gzip"))

    assert (first.body, first.headers["content-encoding"], again.headers["x-cache"]) == (coded, "gzip", "MISS")


async def test_a_kept_stream_is_never_compressed() -> None:
    async with stage(sends(EVENTS * 40, SSE), passing=True) as on:
        await ask(on)
        answer = await ask(on, Accept_Encoding="gzip")

    assert (answer.headers["x-cache"], answer.body) == ("HIT", EVENTS * 40)


async def test_a_client_that_takes_nothing_of_a_kept_answer_is_given_up() -> None:
    large = sends(b"<p>" * (4 << 20), "text/html", measured=True)
    async with stage(large, passing=True, client_stall_timeout_s=0.2) as on:
        first = await ask(on)
        call = await on.call(chat(), path=PATH)
        call.writer.transport.pause_reading()  # type: ignore[attr-defined] # a read transport on every platform
        await on.log.says("client_stalled")
        call.leave()

    assert (first.whole, len(first.body)) == (True, 12 << 20)
    assert '"cache": "HIT"' in on.log.getvalue()


@pytest.mark.parametrize("size", [10, 3000])
async def test_a_stream_outlives_memory_in_r2_and_is_too_old_in_the_end(size: int) -> None:
    body = EVENTS * size
    async with keeping(sends(body, SSE), passing=True, cache_ttl_s=10) as (on, mock):
        first = await ask(on)
        await written(on, mock, 1)
        on.clock.advance(10)
        hit = await ask(on)
        on.clock.advance(86400)
        old = await ask(on)

    assert first.body == hit.body == body
    assert (hit.headers["x-cache"], hit.headers["age"], old.headers["x-cache"]) == ("HIT", "10", "MISS")


async def test_an_origin_that_says_nothing_or_is_not_there_is_a_typed_error() -> None:
    async def silent(connection: Connection) -> None:
        await connection.gone()

    async with stage(silent, passing=True, first_byte_timeout_s=0.2) as on:
        late = await ask(on)
    async with stage(GOOD, origin="http://127.0.0.1:9") as on:
        nobody = await ask(on)

    assert [(each.status, each.json["error"]["code"]) for each in (late, nobody)] == [
        (504, "upstream_timeout"),
        (502, "upstream_unreachable"),
    ]


async def test_an_error_of_the_origin_passes_as_it_is() -> None:
    async def refuses(connection: Connection) -> None:
        await connection.json_reply({"error": "no"}, 418, Retry_After="7")

    first, again = await twice(refuses)

    assert (first.status, first.json, first.headers["retry-after"]) == (418, {"error": "no"}, "7")
    assert again.headers["x-cache"] == "MISS"


async def test_head_is_not_passed_and_nothing_is_where_no_origin_is_named() -> None:
    async with stage(GOOD, passing=True) as on:
        refused = await on.call(b"", method="HEAD", path=PATH)
        await refused.head()
        refused.leave()
        assert refused.status == 405
    async with stage(streams()) as on:
        assert (await ask(on)).status == 404


async def test_a_caller_clears_what_is_kept_for_it_in_memory_and_in_the_store_and_nobody_elses() -> None:
    mine, theirs = {"Authorization": "Bearer a"}, {"Authorization": "Bearer b"}
    async with keeping(sends(EVENTS, SSE), passing=True, cache_ttl_s=10) as (on, mock):
        for headers in (mine, theirs):
            await ask(on, **headers)
        await written(on, mock, 2)
        cleared = await on.ask(b"", method="DELETE", path="/v1/cache", **mine)
        after = [(await ask(on, **headers)).headers["x-cache"] for headers in (mine, theirs)]
        await written(on, mock, 2)
        again = await on.ask(b"", method="DELETE", path="/v1/cache", **mine)
        on.clock.advance(10)
        old = [(await ask(on, **headers)).headers["x-cache"] for headers in (mine, theirs)]

    assert cleared.json == again.json == {"dropped": 1}
    assert after == ["MISS", "HIT"]
    assert old == ["MISS", "HIT"]


async def test_a_store_that_does_not_clear_an_origins_answers_is_told() -> None:
    async with keeping(sends(EVENTS, SSE), passing=True, r2_secret_access_key="wrong") as (on, _):
        await ask(on)
        refused = await on.ask(b"", method="DELETE", path="/v1/cache")

    assert (refused.status, refused.json["error"]["code"]) == (502, "store_not_cleared")
