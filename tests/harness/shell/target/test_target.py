"""Targets started, attached to, restarted and ended."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import httpx
import pytest

from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.errors import TargetError
from harness.shell.target.ports import free_port
from harness.shell.target.target import Target
from tests.harness.shell.processes import SERVER, numbers_after, runs, target_file

pytestmark = pytest.mark.usefixtures("untraced")


def of(file: TargetFile, out_dir: Path, *, grace_s: float = 5.0, redactor: Redactor | None = None) -> Target:
    return Target(file, values={"api_token": "t0ken-made-up"}, out_dir=out_dir, grace_s=grace_s, redactor=redactor)


async def status(target: Target) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(target.url)).status_code


async def failure(file: TargetFile, out_dir: Path) -> str:
    target = of(file, out_dir)
    with pytest.raises(TargetError) as failed:
        async with target:
            pass
    assert target.pid is None
    return str(failed.value)


async def test_a_target_is_ready_inside_and_gone_behind(tmp_path: Path) -> None:
    async with of(target_file(), tmp_path) as target:
        pid = target.pid
        answered = await status(target)
        alive = target.alive()

    assert answered == 200
    assert alive
    assert not target.alive()
    assert target.exit_code == -signal.SIGTERM
    assert pid
    assert not runs(pid)


async def test_ready_without_a_path_means_the_port_accepts(tmp_path: Path) -> None:
    async with of(target_file(ready_path=None), tmp_path) as target:
        assert await status(target) == 200


@pytest.mark.parametrize("code", ["401", "404", "499"])
async def test_any_answer_below_500_is_ready(code: str, tmp_path: Path) -> None:
    async with of(target_file(env={"STATUS": code}), tmp_path) as target:
        assert await status(target) == int(code)


async def test_a_picked_port_that_got_taken_is_picked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = iter([other.getsockname()[1]])
        monkeypatch.setattr("harness.shell.target.target.free_port", lambda: next(ports, None) or free_port())
        # Nobody but a listener of ours answers on the taken port, and it never does: the server must fail first.
        async with of(target_file(), tmp_path) as target:
            assert await status(target) == 200
            assert target.url != f"http://127.0.0.1:{other.getsockname()[1]}"


async def test_a_port_is_given_back_when_its_target_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back: list[int] = []
    monkeypatch.setattr("harness.shell.target.target.give_back", back.append)

    async with of(target_file(), tmp_path) as target:
        first = target.url
        await target.restart()
        second = target.url

    assert [f"http://127.0.0.1:{port}" for port in back] == [first, second]


async def test_a_deaf_target_is_ended_all_the_same(tmp_path: Path) -> None:
    async with of(target_file(env={"DEAF": "1"}), tmp_path, grace_s=0.2) as target:
        pid = target.pid

    assert target.exit_code == -signal.SIGKILL
    assert pid
    assert not runs(pid)


async def test_no_descendant_is_left_even_one_in_another_session(tmp_path: Path) -> None:
    async with of(target_file(env={"CHILDREN": "1"}), tmp_path, grace_s=0.2) as target:
        children = numbers_after("child", target.log_path)
        lived = [runs(pid) for pid in children]

    assert lived == [True, True]
    await asyncio.to_thread(_gone, children)


def names_in(folder: Path, like: str = "*") -> list[str]:
    return [each.name for each in folder.glob(like)]


def _gone(pids: list[int]) -> None:
    """Return once all are gone; the test's own time limit bounds it."""
    while any(runs(pid) for pid in pids):
        pass


async def test_a_cancelled_start_leaves_nothing(tmp_path: Path) -> None:
    code = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(600)"
    target = of(target_file(code, ready_path=None), tmp_path)
    entering = asyncio.create_task(target.__aenter__())
    while not (target.log_path.exists() and numbers_after("pid", target.log_path)):  # noqa: ASYNC110 - a file raises no event
        await asyncio.sleep(0.01)
    (pid,) = numbers_after("pid", target.log_path)

    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entering

    assert not runs(pid)


async def test_cancelling_the_stop_kills_at_once(tmp_path: Path) -> None:
    target = await of(target_file(env={"DEAF": "1"}), tmp_path, grace_s=600).__aenter__()
    pid = target.pid
    assert pid
    leaving = asyncio.create_task(target.__aexit__(None, None, None))
    await asyncio.sleep(0)

    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving

    await asyncio.to_thread(_gone, [pid])


@pytest.mark.parametrize("how", ["interrupt", "unhandled"])
def test_ctrl_c_on_the_harness_ends_the_target(how: str, tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import asyncio, pathlib, sys
        from harness.shell.target.target import Target
        from tests.harness.shell.processes import target_file
        async def main():
            target = Target(target_file(), values={}, out_dir=pathlib.Path(sys.argv[1]))
            async with target:
                print(target.pid, flush=True)
                await asyncio.sleep(600)
        async def leak():
            target = Target(target_file(), values={}, out_dir=pathlib.Path(sys.argv[1]))
            await target.__aenter__()
            print(target.pid, flush=True)
        asyncio.run(main() if sys.argv[2] == "interrupt" else leak())
    """)
    root = Path(__file__).parents[4]
    harness = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), how],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=root,
    )
    with harness:
        assert harness.stdout
        pid = int(harness.stdout.readline())
        if how == "interrupt":
            assert runs(pid)
            harness.send_signal(signal.SIGINT)
        harness.wait(60)

    _gone([pid])


async def test_a_restart_gives_a_fresh_process(tmp_path: Path) -> None:
    async with of(target_file(), tmp_path) as target:
        first = target.pid
        await target.restart()
        second = target.pid

        assert await status(target) == 200

    assert first
    assert second
    assert first != second
    assert not runs(first)
    assert not runs(second)


async def test_a_target_that_is_killed_is_told_nothing_before(tmp_path: Path) -> None:
    async with of(target_file(), tmp_path) as target:
        child = target._child  # the process whose exit code tells how it was ended
        await target.restart(kill=True)

        assert child is not None
        assert child.exit_code == -signal.SIGKILL
        assert await status(target) == 200


async def test_a_restart_that_fails_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    only_once = "import os, sys; os.path.exists('started') and sys.exit(9); open('started', 'w').close()\n"
    async with of(target_file(only_once + SERVER, here=str(tmp_path)), tmp_path) as target:
        with pytest.raises(TargetError, match="exit code 9"):
            await target.restart()

        assert target.pid is None
        assert not target.alive()


async def test_a_target_that_dies_is_seen(tmp_path: Path) -> None:
    code = "import sys, socket; s = socket.create_server(('', int(sys.argv[1]))); s.accept(); s.accept(); sys.exit(3)"
    async with of(target_file(code, ready_path=None), tmp_path) as target:
        with socket.create_connection(("127.0.0.1", int(target.url.rpartition(":")[2]))):
            assert target._child
            await target._child.ended(within_s=60)

        assert not target.alive()
        assert target.pid is None
        assert target.exit_code == 3


async def test_a_running_target_is_attached_to_and_left_running(tmp_path: Path) -> None:
    async with of(target_file(), tmp_path / "own") as own:
        attached = dataclasses.replace(target_file(url=own.url), command=None)
        async with of(attached, tmp_path / "attached") as target:
            assert target.url == own.url
            assert target.pid is None
            assert target.alive()
            assert not target.started_here
            assert target.tail() == ""
            with pytest.raises(TargetError, match="cannot be restarted"):
                await target.restart()

        assert await status(own) == 200


async def test_the_log_holds_no_secret_in_the_end(tmp_path: Path) -> None:
    async with of(target_file(env={"API_TOKEN": "{api_token}"}), tmp_path) as target:
        shown = target.tail()

    assert shown == "token [redacted]"
    assert target.log_path.read_text() == "token [redacted]\n"
    assert names_in(tmp_path) == ["target.log"]


async def test_a_given_redactor_is_used(tmp_path: Path) -> None:
    async with of(target_file(env={"API_TOKEN": "abcdef"}), tmp_path, redactor=Redactor(["token "])) as target:
        assert target.tail() == "[redacted]abcdef"


async def test_credentials_of_the_user_do_not_reach_the_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "a-real-one")

    async with of(target_file(), tmp_path) as target:
        assert target.tail() == "token None"


async def test_a_target_from_a_file_runs_in_the_files_folder(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd(), sys.argv[1:]); sys.exit(1)"
    file = target_file(code, here=str(tmp_path))
    assert file.command
    file = dataclasses.replace(file, command=(*file.command, "{here}"))

    told = await failure(file, tmp_path / "out")

    assert f"{tmp_path} ['" in told
    assert f"'{tmp_path}']" in told


async def test_what_is_laid_out_lies_beside_the_log_before_the_target_starts(tmp_path: Path) -> None:
    code = "import pathlib, sys; print(pathlib.Path(sys.argv[2]).read_text(), flush=True)\n" + SERVER
    file = target_file(code)
    file = dataclasses.replace(
        file, command=(*(file.command or ()), "{logs}/own/config"), laid_out=(("own/config", b"laid out"),)
    )

    async with of(file, tmp_path / "logs") as target:
        said = target.tail()

    assert "laid out" in said
    assert (tmp_path / "logs" / "own" / "config").read_bytes() == b"laid out"


async def test_the_mocks_address_is_known_without_its_scheme(tmp_path: Path) -> None:
    file = target_file("import sys; print('told', sys.argv[2], flush=True)\n" + SERVER)
    file = dataclasses.replace(file, command=(*(file.command or ()), "{upstream_address}"))

    async with Target(file, values={"upstream": "http://127.0.0.1:99"}, out_dir=tmp_path) as target:
        assert "told 127.0.0.1:99" in target.tail()
