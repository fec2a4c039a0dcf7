"""The Worker that comes with edgeproof, on real workerd: conversations by HTTP and by WebSocket."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from fault_injection.plan import Plan
from harness.core.observed.history import UpstreamEnd
from harness.shell.target.targets import load
from harness.shell.target.worker.ready import made_ready
from reports.record import Verdict
from scenarios.index import select
from tests.acceptance.example_worker.asking import EXAMPLE, PATIENCE_S, Asking, said
from tests.targets.trial import by_id, judged

pytestmark = pytest.mark.acceptance


async def test_a_conversation_survives_a_restart_and_belongs_to_its_caller(worker: Asking) -> None:
    talk = {"x-conversation": "trip"}
    first = await worker.ask("ep-000000000009", stream=False, headers=talk)
    await worker.lane.restart()
    await worker.ask("ep-00000000000a", headers=talk)
    await worker.ask("ep-00000000000b", headers=talk, identity="b")

    answer = json.loads(first.body)["choices"][0]["message"]["content"]
    assert [[each["content"] for each in messages] for messages in worker.asked] == [
        ["ep-000000000009"],
        ["ep-000000000009", answer, "ep-00000000000a"],
        ["ep-00000000000b"],
    ]


async def test_a_turn_that_broke_is_not_remembered(worker: Asking) -> None:
    worker.strike("ai.run", "sse.truncate(after=3)")
    await worker.ask("ep-00000000000c", headers={"x-conversation": "trip"})
    worker.lane.server.set_plan(Plan())
    await worker.ask("ep-00000000000d", headers={"x-conversation": "trip"})

    assert [each["content"] for each in worker.asked[-1]] == ["ep-00000000000d"]


async def test_a_conversation_of_nobody_is_refused(worker: Asking) -> None:
    answer = await worker.ask("ep-00000000000e", headers={"x-conversation": "trip"}, identity="nobody")

    assert answer.status == 401
    assert worker.asked == []


async def test_a_conversation_is_read_and_forgotten_by_its_caller_alone(worker: Asking) -> None:
    url = f"{worker.lane.url}/v1/conversations/trip"
    mine, theirs = dict(worker.lane.headers("a")), dict(worker.lane.headers("b"))
    await worker.ask("ep-000000000015", headers={"x-conversation": "trip"})

    async with httpx.AsyncClient(trust_env=False) as client:
        foreign = [(await client.request(method, url, headers=theirs)).text for method in ("GET", "DELETE")]
        said = (await client.get(url, headers=mine)).json()["messages"]
        forgotten = await client.delete(url, headers=mine)
        left = (await client.get(url, headers=mine)).json()
        odd = await client.put(url, headers=mine)
        nobodys = await client.get(url)

    assert foreign == ['{"messages":[]}', ""]
    assert [each["role"] for each in said] == ["user", "assistant"]
    assert (forgotten.status_code, left) == (204, {"messages": []})
    assert (odd.status_code, odd.headers["allow"]) == (405, "GET, DELETE")
    assert nobodys.status_code == 401


async def test_a_websocket_says_goodbye_back(worker: Asking) -> None:
    async with worker.conversation("trip") as socket:
        await socket.close(code=1000)

    assert socket.close_code == 1000


async def test_a_websocket_goes_on_with_the_conversation_and_streams_its_answers(worker: Asking) -> None:
    await worker.ask("ep-00000000000f", headers={"x-conversation": "trip"})
    async with worker.conversation("trip") as socket:
        one = await worker.say(socket, "ep-000000000010")
        two = await worker.say(socket, "ep-000000000011")

    assert (one[-1], two[-1]) == ("[DONE]", "[DONE]")
    assert said(one).startswith("re-000000000010")
    assert [each["content"].split()[0][:15] for each in worker.asked[-1]] == [
        f"{who}-{number}" for number in ("00000000000f", "000000000010") for who in ("ep", "re")
    ] + ["ep-000000000011"]


async def test_a_websocket_survives_what_breaks_and_tells_it_as_an_error(worker: Asking) -> None:
    async with worker.conversation("trip") as socket:
        worker.strike("ai.run", "sse.truncate(after=3)")
        broken = await worker.say(socket, "ep-000000000012")
        worker.lane.server.set_plan(Plan())
        nonsense = await worker.told(socket, "{")
        whole = await worker.say(socket, "ep-000000000013")

    assert "error" in json.loads(broken[-1])
    assert json.loads(nonsense[-1])["error"]["message"] == "the request is not JSON"
    assert whole[-1] == "[DONE]"


async def test_a_websocket_client_that_leaves_ends_the_call_upstream(worker: Asking) -> None:
    async with worker.conversation("trip") as socket:
        await socket.send_json(worker.body("ep-000000000014 tokens=60 pace_s=0.05"))
        await socket.receive_str(timeout=PATIENCE_S)

    await worker.seen("ai.run", 1)
    (call,) = worker.lane.server.journal.exchanges(nonce="ep-000000000014")
    assert call.end is UpstreamEnd.PEER_LEFT


def test_a_worker_in_a_conversation_is_blamed_for_nothing(tmp_path: Path) -> None:
    target = made_ready(load(str(EXAMPLE / "conversation.toml")), say=lambda _: None)
    cases = "streaming.plain,streaming.tool-call,json.tool-calls,requests.second-turn,endings.cut-between-events-by-fin"

    results = judged(target, select(cases), tmp_path, lanes=1)

    assert {result.id: [str(finding) for finding in result.findings] for result in results if result.findings} == {}
    assert len(results) == 5


def test_the_conversations_that_a_worker_claims_are_kept(tmp_path: Path) -> None:
    target = made_ready(load(str(EXAMPLE / "edgeproof.toml")), say=lambda _: None)
    told = "history-in-order,history-after-it-was-cleared,after-a-restart,two-turns-at-once,answer-without-a-text"
    cases = ",".join([f"sessions.{name}" for name in told.split(",")] + ["websocket.*"])

    results = by_id(target, cases, tmp_path, lanes=3)

    assert {name: [str(each) for each in result.findings] for name, result in results.items() if result.findings} == {}
    unjudged = {name for name, result in results.items() if result.verdict is not Verdict.PASS}
    assert unjudged <= {"websocket.heard-by-others", "websocket.heard-by-another-caller", "websocket.client-that-left"}
