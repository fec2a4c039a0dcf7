"""The control paths, as a person with curl uses them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from fault_injection.plan import Match, Plan, Rule
from fault_injection.plan_file import show_plan
from fault_injection.registry import by_id
from fault_injection.reply import event, stream_reply
from harness.mock_cloudflare.request import Request
from harness.shell.upstream.store_control import StoreControl
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService

NONCE = "ep-0123456789ab"
STREAM = stream_reply((event("a"), event("b")))
FAULT_500 = by_id("http.status")()


@pytest.fixture
async def server() -> AsyncIterator[WireServer]:
    async with WireServer(mock=FakeService(), seed=7) as started:
        yield started


@pytest.fixture
async def curl(server: WireServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=20.0) as client:
        yield client


def message(response: httpx.Response) -> str:
    body: dict[str, Any] = response.json()
    return str(body["error"]["message"])


async def test_health_tells_how_the_server_is(curl: httpx.AsyncClient) -> None:
    await curl.post("/chat")

    response = await curl.get("/__edgeproof__/health")

    assert response.json() == {
        "status": "ok",
        "seed": 7,
        "exchanges": 1,
        "running": 0,
        "connections": 1,
        "problems": [],
    }


@pytest.mark.parametrize(
    ("headers", "status", "clue"),
    [
        ({"Host": "evil.example"}, 421, "does not go by the name 'evil.example'; it takes --name evil.example"),
        ({"Host": "[bad"}, 421, "does not go by the name '[bad'"),
        ({"Origin": "https://evil.example"}, 403, "no page of https://evil.example may steer this mock"),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 403, "no page of http://evil.example"),
    ],
    ids=["rebound", "no host", "foreign page", "rebound page"],
)
async def test_no_page_of_elsewhere_reads_or_steers(
    curl: httpx.AsyncClient, headers: dict[str, str], status: int, clue: str
) -> None:
    await curl.post("/chat")

    reset = await curl.post("/__edgeproof__/reset", headers=headers)
    read = await curl.get("/__edgeproof__/journal", headers=headers)

    assert (reset.status_code, read.status_code) == (status, status)
    assert clue in message(reset)
    assert (await curl.get("/__edgeproof__/health")).json()["exchanges"] == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]:8787", "host.docker.internal:8787"])
async def test_names_of_this_machine_and_those_given_are_answered(
    server: WireServer, curl: httpx.AsyncClient, host: str
) -> None:
    server.answer_to(["host.docker.internal"])

    assert (await curl.get("/__edgeproof__/health", headers={"Host": host})).status_code == 200


async def test_a_proxys_own_traffic_may_bear_any_name(curl: httpx.AsyncClient) -> None:
    headers = {"Host": "api.cloudflare.com", "Origin": "https://chat.example"}

    assert (await curl.post("/chat", headers=headers)).status_code == 200


async def test_control_paths_are_neither_faulted_nor_recorded(server: WireServer, curl: httpx.AsyncClient) -> None:
    server.set_plan(Plan(rules=(Rule(faults=(FAULT_500,)),)))

    control = await curl.get("/__edgeproof__/health", headers={"X-Edgeproof-Fault": "tcp.reset"})
    faulted = await curl.get("/other")

    assert (control.status_code, faulted.status_code) == (200, 500)
    assert [one.path for one in server.journal.exchanges()] == ["/other"]


async def test_a_plan_can_be_put_read_and_dropped(server: WireServer, curl: httpx.AsyncClient) -> None:
    text = '[[rule]]\nmatch = { surface = "ai.*", first = 1 }\nfault = "http.status(code=503)"\n'

    put = await curl.put("/__edgeproof__/plan", content=text)
    shown = await curl.get("/__edgeproof__/plan")
    statuses = [(await curl.post("/chat")).status_code for _ in range(2)]
    await curl.delete("/__edgeproof__/plan")

    assert put.json() == {"rules": 1, "seed": 7}
    assert shown.text.startswith("seed = 7\n")
    assert 'fault = "http.status(code=503)"' in shown.text
    assert statuses == [503, 200]
    assert server.plan.rules == ()


async def test_a_plan_of_its_own_seed_keeps_it(server: WireServer, curl: httpx.AsyncClient) -> None:
    await curl.put("/__edgeproof__/plan", content=show_plan(Plan(seed=99)))

    assert server.plan.seed == 99


@pytest.mark.parametrize(
    ("text", "clue"),
    [
        (b"[[rule]]\nfault = 'sse.trunkate'", "did you mean sse.truncate"),
        (b"[[rule]]\nfalt = 'x'", "did you mean 'fault'"),
        (b"[[rule", "the plan is no TOML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"seed = " + b"[" * 5000, "the plan nests too deeply"),
    ],
    ids=["fault", "key", "toml", "encoding", "depth"],
)
async def test_a_plan_that_cannot_be_read_is_refused_in_one_line(
    server: WireServer, curl: httpx.AsyncClient, text: bytes, clue: str
) -> None:
    before = server.plan

    response = await curl.put("/__edgeproof__/plan", content=text)

    assert response.status_code == 400
    assert clue in message(response)
    assert "\n" not in message(response)
    assert server.plan is before


async def test_the_journal_is_filtered_and_cleared(curl: httpx.AsyncClient) -> None:
    await curl.post("/one", content=NONCE)
    await curl.post("/two")

    everything = (await curl.get("/__edgeproof__/journal")).json()["exchanges"]
    of_nonce = (await curl.get(f"/__edgeproof__/journal?nonce={NONCE}")).json()["exchanges"]
    of_surface = (await curl.get("/__edgeproof__/journal?surface=kv")).json()["exchanges"]
    later = (await curl.get("/__edgeproof__/journal?since=1")).json()["exchanges"]
    await curl.delete("/__edgeproof__/journal")
    after = (await curl.get("/__edgeproof__/journal")).json()["exchanges"]

    assert [one["path"] for one in everything] == ["/one", "/two"]
    assert [one["path"] for one in of_nonce] == ["/one"]
    assert of_surface == []
    assert [one["path"] for one in later] == ["/two"]
    assert after == []


async def test_a_since_that_is_no_number_is_refused(curl: httpx.AsyncClient) -> None:
    response = await curl.get("/__edgeproof__/journal?since=yesterday")

    assert response.status_code == 400
    assert "since='yesterday' is no number" in message(response)


async def test_metrics_count_requests_and_faults(server: WireServer, curl: httpx.AsyncClient) -> None:
    await curl.post("/chat", headers={"X-Edgeproof-Fault": "http.status + sse.done_twice"})
    await curl.post("/chat")

    text = (await curl.get("/__edgeproof__/metrics")).text

    assert 'edgeproof_mock_requests_total{surface="ai.chat"} 2.0' in text
    assert 'edgeproof_mock_faults_total{fault="http.status"} 1.0' in text
    assert 'edgeproof_mock_faults_bypassed_total{fault="sse.done_twice"} 1.0' in text
    assert "edgeproof_mock_open_connections 1.0" in text
    assert "edgeproof_mock_running_exchanges 0.0" in text
    (record, _) = server.journal.records()
    assert record.faults == ("http.status",)
    assert [item.fault for item in record.bypassed] == ["sse.done_twice"]
    (told, _) = (await curl.get("/__edgeproof__/journal")).json()["exchanges"]
    assert told["bypassed"] == ["sse.done_twice"]
    assert told["bypassed_because"] == {"sse.done_twice": "there was nothing in this answer for it to change"}


async def test_reset_starts_everything_over(server: WireServer, curl: httpx.AsyncClient) -> None:
    server.set_plan(Plan(rules=(Rule(faults=(FAULT_500,), match=Match(first=1)),)))
    server.add_rules([Rule(faults=(FAULT_500,), match=Match(nonce=NONCE))])
    first = await curl.post("/chat")

    await curl.post("/__edgeproof__/reset")
    journal = server.journal.exchanges()
    again = await curl.post("/chat")
    of_nonce = await curl.post("/chat", content=NONCE)

    assert journal == ()
    assert (first.status_code, again.status_code, of_nonce.status_code) == (500, 500, 200)


async def test_keys_can_be_seeded_and_dropped(server: WireServer, curl: httpx.AsyncClient) -> None:
    put = await curl.put("/__edgeproof__/kv/a%2Fb?ttl_s=60", content=b"value")
    dump = (await curl.get("/__edgeproof__/kv")).json()
    expires_s = dump["ns"]["entries"]["a/b"].pop("expires_s")
    deleted = await curl.delete("/__edgeproof__/kv/a%2Fb?namespace=ns")

    assert put.json() == {"namespace": "ns", "key": "a/b", "bytes": 5}
    assert dump == {"ns": {"title": "default", "entries": {"a/b": {"value": "value", "bytes": 5, "metadata": None}}}}
    assert expires_s > server.now_s()
    assert deleted.json() == {"namespace": "ns", "key": "a/b"}
    assert server.mock.kv.namespaces["ns"] == {}


@pytest.mark.parametrize(
    ("method", "path", "status", "clue"),
    [
        ("PUT", "kv/", 400, "name a key"),
        ("DELETE", "kv/", 400, "name a key"),
        ("PUT", "kv/a?namespace=other", 404, "there is no namespace 'other'; there are ns"),
        ("PUT", "kv/a?ttl_s=soon", 400, "ttl_s='soon' is no number"),
        ("PUT", "kv/a?ttl_s=nan", 400, "ttl_s='nan' is no number"),
        ("PUT", "kv/a?ttl_s=1e999", 400, "ttl_s='1e999' is no number"),
        ("GET", f"journal?since={'9' * 5000}", 400, "is no number of an exchange"),
        ("GET", "nothing", 404, "there is no /__edgeproof__/nothing; there are health, journal"),
        ("POST", "plan", 405, "takes GET, PUT, DELETE, not POST"),
    ],
    ids=[
        "put no key",
        "delete no key",
        "no namespace",
        "bad ttl",
        "no ttl",
        "endless ttl",
        "long since",
        "no path",
        "bad method",
    ],
)
async def test_what_makes_no_sense_is_refused_with_the_way_out(
    curl: httpx.AsyncClient, method: str, path: str, status: int, clue: str
) -> None:
    response = await curl.request(method, f"/__edgeproof__/{path}")

    assert response.status_code == status
    assert clue in message(response)


async def test_a_control_connection_that_asks_to_close_is_closed(curl: httpx.AsyncClient) -> None:
    response = await curl.get("/__edgeproof__/health", headers={"Connection": "close"})

    assert response.headers["connection"] == "close"


async def test_a_crash_in_the_control_api_is_told(
    server: WireServer, curl: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: StoreControl, request: Request) -> None:
        raise ZeroDivisionError(request.path)

    monkeypatch.setattr(StoreControl, "answer", crash)

    response = await curl.get("/__edgeproof__/health")

    assert response.status_code == 500
    assert "harness error" in message(response)
    assert len(server.problems) == 1


async def test_a_fault_asked_for_in_a_header_strikes_that_answer_alone(
    server: WireServer, curl: httpx.AsyncClient
) -> None:
    faulted = await curl.post("/chat", headers={"X-Edgeproof-Fault": "http.status(code=429, retry_after=1)"})
    clean = await curl.post("/chat")

    assert (faulted.status_code, faulted.headers["retry-after"]) == (429, "1")
    assert clean.status_code == 200
    assert [one.faults for one in server.journal.exchanges()] == [("http.status(code=429, retry_after=1)",), ()]


@pytest.mark.parametrize(
    ("spec", "clue"),
    [
        ("sse.trunkate", "did you mean sse.truncate"),
        ("sse.truncate(aftr=1)", "did you mean 'after'"),
        ("sse.truncate(after=-1)", "after=-1 is impossible"),
        ("sse.truncate(", "sse.truncate("),
    ],
    ids=["id", "parameter", "value", "syntax"],
)
async def test_a_header_that_cannot_be_read_is_refused(
    server: WireServer, curl: httpx.AsyncClient, spec: str, clue: str
) -> None:
    response = await curl.post("/chat", headers={"X-Edgeproof-Fault": spec})

    assert response.status_code == 400
    assert message(response).startswith("X-Edgeproof-Fault: ")
    assert clue in message(response)
    assert isinstance(server.mock, FakeService)
    assert server.mock.committed == []


async def test_several_fault_headers_all_strike(server: WireServer, curl: httpx.AsyncClient) -> None:
    assert isinstance(server.mock, FakeService)
    server.mock.reply = replace(STREAM)
    headers = [("X-Edgeproof-Fault", "sse.bom"), ("X-Edgeproof-Fault", "sse.line_ends")]

    response = await curl.post("/chat", headers=headers)

    assert response.content == b"\xef\xbb\xbfdata: a\r\n\r\ndata: b\r\n\r\n"


async def test_the_journal_is_json_to_anyone(curl: httpx.AsyncClient) -> None:
    await curl.post("/chat", content=b"\xff")

    response = await curl.get("/__edgeproof__/journal")

    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.text)["exchanges"][0]["body_bytes"] == 1
