"""What becomes of a run that is killed, and of one that is not to be interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from harness.shell.target.guardian import MARK
from tests.harness.cli.process import COMMAND, PATIENCE_S, descendants, guardians, wait_for_line
from tests.harness.cli.process import edgeproof as start
from tests.harness.shell.processes import runs

pytestmark = pytest.mark.usefixtures("untraced")

SUITES = {
    "conformance": (3, ("run", "--case", "streaming.long-and-slow,cancel.*", "--jobs", "3")),
    "properties": (3, ("run", "--suite", "properties")),
    "leaks": (2, ("leaks", "--only", "clean,cut", "--rounds", "500")),
    "load": (4, ("load", "--users", "4", "--duration", "10m", "--processes", "2")),
    "selfcheck": (2, ("selfcheck", "--mutant", "never-opens,tokens-trimmed", "--jobs", "2")),
}
"""How many processes each must have started before it is killed, and how it is called."""

SLOW = """
[target]
name = "slow"
command = ["sh", "-c", "echo {port} > begun; exec sleep 600"]
url = "http://127.0.0.1:{port}"
ready_timeout_s = 300
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "m"
"""
"""A target that starts, and never gets ready."""


@pytest.mark.parametrize("suite", SUITES)
def test_a_run_that_is_killed_leaves_no_process_behind(suite: str, tmp_path: Path) -> None:
    number, arguments = SUITES[suite]
    family: list[psutil.Process] = []

    with start(*arguments, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        while len(family) < number:
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=0.1)
            family = descendants(child.pid)
        (guardian,) = guardians(child.pid)
        mark = guardian.cmdline()[-2]
        child.kill()
    psutil.wait_procs([*family, guardian], timeout=PATIENCE_S)

    assert [each.pid for each in (*family, guardian) if runs(each.pid)] == []
    assert [each for each in psutil.process_iter(["environ"]) if (each.info["environ"] or {}).get(MARK) == mark] == []


@pytest.mark.acceptance
def test_a_run_that_is_not_to_be_interrupted_goes_on_until_it_is_told_to_end(tmp_path: Path) -> None:
    uninterruptible = ("sh", "-c", 'trap "" INT; exec "$@"', "sh", *COMMAND)
    arguments = ("run", "--case", "streaming.long-and-slow,streaming.plain,json.gzip", "--jobs", "1")

    with start(*arguments, cwd=tmp_path, command=uninterruptible) as child:
        wait_for_line(child, "1 of 3")
        child.send_signal(signal.SIGINT)
        wait_for_line(child, "2 of 3")
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=PATIENCE_S)

    record = json.loads((tmp_path / "edgeproof-report" / "results.json").read_text())
    assert child.returncode == 3
    assert "SIGINT" not in err
    assert [case["cause"] for case in record["cases"] if case["verdict"] == "inconclusive"] == [
        "the run was stopped by SIGTERM before this was judged"
    ]


def test_a_mock_that_is_not_to_be_interrupted_says_what_stops_it(tmp_path: Path) -> None:
    uninterruptible = ("sh", "-c", 'trap "" INT; exec "$@"', "sh", *COMMAND)

    with start("mock", "--port", "0", cwd=tmp_path, command=uninterruptible) as child:
        wait_for_line(child, f"kill {child.pid} stops it")
        child.terminate()
        _, err = child.communicate(timeout=PATIENCE_S)

    assert child.returncode == 0
    assert err.endswith("stopped\n")


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("mock", "--port", "0"), 0, "stopped"),
        (("replay", "streaming.plain", "--hold"), 3, ""),
        (("chaos", "--plan", "brownout"), 3, "edgeproof: SIGINT ended the run before anything was judged"),
    ],
    ids=["mock", "replay", "chaos"],
)
def test_a_target_that_never_gets_ready_is_not_waited_for(
    arguments: tuple[str, ...], code: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "slow.toml").write_text(SLOW)
    os.mkfifo(tmp_path / "begun")

    with start(*arguments, "--target", "slow.toml", cwd=tmp_path) as child:
        assert (tmp_path / "begun").read_text()
        family = descendants(child.pid)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=PATIENCE_S)

    assert child.returncode == code
    assert said in err.splitlines()[-1]
    assert [each for each in family if runs(each.pid)] == []
