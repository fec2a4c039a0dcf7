"""Two workers that act as one mock, over real sockets, whichever of them a connection leads to."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import psutil
import pytest

from fault_injection.plan_file import read_plan
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.upstream.workers.crew import Crew

SETTINGS = MockSettings()
HEADERS = {"Authorization": f"Bearer {SETTINGS.api_token}"}
KV = f"/client/v4/accounts/{SETTINGS.account_id}/storage/kv/namespaces/{next(iter(SETTINGS.kv_namespaces))}/values"
CHAT = "/v1/chat/completions"
PATIENCE_S = 30
NONCES = (f"ep-{number:012x}" for number in count(1))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux spreads a port over processes")


@dataclass
class Pair:
    """A connection to each of two workers, kept open."""

    one: httpx.Client
    other: httpx.Client

    def control(self, method: str, path: str, content: str = "") -> httpx.Response:
        return self.other.request(method, f"/__edgeproof__/{path}", content=content).raise_for_status()

    def exchanges(self, **query: str | int) -> list[dict[str, Any]]:
        told = self.control("GET", f"journal?{httpx.QueryParams(query)}").json()
        found: list[dict[str, Any]] = told["exchanges"]
        return found


def ask(client: httpx.Client, nonce: str, **headers: str) -> httpx.Response:
    messages = [{"role": "user", "content": f"{nonce} tokens=3"}]
    return client.post(CHAT, json={"model": "@cf/meta/llama-3.1-8b-instruct", "messages": messages}, headers=headers)


def connected(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers=HEADERS, trust_env=False, timeout=PATIENCE_S)


def worker_of(client: httpx.Client) -> int:
    nonce = next(NONCES)
    ask(client, nonce)
    (exchange,) = client.get("/__edgeproof__/journal", params={"nonce": nonce}).json()["exchanges"]
    return int(exchange["connection"]) % 2


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    loop = asyncio.new_event_loop()
    stop, found = asyncio.Event(), list[str]()
    ready = threading.Event()

    async def work() -> None:
        try:
            async with Crew(mock=MockCloudflare(SETTINGS), workers=2) as crew:
                found.append(crew.url)
                ready.set()
                await stop.wait()
        finally:
            ready.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(work()))
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE_S)
        loop.close()


@pytest.fixture(scope="module")
def clients(url: str) -> Iterator[Pair]:
    with ExitStack() as stack:
        by_worker: dict[int, httpx.Client] = {}
        while len(by_worker) < 2:
            client = stack.enter_context(connected(url))
            by_worker.setdefault(worker_of(client), client)
        yield Pair(by_worker[0], by_worker[1])


@pytest.fixture
def pair(clients: Pair) -> Pair:
    clients.control("DELETE", "plan")
    clients.control("POST", "reset")
    return clients


def test_the_journal_tells_all_exchanges_in_the_order_in_which_they_came(pair: Pair) -> None:
    nonces = [next(NONCES) for _ in range(6)]
    before = len(pair.exchanges())

    for nonce, client in zip(nonces, (pair.one, pair.other) * 3, strict=True):
        ask(client, nonce)

    told = pair.exchanges()
    assert before == 0
    assert [each["nonce"] for each in told] == nonces
    assert [each["connection"] % 2 for each in told] == [0, 1] * 3
    numbers = [each["number"] for each in told]
    assert numbers == list(range(numbers[0], numbers[0] + 6))
    assert [each["nonce"] for each in pair.exchanges(since=numbers[3])] == nonces[4:]
    assert [each["number"] for each in pair.exchanges(nonce=nonces[2])] == [numbers[2]]


def test_health_and_metrics_are_those_of_all(pair: Pair) -> None:
    counted = 'edgeproof_mock_requests_total{surface="ai.chat"} '
    before = float(pair.control("GET", "metrics").text.partition(counted)[2].partition("\n")[0])
    for client in (pair.one, pair.other):
        ask(client, next(NONCES))

    health, metrics = pair.control("GET", "health").json(), pair.control("GET", "metrics").text

    assert health["exchanges"] == pair.exchanges()[-1]["number"]
    assert health["connections"] >= 2
    assert health["problems"] == []
    assert f"{counted}{before + 2}" in metrics


def test_a_plan_that_is_put_through_any_connection_holds_in_every_worker(pair: Pair) -> None:
    pair.control("PUT", "plan", "[[rule]]\nfault = 'http.status(code=503)'\n")
    with_plan = [ask(client, next(NONCES)).status_code for client in (pair.one, pair.other)]
    pair.control("DELETE", "plan")
    without = [ask(client, next(NONCES)).status_code for client in (pair.one, pair.other)]

    assert with_plan == [503, 503]
    assert without == [200, 200]
    assert [each["faults"] for each in pair.exchanges()] == [["http.status(code=503)"]] * 2 + [[]] * 2


@pytest.mark.parametrize(
    ("rule", "statuses"),
    [("count = 1", [503, 200, 200, 200]), ("nth = 3", [200, 200, 503, 200]), ("first = 2", [503, 503, 200, 200])],
)
def test_a_rule_counts_the_requests_of_all_workers(pair: Pair, rule: str, statuses: list[int]) -> None:
    where = rule if rule.startswith("count") else f"match.{rule}"
    pair.control("PUT", "plan", f"[[rule]]\nfault = 'http.status(code=503)'\n{where}\n")

    answered = [ask(client, next(NONCES)).status_code for client in (pair.one, pair.other) * 2]

    assert answered == statuses


def test_what_one_worker_has_stored_another_has(pair: Pair) -> None:
    pair.one.put(f"{KV}/key", content=b"value").raise_for_status()
    read = pair.other.get(f"{KV}/key").content
    pair.control("DELETE", "kv/key")

    assert read == b"value"
    assert pair.one.get(f"{KV}/key").status_code == 404


def test_a_fault_in_a_header_strikes_in_any_worker(pair: Pair) -> None:
    fault = {"X-Edgeproof-Fault": "http.status(code=529)"}
    answers = [ask(each, next(NONCES), **fault) for each in (pair.one, pair.other)]
    wrong = ask(pair.one, next(NONCES), **{"X-Edgeproof-Fault": "no.such"})

    assert [each.status_code for each in answers] == [529, 529]
    assert wrong.status_code == 400
    assert "no.such" in wrong.text


def test_an_exchange_that_runs_is_told_of_and_keeps_its_number(pair: Pair, url: str) -> None:
    nonce = next(NONCES)
    asked = {"model": "@cf/meta/llama-3.1-8b-instruct", "stream": True}
    slow = {**asked, "messages": [{"role": "user", "content": f"{nonce} tokens=9 pace_s=600"}]}

    with connected(url) as client, client.stream("POST", CHAT, json=slow) as answer:
        pieces = answer.iter_bytes()  # whoever drops it hangs up
        next(pieces)
        (running,) = pair.exchanges()
        ask(pair.one, next(NONCES))
    ended = until(lambda: [each for each in pair.exchanges(nonce=nonce) if each["end"] != "running"])

    assert running["end"] == "running"
    assert (ended["number"], ended["end"]) == (running["number"], "peer left")
    assert len(pair.exchanges()) == 2


def test_what_is_forgotten_is_forgotten_by_all_and_numbers_go_on(pair: Pair) -> None:
    for client in (pair.one, pair.other):
        ask(client, next(NONCES))
    last = pair.exchanges()[-1]["number"]

    pair.control("DELETE", "journal")
    nothing = pair.exchanges()
    ask(pair.one, next(NONCES))

    assert nothing == []
    assert [each["number"] for each in pair.exchanges()] == [last + 1]


def test_what_a_control_path_refuses_is_refused_as_by_one_process(pair: Pair) -> None:
    answers = [
        pair.one.put("/__edgeproof__/plan", content="[[rule]]\nfault = 'no.such'\n"),
        pair.other.get("/__edgeproof__/nothing"),
        pair.other.get("/__edgeproof__/journal?since=x"),
    ]

    assert [each.status_code for each in answers] == [400, 404, 400]


async def test_a_crew_whose_worker_has_ended_by_itself_says_so_and_leaves_none() -> None:
    plan = read_plan("[[rule]]\nfault = 'http.status(code=503)'\n")
    async with Crew(mock=MockCloudflare(SETTINGS), workers=2, plan=plan) as crew:
        pids = crew.pids
        with pytest.raises(OSError, match="in use"):
            await Crew(mock=MockCloudflare(SETTINGS), workers=2, port=int(crew.url.rpartition(":")[2])).start()
        async with httpx.AsyncClient(base_url=crew.url, headers=HEADERS, trust_env=False) as client:
            faulted = await client.post(CHAT, json={})
        psutil.Process(pids[0]).kill()
        async with asyncio.timeout(PATIENCE_S):
            said = await crew.failed

    assert faulted.status_code == 503  # a plan from the start is heeded from the start
    assert said == f"worker {pids[0]} ended with exit code -9"
    assert not [pid for pid in pids if psutil.pid_exists(pid)]


def until(found: Callable[[], list[dict[str, Any]]]) -> dict[str, Any]:
    """Ask until there is something: what a worker notices is told a moment later."""
    for _ in range(1000):
        if answer := found():
            return answer[0]
    raise AssertionError("it never came")
