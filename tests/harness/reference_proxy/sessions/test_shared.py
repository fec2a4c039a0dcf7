"""What processes share: a limit that holds for all of them together, and conversations that outlive them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from harness.reference_proxy.http.shared_limits import SharedRateLimiter
from harness.reference_proxy.settings import SettingsError
from tests.harness.reference_proxy.sessions.talking import ANN, echo
from tests.harness.reference_proxy.stage import Upstream, chat

ROOT = Path(__file__).parents[4]


class Wall:
    """A time that stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_two_limiters_on_one_file_give_out_no_token_twice(tmp_path: Path) -> None:
    wall, path = Wall(), str(tmp_path / "limits.sqlite")
    one, other = (SharedRateLimiter(path, per_minute=4, wall=wall) for _ in range(2))

    waits = [limiter.take("ann") for limiter in (one, other, one, other, one, other)]
    wall.now_s += 15
    later = [limiter.take("ann") for limiter in (other, one)]

    assert waits == [0, 0, 0, 0, 15, 15]
    assert later == [0, 15]
    assert one.take("ben") == 0
    one.close()
    other.close()


def test_a_clock_that_was_set_back_gives_no_tokens_and_takes_none(tmp_path: Path) -> None:
    wall = Wall()
    limiter = SharedRateLimiter(str(tmp_path / "limits.sqlite"), per_minute=1, wall=wall)
    limiter.take("ann")
    wall.now_s -= 500

    assert limiter.take("ann") == 60
    wall.now_s += 60
    assert limiter.take("ann") == 0
    limiter.close()


def test_a_file_that_cannot_be_asked_leaves_a_limit_of_its_own(tmp_path: Path) -> None:
    path = str(tmp_path / "limits.sqlite")
    limiter = SharedRateLimiter(path, per_minute=1, wall=Wall())
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as holding:
        holding.execute("BEGIN EXCLUSIVE")

        assert [limiter.take("ann"), limiter.take("ann")] == [0, 60]
        assert limiter.failures == 2
        holding.execute("ROLLBACK")
    limiter.close()


def test_a_file_that_cannot_be_opened_is_a_bad_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="rate_limit_database"):
        SharedRateLimiter(str(tmp_path / "none" / "file"), per_minute=1, wall=Wall())


@contextlib.asynccontextmanager
async def process(upstream: str, **settings: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The proxy as a process of its own, and its URL."""
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "harness.reference_proxy", "--upstream", upstream, *flags,
        env={**os.environ, "CLOUDFLARE_API_TOKEN": "t", "CLOUDFLARE_ACCOUNT_ID": "a"},
        cwd=ROOT, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert started.stderr is not None
    try:
        said = b""
        while b"listening on" not in said:
            said = await started.stderr.readline()
            assert said, "it ended as it started"
        yield started, said.decode().split()[-1]
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


@contextlib.asynccontextmanager
async def upstream() -> AsyncIterator[str]:
    told = Upstream(echo)
    await told.start()
    try:
        yield told.url
    finally:
        await told.stop()


@pytest.mark.acceptance
async def test_two_processes_on_one_port_share_one_limit(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as free:
        port = str(free.getsockname()[1])
        shared = {"port": port, "reuse_port": "1", "rate_limit_per_minute": "3"}
        limits = str(tmp_path / "limits.sqlite")
        async with upstream() as url:
            free.listen(0)
            async with (
                process(url, **shared, rate_limit_database=limits),
                process(url, **shared, rate_limit_database=limits),
            ):
                free.close()
                statuses = []
                for _ in range(12):  # each by a connection of its own, which the kernel gives to one of the two
                    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
                        answered = await http.post(
                            f"http://127.0.0.1:{port}/v1/chat/completions",
                            json=chat("hi"),
                            headers={"Authorization": ANN},
                        )
                        statuses.append(answered.status_code)

    assert statuses == [200] * 3 + [429] * 9


@pytest.mark.acceptance
async def test_a_turn_whose_end_was_told_outlives_kill_9(tmp_path: Path) -> None:
    kept = str(tmp_path / "conversations.sqlite")
    headers = {"Authorization": ANN, "X-Conversation": "t"}
    async with upstream() as url, httpx.AsyncClient(trust_env=False, timeout=60) as http:
        async with process(url, port="0", sessions_database=kept) as (running, proxy):
            for number in range(3):
                answered = await http.post(
                    f"{proxy}/v1/chat/completions", json=chat(f"q{number}", stream=True), headers=headers
                )
                assert answered.text.endswith("data: [DONE]\n\n")
            running.kill()
        async with process(url, port="0", sessions_database=kept) as (_, proxy):
            history = (await http.get(f"{proxy}/v1/conversations/t", headers=headers)).json()["messages"]

    assert [each["content"] for each in history] == ["q0", "1: q0", "q1", "3: q1", "q2", "5: q2"]
