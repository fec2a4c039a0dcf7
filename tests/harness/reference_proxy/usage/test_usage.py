"""Points that are written to the mock's own door for bindings, and asked by its SQL; and a writer that gets nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.reference_proxy.settings import Settings, SettingsError
from harness.shell.upstream.wire_server import WireServer
from tests.harness.reference_proxy.stage import Connection, Stage, Upstream, chat, says, stage, whole

ANN, BEN, BOSS = "Bearer ann", "Bearer ben", "Bearer boss"


@pytest.fixture
async def cloudflare() -> AsyncIterator[dict[str, Any]]:
    """Settings that lead the proxy to a mock, and its points with it."""
    mock = MockCloudflare(MockSettings())
    async with WireServer(mock=mock) as server:
        yield {
            "upstream": server.url, "api_token": mock.settings.api_token, "account_id": mock.settings.account_id,
            "usage_url": f"{server.url}/", "usage_header": "x-edgeproof-binding: analytics chat_usage",
            "usage_token": "boss", "token_price": 0.5,
        }  # fmt: skip


async def usage(on: Stage, who: str = ANN, query: str = "") -> dict[str, Any]:
    """What is counted, once nothing waits any more."""
    while True:
        answered = await on.ask(b"", method="GET", path=f"/v1/usage{query}", Authorization=who)
        assert answered.status == 200, answered.body
        if not answered.json["waiting"]:
            return answered.json


async def test_usage_is_reported_by_model_and_user_with_hits_and_cost(cloudflare: dict[str, Any]) -> None:
    async with stage(says({}), **cloudflare) as on:
        nothing = await usage(on)
        first = await on.ask(chat("one"), Authorization=ANN)
        again = await on.ask(chat("one"), Authorization=ANN)
        await on.ask(chat("two", stream=True), Authorization=BEN)
        mine = await usage(on)
        theirs = await usage(on, BEN)
        every = await usage(on, BOSS, "?by=user&days=1")

    tokens = first.json["usage"]
    assert nothing["rows"] == []
    assert again.headers["x-cache"] == "HIT"
    (row,) = mine["rows"]
    assert (row["requests"], row["hits"], row["hit_rate"]) == (2, 1, 0.5)
    assert row["prompt_tokens"] == 2 * tokens["prompt_tokens"]
    assert row["cost"] == pytest.approx(0.5 * (tokens["prompt_tokens"] + tokens["completion_tokens"]))
    assert mine["total"]["requests"] == 2
    assert (mine["total"]["untold"], theirs["total"]["untold"]) == (0, 1)  # their stream came without usage
    assert sorted(each["requests"] for each in every["rows"]) == [1, 2]
    assert all(len(each["user"]) == 32 for each in every["rows"])


@pytest.mark.parametrize("query", ["?by=colour", "?days=0", "?days=91", "?days=x"])
async def test_a_report_that_makes_no_sense_is_refused(cloudflare: dict[str, Any], query: str) -> None:
    async with stage(says({}), **cloudflare) as on:
        answered = await on.ask(b"", method="GET", path=f"/v1/usage{query}", Authorization=ANN)

    assert (answered.status, answered.json["error"]["code"]) == (400, "invalid_parameter")


async def test_numbers_that_cannot_be_read_are_an_error() -> None:
    async with stage(says({"errors": []}, 500), usage_url="http://127.0.0.1:9/") as on:
        answered = await on.ask(b"", method="GET", path="/v1/usage", Authorization=ANN)

    assert (answered.status, answered.json["error"]["code"]) == (503, "usage_unavailable")


async def test_answers_go_on_while_points_cannot_be_written_and_what_does_not_fit_is_told() -> None:
    reached, release = asyncio.Event(), asyncio.Event()

    async def held(connection: Connection) -> None:
        reached.set()
        await release.wait()
        await connection.json_reply({})

    points = Upstream(held, says({}, 500), says({}))
    await points.start()
    try:
        async with stage(
            says(whole()), usage_url=points.url, usage_max_waiting=3, usage_timeout_s=60.0, cache_ttl_s=0
        ) as on:
            await on.ask(chat("0"), Authorization=ANN)
            await reached.wait()
            for number in range(1, 6):
                assert (await on.ask(chat(str(number)), Authorization=ANN)).status == 200
            full = (await on.get("/metrics")).body.decode()
            release.set()
            while "proxy_usage_points_waiting 0.0" not in (settled := (await on.get("/metrics")).body.decode()):
                pass
    finally:
        await points.stop()

    assert "proxy_usage_points_waiting 3.0" in full
    assert "proxy_usage_points_dropped 3.0" in full
    assert "proxy_usage_points_dropped 4.0" in settled  # one was refused, and is not tried again
    assert "proxy_usage_points_written 2.0" in settled


def test_a_header_without_a_value_is_a_bad_setting() -> None:
    with pytest.raises(SettingsError, match="usage_header"):
        Settings(usage_header="nothing")
