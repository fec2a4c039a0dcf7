"""One generator, against a mock on a socket; threads stand in for Locust's green ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.core.load.answer import FINISHED
from harness.core.load.job import LoadJob
from harness.core.load.transcript import unpack
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.load.generator import Generator
from harness.shell.upstream.wire_server import WireServer
from scenarios import load
from tests.harness.core.load.loads import job


def _job(server: WireServer, **profile: object) -> LoadJob:
    token = MockSettings().api_token
    headers = (("content-type", "application/json"), ("authorization", f"Bearer {token}"))
    return replace(job(**profile), url=server.url, headers=headers)


def _mock() -> WireServer:
    return WireServer(mock=MockCloudflare(MockSettings()))


class Endings:
    """Remembers how answers ended."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def __call__(self, kind: str, taken_s: float, size_bytes: int) -> None:
        assert taken_s > 0
        assert size_bytes > 0
        self.kinds.append(kind)


async def test_an_answer_is_measured_and_reported_once() -> None:
    told = Endings()
    async with _mock() as server:
        mine = _job(server)
        generator = Generator(mine, number=3)
        generator.start()
        await asyncio.to_thread(generator.put_next, told)

    first, second = generator.report(final=False), generator.report(final=True)
    assert told.kinds == [FINISHED]
    assert (first.number, first.put, first.due, first.part.counts["asked"]) == (3, 1, 1, 1)
    (packed,) = first.exchanges
    exchange = unpack(packed, mine)
    assert exchange.label == "3/0"
    assert exchange.body.endswith(b"data: [DONE]\n\n")
    assert second.exchanges == ()
    assert second.part.counts["asked"] == 1
    assert (first.final, second.final) == (False, True)


async def test_nothing_is_put_before_the_start_and_behind_the_end() -> None:
    async with _mock() as server:
        early = Generator(_job(server), number=0)
        late = Generator(_job(server, duration_s=0.0), number=0)
        late.start()
        for generator in (early, late):
            await asyncio.to_thread(generator.put_next, Endings())

    assert (early.report(final=False).put, late.report(final=False).put) == (0, 0)
    assert early.report(final=False).rests is False
    assert late.report(final=False).rests is True


async def test_a_load_ends_after_so_many_requests_whatever_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.shell.load.generator.MOST_ASKED", 2)
    async with _mock() as server:
        generator = Generator(_job(server), number=0)
        generator.start()
        for _ in range(4):
            await asyncio.to_thread(generator.put_next, Endings())

    assert generator.report(final=True).put == 2
    assert load.MOST_ASKED > 2


def _played(generator: Generator, put: Callable[[str], object]) -> list[float]:
    """Play open arrivals on a clock that only sleeping moves; return how long was slept."""
    slept: list[float] = []

    class Enough(Exception):  # noqa: N818 - it ends the play
        pass

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if seconds == 0.1:
            raise Enough

    with pytest.raises(Enough):
        generator.put_arrivals(put, sleep)
    return slept


def test_open_arrivals_are_shared_among_generators() -> None:
    names: list[list[str]] = []
    for number in range(2):
        put: list[str] = []
        mine = job(arrivals="constant", rate_per_s=10.0, duration_s=2.0, users=100)
        generator = Generator(None, number=-1)
        generator.enlist(mine, number=number, of=2)
        generator.start()
        _played(generator, put.append)
        names.append(put)
        assert generator.report(final=True).due == 10

    assert [len(each) for each in names] == [10, 10]


def test_an_arrival_that_finds_no_free_user_is_due_and_not_put() -> None:
    put: list[str] = []
    generator = Generator(job(arrivals="constant", rate_per_s=10.0, duration_s=2.0, users=3), number=0)
    generator.start()
    generator.waiting = 3

    _played(generator, put.append)

    assert put == []
    assert generator.report(final=True).due == 20


def test_standstills_are_told_on_the_clock_of_the_driver() -> None:
    generator = Generator(job(), number=0)
    generator.offset_s = 1000.0
    for late_s in (0.001, 0.4, 0.002):
        generator.beat(late_s)

    ((ended_s, lasted_s),) = generator.report(final=True).late

    assert lasted_s == 0.4
    assert ended_s > 1000.0


def test_memory_for_standstills_is_bounded() -> None:
    generator = Generator(job(), number=0)
    for number in range(2000):
        generator.beat(0.05 + number / 10_000)

    assert len(generator.report(final=True).late) <= 200


def test_a_user_thinks_about_as_long_as_the_job_says() -> None:
    generator = Generator(job(think_s=2.0), number=0)
    resting = generator.think_s()

    generator.start()

    assert resting == 0.1
    assert 1.0 <= generator.think_s() <= 3.0


def test_without_a_job_there_is_nothing_to_do() -> None:
    with pytest.raises(RuntimeError, match="no job yet"):
        _ = Generator(None, number=-1).job
