from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from harness.core.gateway.guard import Caps
from harness.shell.gateway.controller import Controller
from harness.shell.gateway.gateway import Gateway
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService
from tests.harness.shell.gateway.through import MARK, gateway, over, through
from tests.harness.shell.peer import PATIENCE_S

PLAN = "ttl_s = 60\n[[rule]]\nfault = 'http.status(code=503)'\n"


async def steer(running: Gateway, method: str, path: str, content: str = "", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, base_url=f"{running.control_url}/__edgeproof__/") as client:
        return await client.request(method, path, content=content, headers=headers)


async def test_a_plan_is_put_in_force_watched_and_taken_away() -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url) as running:
        states: list[Any] = []
        states.append((await steer(running, "GET", "state")).json()["state"])
        put = await steer(running, "PUT", "plan?run=r1&faulted=9", PLAN)
        states.append(put.json()["state"])
        async with through(running) as peer:
            await peer.post(headers=MARK)
            status = (await peer.answer()).status
        beaten = (await steer(running, "POST", "heartbeat")).json()
        await steer(running, "DELETE", "plan")
        states.append((await steer(running, "GET", "state")).json()["state"])

    assert states == ["transparent", "armed", "transparent"]
    assert status == 503
    assert (beaten["run"], beaten["requests"], beaten["faulted"], beaten["struck"]) == ("r1", 1, 1, {"": 1})
    assert running.experiment.guard.caps.faulted == 9


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("plan?run=r1", "[[rule]]\nfault = 'tcp.reset'\n", "no ttl_s"),
        ("plan", PLAN, "nothing marks the run's exchanges"),
        ("plan?run=r1&faulted=many", PLAN, "faulted='many' is no whole number"),
        ("plan?run=r1&faulted=100001", PLAN, "out of bounds"),
        ("plan?run=r1", "x", "no TOML"),
    ],
)
async def test_an_experiment_without_bounds_is_refused(path: str, text: str, words: str) -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url) as running:
        refused = await steer(running, "PUT", path, text)

        assert refused.status_code == 400
        assert words in refused.json()["error"]["message"]
        assert not running.experiment.is_armed


async def test_the_port_for_steering_takes_no_traffic_and_no_strangers() -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url) as running:
        async with httpx.AsyncClient(trust_env=False) as client:
            stray = await client.get(f"{running.control_url}/v1/models")
        foreign = await steer(running, "GET", "state", Host="evil.example")
        page = await steer(running, "POST", "reset", Origin="https://evil.example")

        assert (stray.status_code, foreign.status_code, page.status_code) == (404, 421, 403)


async def test_what_the_traffic_asks_of_the_control_paths_is_upstreams() -> None:
    service = FakeService()
    async with WireServer(mock=service) as server, gateway(server.url) as running, through(running) as peer:
        await peer.send(b"GET /__edgeproof__/health HTTP/1.1\r\nHost: localhost\r\n\r\n")

        assert json.loads((await peer.answer("GET")).take())["exchanges"] == 0


async def test_a_plan_is_put_in_force_under_the_gateways_own_caps() -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url, caps=Caps(faulted=5)) as running:
        await steer(running, "PUT", "plan?run=r1&faulted=9&requests=7", PLAN)

        assert (running.experiment.guard.caps.faulted, running.experiment.guard.caps.requests) == (5, 7)


@pytest.mark.parametrize("all_is_ours", [False, True])
async def test_what_passed_through_is_told_whole_only_where_it_is_all_ours(all_is_ours: bool) -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url, all_is_ours=all_is_ours) as running:
        for body in (b"a stranger's", b"ours: ep-0123456789ab"):
            async with through(running) as peer:
                await peer.post(body, headers="Authorization: Bearer sesame\r\nX-Api-Key: pepper\r\n")
                await peer.answer()
        found, over_until = await Controller(running.control_url).exchanges()

    bodies = [each.body for each in found]
    assert bodies == ([b"a stranger's"] if all_is_ours else []) + [b"ours: ep-0123456789ab"]
    told = dict(found[-1].request_headers)
    assert (told["Authorization"], told["X-Api-Key"]) == (
        ("Bearer sesame", "pepper") if all_is_ours else ("[redacted]", "[redacted]")
    )
    assert over_until == 2


async def test_what_is_not_over_yet_is_asked_for_again() -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url) as running:
        controller = Controller(running.control_url)
        async with through(running) as slow, through(running) as quick:
            await slow.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 21\r\n\r\n")
            assert await running.journal.wait_for(lambda seen: len(seen) == 1, PATIENCE_S)
            await quick.post(b"ours: ep-aaaaaaaaaaaa")
            await quick.answer()
            await over(running)
            first, over_until = await controller.exchanges()
            await slow.send(b"ours: ep-bbbbbbbbbbbb")
            await slow.answer()
            await over(running, 2)
            rest, _ = await controller.exchanges(over_until)

    assert [each.nonce for each in first] == ["ep-aaaaaaaaaaaa"]
    assert {each.nonce for each in rest} == {"ep-aaaaaaaaaaaa", "ep-bbbbbbbbbbbb"}


async def test_one_run_at_a_time_is_under_way() -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url) as running:
        await steer(running, "PUT", "plan?run=r1", PLAN)
        other = await steer(running, "PUT", "plan?run=r2", PLAN)
        again = await steer(running, "PUT", "plan?run=r1", PLAN)

        assert (other.status_code, again.status_code) == (409, 200)
        assert "r1 is under way" in other.json()["error"]["message"]


async def test_credentials_never_show_in_the_journal() -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url) as running:
        async with through(running) as peer:
            await peer.post(headers="Authorization: Bearer sesame\r\n")
            await peer.answer()
        shown = await steer(running, "GET", "journal")

        assert shown.json()["exchanges"][0]["method"] == "POST"
        assert "sesame" not in shown.text


@pytest.mark.parametrize("since", ["-1", "one", "9" * 5000])
async def test_exchanges_after_what_is_no_number_are_refused(since: str) -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url) as running:
        refused = await steer(running, "GET", f"exchanges?since={since}")

    assert refused.status_code == 400
    assert "is no number of an exchange" in refused.json()["error"]["message"]
