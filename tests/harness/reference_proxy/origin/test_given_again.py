"""A kept answer is given again to the same question only, and for as long as its origin and the settings allow."""

from __future__ import annotations

import json

import pytest

from tests.harness.reference_proxy.cache.test_kept import keeping, written
from tests.harness.reference_proxy.origin.origins import EVENTS, JSON, LONG, PATH, SSE, ask, sends
from tests.harness.reference_proxy.stage import GOOD, Connection, chat, stage


@pytest.mark.parametrize(
    "other",
    [
        {"Authorization": "Bearer b"},
        {"Accept": "text/plain"},
        {"Cookie": "a=b"},
        {"X-Api-Key": "b"},
        {"OpenAI-Project": "b"},
        {"Anthropic-Version": "b"},
    ],
)
async def test_another_caller_or_another_wish_is_another_question(other: dict[str, str]) -> None:
    async with stage(GOOD, passing=True) as on:
        await ask(on)
        answer = await on.ask(chat(), path=PATH, **other)
        query = await on.ask(chat(), path=PATH + "?a=1")
        body = await on.ask(chat("other"), path=PATH)

    assert [each.headers["x-cache"] for each in (answer, query, body)] == ["MISS"] * 3


async def test_two_keys_of_one_bearer_token_are_two_questions() -> None:
    async with stage(GOOD, passing=True) as on:
        answers = [await ask(on, Authorization="Bearer a", X_Api_Key=key) for key in "aba"]

    assert [each.headers["x-cache"] for each in answers] == ["MISS", "MISS", "HIT"]


async def for_each_tenant(connection: Connection) -> None:
    """Answer with what is told of the tenant and of the page, and vary by both, in two fields."""
    told = {name: connection.headers.get(name) for name in ("x-tenant", "x-page")}
    body = json.dumps(told).encode()
    head = f"Content-Type: {JSON}\r\nContent-Length: {len(body)}\r\nVary: X-Tenant\r\nVary: x-page"
    await connection.raw(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)


async def test_an_answer_is_given_again_only_where_all_that_it_varies_by_is_the_same() -> None:
    tenants = [{"X_Tenant": "a"}, {"X_Tenant": "b"}, {}, {"X_Tenant": "b", "X_Page": "2"}]
    async with stage(for_each_tenant, passing=True) as on:
        first, again = [[await ask(on, **told) for told in tenants] for _ in range(2)]

    assert [each.headers["x-cache"] for each in (*first, *again)] == ["MISS"] * 4 + ["HIT"] * 4
    assert [each.body for each in first] == [each.body for each in again]
    assert first[1].json == {"x-tenant": "b", "x-page": None}


async def test_variants_outlive_memory_in_the_store_and_are_cleared_with_the_rest() -> None:
    async with keeping(for_each_tenant, passing=True, cache_ttl_s=10) as (on, mock):
        for tenant in "ab":
            await ask(on, X_Tenant=tenant)
        await written(on, mock, 2)
        on.clock.advance(10)
        old = [await ask(on, X_Tenant=tenant) for tenant in "bac"]
        await written(on, mock, 3)
        cleared = await on.ask(b"", method="DELETE", path="/v1/cache")

    assert [each.headers["x-cache"] for each in old] == ["HIT", "HIT", "MISS"]
    assert [each.json["x-tenant"] for each in old] == ["b", "a", "c"]
    assert cleared.json == {"dropped": 3}


async def test_a_kept_answer_says_all_that_it_varies_by_and_its_coding_besides() -> None:
    async with stage(for_each_tenant, passing=True, compress_min_bytes=1) as on:
        await ask(on)
        answer = await ask(on, Accept_Encoding="gzip")

    assert (answer.headers["x-cache"], answer.headers["vary"]) == ("HIT", "X-Tenant, x-page, Accept-Encoding")


@pytest.mark.parametrize(
    ("told", "lives_s"),
    [
        ({"Cache_Control": "max-age=0"}, 0),
        ({"Cache_Control": "no-cache"}, 0),
        ({"Cache_Control": "max-age=5"}, 5),
        ({"Cache_Control": "s-maxage=3, max-age=5"}, 3),
        ({"Cache_Control": "max-age=5", "Age": "3"}, 2),
        ({"Cache_Control": "max-age=5", "Age": "6"}, 0),
        ({}, 10),
        ({"Cache_Control": "max-age=50"}, 10),
    ],
)
async def test_an_answer_is_given_for_no_longer_than_its_origin_and_the_settings_allow(
    told: dict[str, str], lives_s: int
) -> None:
    async with stage(sends(LONG, JSON, measured=False, **told), passing=True, cache_ttl_s=10) as on:
        await ask(on)
        on.clock.advance(lives_s - 0.5)
        alive = await ask(on)
        on.clock.advance(0.5)
        over = await ask(on)

    assert alive.headers["x-cache"] == ("HIT" if lives_s else "MISS")
    assert over.headers["x-cache"] == "MISS"
    if lives_s:
        assert alive.headers["age"] == str(int(lives_s - 0.5) + int(told.get("Age", 0)))


async def test_a_store_gives_no_answer_for_longer_than_its_origin_allows() -> None:
    async with keeping(sends(EVENTS, SSE, Cache_Control="max-age=30"), passing=True, cache_ttl_s=10) as (on, mock):
        await ask(on)
        await written(on, mock, 1)
        on.clock.advance(25)
        young = await ask(on)
        on.clock.advance(5)
        old = await ask(on)

    assert (young.headers["x-cache"], young.headers["age"], old.headers["x-cache"]) == ("HIT", "25", "MISS")


@pytest.mark.parametrize(
    ("method", "headers"), [("PUT", {}), ("POST", {"Cache_Control": "no-cache"}), ("GET", {"Range": "bytes=0-1"})]
)
async def test_some_requests_go_past_the_cache(method: str, headers: dict[str, str]) -> None:
    async with stage(sends(LONG, JSON), passing=True) as on:
        answers = [await on.ask(b"", method=method, path=PATH, **headers) for _ in range(2)]

    assert [each.headers["x-cache"] for each in answers] == ["BYPASS", "BYPASS"]
