"""A mock in several processes, from the command line: how it is told of, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from tests.harness.cli.process import PATIENCE_S, descendants
from tests.harness.cli.process import edgeproof as start
from tests.harness.shell.processes import runs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux spreads a port over processes")

BODY = {"model": "@cf/meta/llama-3.1-8b-instruct", "messages": [{"role": "user", "content": "Hello"}]}


def begun(child: subprocess.Popen[str]) -> tuple[str, list[psutil.Process]]:
    """Return where a mock is, once it has answered, and its workers."""
    assert child.stdout is not None
    told = json.loads(child.stdout.readline())
    headers = {"Authorization": f"Bearer {told['env']['OPENAI_API_KEY']}"}
    answer = httpx.post(f"{told['url']}/v1/chat/completions", json=BODY, headers=headers, trust_env=False)
    assert answer.json()["object"] == "chat.completion"
    return told["url"], descendants(child.pid)


def test_ctrl_c_ends_every_worker_and_each_request_was_told_once(tmp_path: Path) -> None:
    with start("mock", "--workers", "2", "--port", "0", "--json", cwd=tmp_path) as child:
        url, workers = begun(child)
        health = httpx.get(f"{url}/__edgeproof__/health", trust_env=False).json()
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=PATIENCE_S)

    assert (child.returncode, len(workers), health["exchanges"]) == (0, 2, 1)
    assert [line[:32] for line in err.splitlines()] == ["POST /v1/chat/completions  200  ", "stopped"]
    assert [each.pid for each in workers if runs(each.pid)] == []


@pytest.mark.acceptance
def test_a_mock_that_is_killed_leaves_no_worker_behind(tmp_path: Path) -> None:
    with start("mock", "--workers", "2", "--port", "0", "--json", cwd=tmp_path) as child:
        _, workers = begun(child)
        child.kill()
        child.wait(PATIENCE_S)
        psutil.wait_procs(workers, timeout=PATIENCE_S)

    assert len(workers) == 2
    assert [each.pid for each in workers if runs(each.pid)] == []


@pytest.mark.acceptance
def test_a_mock_that_loses_a_worker_ends_and_says_so(tmp_path: Path) -> None:
    with start("mock", "--workers", "2", "--port", "0", "--json", cwd=tmp_path) as child:
        _, workers = begun(child)
        workers[0].kill()
        _, err = child.communicate(timeout=PATIENCE_S)

    assert child.returncode == 3
    assert f"worker {workers[0].pid} ended with exit code -9" in err
    assert "Traceback" not in err
    assert [each.pid for each in workers if runs(each.pid)] == []
