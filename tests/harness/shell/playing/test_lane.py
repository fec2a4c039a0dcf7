from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from harness.errors import TargetError, UsageError
from harness.mock_cloudflare.kv_store import KvEntry
from harness.shell.playing.lane import Lane
from tests.harness.cli.process import descendants
from tests.harness.shell.direct import direct_target
from tests.harness.shell.processes import SERVER, runs, target_file

pytestmark = pytest.mark.usefixtures("untraced")


async def kill(lane: Lane) -> None:
    """Kill the target and wait until the lane has noticed."""
    assert lane.pid is not None
    os.kill(lane.pid, signal.SIGKILL)
    async with asyncio.timeout(10):
        while lane.pid is not None:  # noqa: ASYNC110 - the event is another process's end
            await asyncio.sleep(0.01)


async def ask_upstream(lane: Lane) -> None:
    """Make an exchange that the mock remembers."""
    async with aiohttp.ClientSession() as session, session.get(f"{lane.server.url}/anything") as answer:
        await answer.read()


async def test_lanes_have_a_mock_and_a_target_each(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(Lane(target_file(), seed=1, logs=tmp_path / name)) for name in "ab"
        ]

        assert one.pid != other.pid
        assert one.url != other.url
        assert one.server.url != other.server.url


async def test_nothing_is_left_behind_a_lane(tmp_path: Path) -> None:
    async with Lane(target_file(), seed=1, logs=tmp_path) as lane:
        pid, upstream = lane.pid, lane.server.port

    assert pid is not None
    assert not runs(pid)
    with socket.create_server(("127.0.0.1", upstream)):
        pass


async def test_the_two_identities_have_tokens_of_their_own_that_are_hidden(tmp_path: Path) -> None:
    async with Lane(direct_target(bearer="{client_token}"), seed=1, logs=tmp_path) as lane:
        tokens = {dict(lane.headers(name))["Authorization"].removeprefix("Bearer ") for name in ("a", "b")}

        assert len(tokens) == 2
        assert tokens < set(lane.hidden)
        assert set(lane.secrets) < set(lane.hidden)
        assert not tokens & set(lane.secrets)


async def test_what_the_targets_file_spells_out_is_hidden(tmp_path: Path) -> None:
    target = direct_target(bearer="{client_token}")
    target = replace(target, env={**target.env, "DB_PASS": "hunter2"})

    assert "hunter2" in Lane(target, seed=1, logs=tmp_path).hidden


async def test_what_clients_bring_themselves_is_hidden_but_no_secret_before_them(tmp_path: Path) -> None:
    async with Lane(direct_target(bearer="{api_token}"), seed=1, logs=tmp_path) as lane:
        brought = dict(lane.headers("a"))["Authorization"].removeprefix("Bearer ")

        assert brought in lane.hidden
        assert brought not in lane.secrets
        assert lane.headers("a") == lane.headers("b")


async def test_a_target_that_died_is_told_of_and_started_again_once(tmp_path: Path) -> None:
    async with Lane(target_file(), seed=1, logs=tmp_path) as lane:
        await kill(lane)
        before = lane.deaths
        await asyncio.gather(*(lane.ensure_alive() for _ in range(5)))
        pid = lane.pid
        await lane.ensure_alive()

        assert len(before) == 1
        assert before[0].startswith("was ended by SIGKILL\n")
        assert "token" in before[0]  # its last words
        assert lane.deaths == before
        assert lane.pid == pid is not None


async def test_a_restart_is_no_death(tmp_path: Path) -> None:
    async with Lane(target_file(), seed=1, logs=tmp_path) as lane:
        pid = lane.pid
        await lane.restart()

        assert lane.pid not in (pid, None)
        assert lane.deaths == ()


async def test_a_target_that_is_started_afresh_remembers_nothing(tmp_path: Path) -> None:
    async with Lane(target_file(), seed=1, logs=tmp_path) as lane:
        pid, store = lane.pid, next(iter(lane.mock.kv.namespaces))
        lane.mock.kv.put(store, "key", KvEntry(value=b"kept"))
        await ask_upstream(lane)
        assert lane.forgotten == 0
        await lane.start_afresh()

        assert lane.pid not in (pid, None)
        assert lane.mock.kv.find(store, "key", now_s=0.0) is None
        assert lane.forgotten == lane.server.journal.last_number > 0
        assert lane.server.journal.exchanges() == ()


async def test_a_target_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    async with Lane(direct_target(), seed=1, logs=tmp_path) as lane:
        store = next(iter(lane.mock.kv.namespaces))
        lane.mock.kv.put(store, "key", KvEntry(value=b"kept"))
        await ask_upstream(lane)
        await lane.start_afresh()

        assert lane.mock.kv.find(store, "key", now_s=0.0) is not None
        assert lane.forgotten == 0


async def test_a_target_that_does_not_come_up_again_is_given_up(tmp_path: Path) -> None:
    ill, tries = tmp_path / "ill", tmp_path / "tries"
    code = f"import os, sys\nif os.path.exists({str(ill)!r}):\n open({str(tries)!r}, 'a').write('x')\n sys.exit(9)\n"
    async with Lane(target_file(code + SERVER), seed=1, logs=tmp_path) as lane:
        ill.touch()
        await kill(lane)
        for _ in range(5):
            with pytest.raises(TargetError, match="exit code 9"):
                await lane.ensure_alive()

        assert tries.read_text() == "xxx"
        assert len(lane.deaths) == 1


async def test_a_taken_upstream_port_is_the_users_to_mend(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on port {port}"):
            async with Lane(direct_target(), seed=1, logs=tmp_path, upstream_port=port):
                pass


async def test_an_earlier_runs_output_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "target.log").write_text("from yesterday\n")
    async with Lane(target_file(), seed=1, logs=tmp_path) as lane:
        await kill(lane)

        assert "yesterday" not in lane.deaths[0]


async def test_an_attached_target_has_no_process(tmp_path: Path) -> None:
    before = descendants(os.getpid())
    async with Lane(direct_target(), seed=1, logs=tmp_path) as lane:
        await lane.ensure_alive()

        assert lane.pid is None
        assert lane.deaths == ()
        assert descendants(os.getpid()) == before
