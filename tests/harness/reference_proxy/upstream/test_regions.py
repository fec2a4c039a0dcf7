"""Several addresses of upstream: the first that does not rest is asked, and one that failed rests."""

from __future__ import annotations

import pytest

from harness.reference_proxy.settings import Settings, SettingsError
from harness.reference_proxy.upstream.regions import Regions
from tests.harness.reference_proxy.stage import GOOD, Connection, Upstream, chat, says, stage, whole


def test_the_first_that_does_not_rest_is_asked_and_comes_back_into_favour() -> None:
    now_s = [100.0]
    regions = Regions(("one", "two"), rest_s=10.0, clock=lambda: now_s[0])
    assert regions.pick() == "one"

    regions.failed("one")
    assert regions.pick() == "two"
    now_s[0] += 10.0
    assert regions.pick() == "one"


def test_where_all_rest_the_one_whose_rest_ends_first_is_asked() -> None:
    now_s = [100.0]
    regions = Regions(("one", "two"), rest_s=10.0, clock=lambda: now_s[0])
    regions.failed("two")
    now_s[0] += 1.0
    regions.failed("one")

    assert regions.pick() == "two"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_region_that_fails_is_passed_over_by_the_next_attempt_and_the_next_request(*, stream: bool) -> None:
    async def down(on: Connection) -> None:
        await on.json_reply({"errors": [{"code": 1, "message": "down"}]}, 503)

    other = Upstream(GOOD if stream else says(whole("Hello")))
    await other.start()
    try:
        async with stage(down, upstream_fallbacks=other.url, cache_ttl_s=0.0) as on:
            first = await on.ask(chat(stream=stream))
            second = await on.ask(chat(stream=stream))

            assert (first.status, second.status) == (200, 200)
            assert (len(on.upstream.seen), len(other.seen)) == (1, 2)
            on.clock.advance(11.0)
            await on.ask(chat(stream=stream))
            assert len(on.upstream.seen) == 2
    finally:
        await other.stop()


async def test_a_region_that_nobody_serves_is_passed_over() -> None:
    gone = Upstream(GOOD)
    await gone.start()
    await gone.stop()
    other = Upstream(says(whole("Hello")))
    await other.start()
    try:
        async with stage(GOOD, upstream=gone.url, upstream_fallbacks=f"{other.url}/, ") as on:
            assert (await on.ask(chat())).json["choices"][0]["message"]["content"] == "Hello"
    finally:
        await other.stop()


def test_an_address_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match=r"upstream_fallbacks='eu\.example'"):
        Settings(upstream_fallbacks="http://127.0.0.1:1, eu.example")
