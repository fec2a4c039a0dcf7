"""Answers kept beyond memory: in R2 behind Workers KV, cleared for their own caller, and streams only where wanted."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.reference_proxy.in_process import APIError, ReferenceProxy
from harness.reference_proxy.settings import Settings, SettingsError, load
from harness.shell.upstream.wire_server import WireServer
from tests.harness.reference_proxy.stage import GOOD, Answer, Stage, Upstream, chat, says, stage, whole

BUCKET = "answers"
A, B = ({"Authorization": f"Bearer {name}"} for name in "ab")


@contextlib.asynccontextmanager
async def keeping(*answers: Answer, **settings: object) -> AsyncIterator[tuple[Stage, MockCloudflare]]:
    known = MockSettings()
    mock = MockCloudflare(known)
    async with WireServer(mock=mock) as server, stage(*answers, **{**_r2(server.url, known), **settings}) as on:
        yield on, mock


def _r2(url: str, known: MockSettings) -> dict[str, object]:
    return {
        "r2_bucket": BUCKET,
        "r2_endpoint": url,
        "r2_access_key_id": known.r2_access_key_id,
        "r2_secret_access_key": known.r2_secret_access_key,
    }


async def written(on: Stage, mock: MockCloudflare, count: int) -> None:
    while len(mock.bound.buckets.get(BUCKET, {})) < count:
        await on.turns(1)


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_outlives_memory_in_r2_in_either_form(*, stream: bool) -> None:
    async with keeping(GOOD if stream else says(whole("Hello")), cache_ttl_s=10) as (on, mock):
        await on.ask(chat(stream=stream))
        await written(on, mock, 1)
        on.clock.advance(10)
        hit = await on.ask(chat(stream=not stream))
        on.clock.advance(86400)
        old = await on.ask(chat(stream=stream))

    assert hit.headers["x-cache"] == "HIT"
    assert (hit.json["choices"][0]["message"]["content"] if stream else hit.text) == "Hello"
    assert old.headers["x-cache"] == "MISS"  # R2 keeps it, and it is too old all the same


async def test_a_caller_clears_what_is_its_own_everywhere() -> None:
    async with keeping(says(whole()), cache_ttl_s=10) as (on, mock):
        await on.ask(chat("1"), **A)
        await on.ask(chat("2"), **A)
        await on.ask(chat("1"), **B)
        await written(on, mock, 3)
        cleared = await on.ask(b"", method="DELETE", path="/v1/cache", **A)
        on.clock.advance(10)
        mine, theirs = await on.ask(chat("1"), **A), await on.ask(chat("1"), **B)

    assert cleared.json == {"dropped": 2}
    assert (mine.headers["x-cache"], theirs.headers["x-cache"]) == ("MISS", "HIT")


async def test_a_store_that_is_not_cleared_is_told() -> None:
    async with keeping(says(whole()), r2_secret_access_key="wrong") as (on, _):
        refused = await on.ask(b"", method="DELETE", path="/v1/cache")

    assert (refused.status, refused.json["error"]["code"]) == (502, "store_not_cleared")
    assert '"event": "not_cleared"' in on.log.getvalue()


async def test_streams_pass_where_they_are_not_kept_and_all_else_is_kept() -> None:
    async with stage(GOOD, GOOD, says(whole("Hello")), cache_streams="skip") as on:
        streamed = [await on.ask(chat(stream=True)) for _ in range(2)]
        plain = [await on.ask(chat()) for _ in range(2)]

        assert len(on.upstream.seen) == 3
    assert [each.headers["x-cache"] for each in (*streamed, *plain)] == ["MISS", "MISS", "MISS", "HIT"]
    assert [each.text for each in streamed] == ["Hello", "Hello"]


@pytest.mark.parametrize(("caller", "left"), [("a", 1), (None, 0)])
async def test_a_program_clears_the_answers_of_one_caller_or_of_all(caller: str | None, left: int) -> None:
    upstream = Upstream(says(whole()))
    await upstream.start()
    async with ReferenceProxy(Settings(upstream=upstream.url, api_token="t", account_id="a")) as proxy:
        for each in ("a", "b"):
            await proxy.handle_request(chat(), caller=each)
        assert await proxy.clear_cache(caller) == 2 - left
        assert await proxy.clear_cache() == left
    await upstream.stop()


async def test_a_program_is_told_of_a_store_that_is_not_cleared() -> None:
    config = Settings(upstream="http://127.0.0.1:9", account_id="a", kv_namespace="n", connect_timeout_s=0.5)
    async with ReferenceProxy(config) as proxy:
        with pytest.raises(APIError, match="Not cleared: "):
            await proxy.clear_cache()


@pytest.mark.parametrize(
    ("flag", "value", "told"),
    [
        ("--cache-streams", "sometimes", "capture, skip"),
        ("--r2-bucket", "b", "AWS_ACCESS_KEY_ID"),
        ("--r2-endpoint", "nowhere", "http://"),
        ("--origin", "example", "http://"),
        ("--compress-min-bytes", "-1", "negative"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_allowed(flag: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        load([flag, value], {})
