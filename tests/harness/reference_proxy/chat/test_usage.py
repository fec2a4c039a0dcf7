"""What was taken, by whom, when, and what it cost; and limits to it."""

from __future__ import annotations

import asyncio

import pytest

from tests.harness.reference_proxy.chat.service import MODEL, Told, service
from tests.harness.reference_proxy.stage import DONE, Connection, Upstream, piece

DAY_S = 86_400
OTHER = "@cf/meta/llama-3.1-8b-instruct-fast"


async def test_usage_is_summed_by_day_and_month_for_a_user_and_a_tenant(database_url: str, upstream: Upstream) -> None:
    async with service(database_url, upstream.url, token_price=0.001, chat_prices=f"{OTHER}=0.01") as on:
        on.clock.advance(DAY_S - on.clock.wall() % DAY_S)  # a day begins now, and will not end under our hands
        await on.ann.ask("one")
        await on.ann.ask("two", model=OTHER)
        on.clock.advance(40 * DAY_S)
        await on.ann.ask("three")
        await on.bob.ask("four")
        await on.eve.ask("five")
        mine = await on.ann.get("/api/v1/usage")
        ours = await on.ann.get("/api/v1/usage", by="month", scope="tenant")
        last = await on.ann.get("/api/v1/usage", since=mine["usage"][-1]["day"])

    assert [(each["model"], each["totalTokens"], each["cost"]) for each in mine["usage"]] == [
        (OTHER, 5, 0.05), (MODEL, 5, 0.005), (MODEL, 5, 0.005),
    ]  # fmt: skip
    assert len({each["day"] for each in mine["usage"]}) == 2
    assert mine["total"] == {"answers": 3, "totalTokens": 15, "cost": 0.06}
    assert [(each["answers"], each["promptTokens"], each["completionTokens"]) for each in ours["usage"]] == [
        (1, 3, 2), (1, 3, 2), (2, 6, 4),
    ]  # fmt: skip
    assert len({each["month"] for each in ours["usage"]}) == 2
    assert last["total"]["answers"] == 1


@pytest.mark.parametrize("limit", ["chat_user_daily_tokens", "chat_tenant_monthly_tokens"])
async def test_who_has_used_up_a_limit_waits_for_the_next_period(
    sqlite_url: str, upstream: Upstream, limit: str
) -> None:
    async with service(sqlite_url, upstream.url, **{limit: 10}) as on:
        on.clock.advance(DAY_S - on.clock.wall() % DAY_S)
        first, second = await on.ann.ask("one"), await on.ann.ask("two")
        third = await on.ann.ask("three")
        colleague = await on.bob.ask("one")
        stranger = await on.eve.ask("one")
        conversations = (await on.ann.get("/api/v1/chat"))["total"]
        on.clock.advance(int(third.headers["Retry-After"]))
        later = await on.ann.ask("three")

    assert (first.done, second.done, stranger.done, later.done) == (True, True, True, True)
    assert (third.status, third.body["error"]["code"]) == (429, "token_limit_reached")
    assert colleague.status == (429 if limit == "chat_tenant_monthly_tokens" else 200)
    assert conversations == 2  # what is refused is not kept
    assert len(upstream.seen) == (4 if colleague.status == 429 else 5)


async def test_questions_at_the_same_time_do_not_take_more_than_a_limit(database_url: str, upstream: Upstream) -> None:
    most: list[int] = []
    go_on = asyncio.Event()

    async def use_it_up(connection: Connection) -> None:
        mine = connection.json["max_tokens"]
        most.append(mine)
        await go_on.wait()
        usage = {"prompt_tokens": 1, "completion_tokens": mine, "total_tokens": 1 + mine}
        await connection.stream(
            piece("word"), piece("", finish="length"), {**piece(""), "choices": [], "usage": usage}, DONE
        )

    async def ask(number: int) -> Told:
        told = await on.ann.ask(f"n{number}", maxTokens=9)
        if told.status == 429:
            refused.append(told)
            if len(refused) == 5:
                go_on.set()
        return told

    refused: list[Told] = []
    upstream.then(use_it_up)
    async with service(database_url, upstream.url, chat_user_daily_tokens=25) as on:
        on.clock.advance(DAY_S - on.clock.wall() % DAY_S)
        told = await asyncio.gather(*(ask(number) for number in range(8)))
        spent = (await on.ann.get("/api/v1/usage"))["total"]["totalTokens"]
        later = await on.ann.ask("n9")

    assert sorted(most) == [4, 9, 9]
    assert spent == 25
    assert [each.headers["Retry-After"] for each in told if each.status == 429] == ["1"] * 5
    assert (later.status, int(later.headers["Retry-After"]) > 1) == (429, True)
