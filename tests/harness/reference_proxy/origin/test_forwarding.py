"""Clients and origins that write what few write: paths that lead out, ages without end."""

from __future__ import annotations

import gzip

import pytest

from tests.harness.reference_proxy.origin.origins import JSON, LONG, PATH, ask, sends
from tests.harness.reference_proxy.stage import GOOD, chat, stage


@pytest.mark.parametrize("out", ["..", "%2e%2E", ".%2e", "v1/../.."])
async def test_no_path_leads_out_of_the_one_that_the_origin_has(out: str) -> None:
    async with stage(sends(LONG, JSON), passing=True, origin_token="secret") as on:
        answered = await on.ask(chat(), path=f"/origin/{out}/admin")

    assert (answered.status, answered.json["error"]["code"]) == (400, "invalid_path")
    assert not on.upstream.seen


@pytest.mark.parametrize(
    "told", [{"Age": "9" * 400}, {"Expires": f"Thu, 01 Jan {'9' * 20} 00:00:00 GMT"}], ids=["age", "expires"]
)
async def test_an_answer_with_a_time_that_no_clock_shows_passes(told: dict[str, str]) -> None:
    async with stage(sends(LONG, JSON, measured=False, **told), passing=True) as on:
        answers = [await ask(on) for _ in range(2)]

    assert [(each.status, each.body) for each in answers] == [(200, LONG)] * 2


@pytest.mark.parametrize("coding", ["gzip", "GZip", "x-own"])
async def test_an_origin_can_read_the_body_that_it_is_sent(coding: str) -> None:
    plain = b'{"model":"m"}'
    sent = plain if coding == "x-own" else gzip.compress(plain)
    async with stage(GOOD, passing=True) as on:
        await on.ask(sent, path=PATH, Content_Encoding=coding)
        (seen,) = on.upstream.seen

    assert seen.body == plain
    assert seen.headers.get("content-encoding") == ("x-own" if coding == "x-own" else None)


async def test_a_page_that_may_read_an_answer_does_not_hide_what_else_it_varies_by() -> None:
    page = "https://page.example"
    async with stage(sends(LONG, JSON, Vary="X-Tenant"), passing=True, cors_origins=page) as on:
        fresh, kept = [await ask(on, Origin=page, Accept_Encoding="gzip") for _ in range(2)]

    assert fresh.headers["vary"] == "X-Tenant, Origin"
    assert kept.headers["vary"] == "X-Tenant, Accept-Encoding, Origin"


async def test_a_field_that_is_not_ascii_passes_as_it_came() -> None:
    async with stage(GOOD, passing=True) as on:
        answered = await ask(on, X_Name="Zo\u00eb")
        (seen,) = on.upstream.seen

    assert answered.status == 200
    assert seen.headers["x-name"].encode("latin-1") == "Zo\u00eb".encode()
