from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from fault_injection.client import ClientMoves
from fault_injection.stop import Stop
from harness.core.observed.history import ClientEnd, ClientExchange, Piece
from harness.drivers.chaos.stops import measured, why_stop
from tests.harness.shell.raw_server import answering, raw_server

EVENT = b'data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n'
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def exchange(end_s: float, *, status: int = 200, ttft_s: float = 0.1) -> ClientExchange:
    return ClientExchange(
        method="POST",
        path="/",
        request_headers=(),
        moves=ClientMoves(),
        started_s=end_s - 1,
        sent_s=end_s - 1,
        head_s=end_s - 1,
        status=status,
        headers=(("content-type", "text/event-stream"),),
        pieces=(Piece(end_s - 1 + ttft_s, EVENT), Piece(end_s, END)),
        end=ClientEnd.COMPLETE,
        end_s=end_s,
    )


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        (Stop(metric="error_rate", above=0.3), "error_rate above 0.3 over 10 s: it is 0.4"),
        (Stop(metric="error_rate", above=0.4), ""),
        (Stop(metric="ttft_p95_s", above=0.5), "ttft_p95_s above 0.5 over 10 s: it is 0.9"),
        (Stop(metric="ttft_p95_s", above=0.95), ""),
    ],
)
def test_what_clients_saw_of_late_is_held_against_its_bound(stop: Stop, said: str) -> None:
    done = [exchange(95.0 + n / 10, status=503 if n < 4 else 200, ttft_s=0.9 if n == 9 else 0.1) for n in range(10)]

    assert measured(stop, done, 100.0) == said


def test_what_is_long_ago_and_what_is_too_little_says_nothing() -> None:
    stop = Stop(metric="error_rate", above=0.1)

    assert measured(stop, [exchange(50.0, status=503) for _ in range(10)], 100.0) == ""
    assert measured(stop, [exchange(99.0, status=503) for _ in range(4)], 100.0) == ""


@pytest.mark.parametrize(("status", "met"), [("200 OK", False), ("404 Not Found", False), ("503 No", True)])
async def test_a_probe_that_no_longer_answers_stops_the_plan(status: str, met: bool) -> None:
    async with raw_server(answering(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())) as url:
        assert bool(await why_stop([Stop(probe=f"{url}/healthz")], [])) is met


async def test_a_probe_that_cannot_be_reached_stops_the_plan() -> None:
    assert "answers no more" in await why_stop([Stop(probe="http://127.0.0.1:9/")], [])


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((sys.executable, "-c", ""), ""),
        ((sys.executable, "-c", "raise SystemExit(3)"), "exit code 3"),
        (("/nowhere/at/all",), "No such file"),
    ],
)
async def test_a_command_that_fails_stops_the_plan(command: tuple[str, ...], said: str) -> None:
    found = await why_stop([Stop(command=command)], [])

    assert said in found
    assert bool(found) is bool(said)


async def test_a_command_does_not_outlive_a_run_that_is_stopped(tmp_path: Path) -> None:
    said = tmp_path / "pid"
    os.mkfifo(said)
    looking = asyncio.create_task(why_stop([Stop(command=("sh", "-c", f"echo $$ > {said}; exec sleep 600"))], []))
    process = psutil.Process(int(await asyncio.to_thread(said.read_text)))

    looking.cancel()
    await asyncio.wait([looking])

    assert looking.cancelled()
    assert not process.is_running()


@pytest.mark.parametrize(("value", "met"), [("0.5", False), ("1", False), ("1.5", True), ("NaN", True)])
async def test_a_query_above_its_bound_stops_the_plan(value: str, met: bool) -> None:
    body = json.dumps({"data": {"result": [{"value": [1.0, "0"]}, {"value": [1.0, value]}]}}).encode()
    wire = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    async with raw_server(answering(wire)) as url:
        assert bool(await why_stop([Stop(prometheus=url, query="x > 1", above=1.0)], [])) is met


async def test_a_brake_that_does_not_answer_counts_as_pulled() -> None:
    async with raw_server(answering(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")) as url:
        assert "no answer to the query" in await why_stop([Stop(prometheus=url, query="x", above=1.0)], [])


async def test_nothing_stops_a_plan_without_conditions() -> None:
    assert await why_stop([], [exchange(time.monotonic(), status=503)] * 20) == ""
