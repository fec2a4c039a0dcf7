"""What is told of a target that does not start."""

from __future__ import annotations

import dataclasses
import socket
from pathlib import Path

import pytest

from harness.shell.target.ports import free_port
from tests.harness.shell.processes import target_file
from tests.harness.shell.target.test_target import failure

pytestmark = pytest.mark.usefixtures("untraced")


async def test_an_answer_of_500_is_not_ready(tmp_path: Path) -> None:
    told = await failure(target_file(env={"STATUS": "503"}, ready_timeout_s=2.0), tmp_path)

    assert "/up after" in told
    assert "503" in told
    assert "raise target.ready_timeout_s" in told


async def test_a_target_that_never_listens_is_told_with_its_last_words(tmp_path: Path) -> None:
    code = "import time; print('thinking', flush=True); time.sleep(600)"

    told = await failure(target_file(code, ready_path=None, ready_timeout_s=1.0), tmp_path)

    assert "small was not ready at http://127.0.0.1:" in told
    assert "nothing accepts connections" in told
    assert "thinking" in told


async def test_a_target_that_ends_early_is_told_with_exit_code_and_last_lines(tmp_path: Path) -> None:
    code = "import os, sys; [print('line', n) for n in range(50)]; print(os.environ['API_TOKEN']); sys.exit(7)"

    told = await failure(target_file(code, env={"API_TOKEN": "{api_token}"}), tmp_path)

    assert "with exit code 7" in told
    assert "line 49" in told
    assert "line 30\n" not in told
    assert "t0ken-made-up" not in told
    assert "[redacted]" in told


async def test_a_silent_early_end_is_told(tmp_path: Path) -> None:
    assert "it printed nothing" in await failure(target_file("import sys; sys.exit(1)"), tmp_path)


@pytest.mark.parametrize(
    ("command", "why"), [("no-such-program", "No such file"), ("{here}/plain", "Permission denied")]
)
async def test_a_command_that_cannot_be_started_is_told(command: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "plain").touch(mode=0o644)

    told = await failure(target_file(command=(command, "{port}"), here=str(tmp_path)), tmp_path)

    assert "small cannot be started: " in told
    assert command.replace("{here}", str(tmp_path)) in told
    assert why in told
    assert "correct target.command" in told


async def test_a_fixed_port_that_is_taken_is_told_before_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = await failure(target_file(url=f"http://127.0.0.1:{port}"), tmp_path)

    assert f"http://127.0.0.1:{port} is in use" in told
    assert not (tmp_path / "target.log").exists()


async def test_a_port_that_is_always_taken_is_told_in_the_end(tmp_path: Path) -> None:
    told = await failure(target_file("import sys; sys.exit('OSError: Address already in use')"), tmp_path)

    assert "Address already in use" in told


async def test_a_target_that_should_run_and_does_not_is_told(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    attached = dataclasses.replace(target_file(url=url, ready_timeout_s=0.1), command=None)

    told = await failure(attached, tmp_path)

    assert f"small was not ready at {url}/up" in told
    assert "start it first" in told
