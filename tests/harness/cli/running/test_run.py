"""`edgeproof run` and `replay` from end to end, mostly as processes of their own."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.process import COMMAND, PATIENCE_S, descendants, wait_for_line
from tests.harness.cli.process import edgeproof as start
from tests.harness.shell.processes import runs
from tests.harness.shell.repository import committed
from tests.targets.trial import right

UNTRACED = pytest.mark.usefixtures("one_untraced")
FEW = "streaming.plain,json.extra-fields"
LONG = "streaming.long-and-slow,streaming.plain,json.extra-fields,json.gzip,json.empty-body"


def record(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return loaded


def wrong_target(folder: Path) -> Path:
    """Write a target file of a proxy that makes every stream look finished."""
    text = right("parser").read_text().replace('"{upstream}"]', '"{upstream}", "--defect", "always-done"]')
    path = folder / "wrong.toml"
    path.write_text(text.replace("{here}/../..", str(right("parser").parents[2])))
    return path


@UNTRACED
def test_a_right_proxy_gives_0_and_every_report(edgeproof: Edgeproof, tmp_path: Path) -> None:
    outcome = edgeproof("run", "--case", FEW, "--seed", "3", "--out", "out")

    assert outcome.code == 0
    assert "Verdict PASS" in outcome.out
    assert outcome.out.endswith("out/index.html; -v shows everything here\n")
    assert "2 of 2 cases" in outcome.err
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "results.json",
        "junit.xml",
        "index.html",
        "summary.md",
        "logs",
    }


@UNTRACED
def test_json_is_the_record_and_nothing_else(edgeproof: Edgeproof, tmp_path: Path) -> None:
    outcome = edgeproof("run", "--case", "json.extra-fields", "--seed", "3", "--json")

    assert json.loads(outcome.out) == record(tmp_path / "edgeproof-report")
    assert outcome.err == ""


@UNTRACED
def test_a_wrong_proxy_gives_1_and_its_replay_line_does_the_same(edgeproof: Edgeproof, tmp_path: Path) -> None:
    target = wrong_target(tmp_path)
    outcome = edgeproof("run", "-t", str(target), "--case", "endings.cut-between-events-cleanly", "--seed", "3")
    failed = record(tmp_path / "edgeproof-report")["cases"][0]

    words = shlex.split(failed["replay"])
    again = edgeproof(*words[1:])
    replayed = record(tmp_path / "edgeproof-replay")["cases"][0]

    assert outcome.code == again.code == 1
    assert "FAIL          endings.cut-between-events-cleanly" in outcome.err
    assert f"edgeproof replay endings.cut-between-events-cleanly --seed 3 --target {target}" in outcome.out
    assert replayed["verdict"] == failed["verdict"] == "fail"
    assert {finding["invariant"] for finding in replayed["findings"]} == {
        finding["invariant"] for finding in failed["findings"]
    }


@UNTRACED
def test_what_failed_in_the_baseline_already_fails_no_run(edgeproof: Edgeproof, tmp_path: Path) -> None:
    arguments = (
        "run",
        "-t",
        str(wrong_target(tmp_path)),
        "--case",
        "endings.cut-between-events-cleanly",
        "--seed",
        "3",
    )
    before = edgeproof(*arguments, "--out", "before")

    after = edgeproof(*arguments, "--baseline", "before/results.json")

    assert (before.code, after.code) == (1, 0)


@UNTRACED
def test_a_target_that_claims_nothing_is_judged_by_nothing(edgeproof: Edgeproof, tmp_path: Path) -> None:
    text = right("pipe").read_text().replace("{here}/../..", str(right("pipe").parents[2]))
    (tmp_path / "t.toml").write_text(text.replace("streaming = true", ""))
    commit = committed(tmp_path)

    outcome = edgeproof("run", "-t", "t.toml", "--case", "streaming.plain")

    told = record(tmp_path / "edgeproof-report")
    assert outcome.code == 3
    assert told["counts"]["not-applicable"] == 1
    assert (told["target"]["revision"], told["target"]["revision_dirty"]) == (commit, False)


@pytest.mark.parametrize(("number", "times"), [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 1)])
def test_a_run_that_is_stopped_writes_what_was_judged_and_leaves_nothing_behind(
    number: signal.Signals, times: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if (number, times) != (signal.SIGINT, 1):  # one of three covers what all of them run
        request.getfixturevalue("one_untraced")
    with start("run", "--case", LONG, "--seed", "3", "--jobs", "2", cwd=tmp_path) as child:
        wait_for_line(child, "4 of 5 cases")
        family = descendants(child.pid)
        for _ in range(times):
            child.send_signal(number)
        out, err = child.communicate(timeout=PATIENCE_S)

    cases = {case["id"]: case for case in record(tmp_path / "edgeproof-report")["cases"]}
    assert child.returncode == 3
    assert "Traceback" not in err
    assert f"Verdict INCONCLUSIVE · stopped by {number.name} · " in " ".join(out.split())
    assert family
    assert [process.pid for process in family if runs(process.pid)] == []
    assert cases["streaming.plain"]["verdict"] == "pass"
    assert cases["streaming.long-and-slow"]["cause"] == f"the run was stopped by {number.name} before this was judged"


@pytest.mark.acceptance
def test_a_target_that_is_killed_is_told_of_and_the_run_goes_on(tmp_path: Path) -> None:
    with start(
        "run", "--case", LONG + ",cancel.rudely,cancel.json-client", "--seed", "3", "--jobs", "1", cwd=tmp_path
    ) as child:
        wait_for_line(child, "4 of")
        (target,) = descendants(child.pid)
        while not is_asked(target):
            assert child.poll() is None
        target.kill()
        _, err = child.communicate(timeout=PATIENCE_S)

    cases = {case["id"]: case for case in record(tmp_path / "edgeproof-report")["cases"]}
    messages = [finding["message"] for case in cases.values() for finding in case["findings"]]
    assert child.returncode == 1
    assert "Traceback" not in err
    assert [message.partition(")")[0] for message in messages] == [
        "the target was lost (its process was ended by SIGKILL"
    ]
    assert "pass" in {case["verdict"] for name, case in cases.items() if name.startswith("cancel.")}


@UNTRACED
def test_a_reader_that_leaves_changes_no_exit_code(tmp_path: Path) -> None:
    readers = []
    pipes = {}
    for name in ("stdout", "stderr"):
        reader, writer = os.pipe()
        readers.append(reader)
        pipes[name] = writer
    for reader in readers:
        os.close(reader)

    with start(
        "run",
        "--case",
        "json.extra-fields",
        "--seed",
        "3",
        cwd=tmp_path,
        stdout=pipes["stdout"],
        stderr=pipes["stderr"],
    ) as child:
        child.wait(timeout=PATIENCE_S)

    assert child.returncode == 0
    assert record(tmp_path / "edgeproof-report")["verdict"] == "pass"


@pytest.mark.acceptance
def test_a_poor_environment_is_enough(tmp_path: Path) -> None:
    poor = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "COLUMNS": "40"}
    poor |= {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}

    run = subprocess.run(
        [*COMMAND, "run", "--case", "streaming.multi-byte-text,streaming.plain"],
        cwd=tmp_path,
        env=poor,
        capture_output=True,
        timeout=PATIENCE_S,
    )

    assert run.returncode == 0, run.stderr
    assert b"Verdict PASS" in run.stdout


@UNTRACED
def test_a_proxy_that_runs_already_is_judged_and_left_running(edgeproof: Edgeproof, tmp_path: Path) -> None:
    mock_port, port = free_port(), free_port()
    (tmp_path / "t.toml").write_text(
        f"""
        [target]
        name = "running"
        url = "http://127.0.0.1:{port}"
        [chat]
        dialect = "openai"
        path = "/v1/chat/completions"
        model = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
        [capabilities]
        streaming = true
        """
    )
    arguments = ("run", "t.toml", "--case", FEW, "--upstream-port")
    with running(port, upstream_port=mock_port) as proxy:
        well = edgeproof(*arguments, str(mock_port))
        badly = edgeproof(*arguments, str(free_port()))
        alive = proxy.poll() is None

    assert well.code == 0, well.err
    assert badly.code == 3
    assert "sends nothing to the mock at" in badly.err
    assert alive


@UNTRACED
def test_a_first_look_needs_no_file_and_leaves_one_that_does_the_same(edgeproof: Edgeproof, tmp_path: Path) -> None:
    mock_port, port = free_port(), free_port()
    with running(port, upstream_port=mock_port):
        asked = ("--upstream-port", str(mock_port), "--case", f"{FEW},cache.expires")
        look = edgeproof("run", "--url", f"http://127.0.0.1:{port}", *asked, "--seed", "3")
        file = "edgeproof-report/target.toml"
        again = edgeproof("run", file, *asked, "--seed", "3", "--out", "again")

    assert (look.code, again.code) == (0, 0), look.err
    assert [word for word in (file, "it streams", "claims nothing else", str(mock_port)) if word not in look.err] == []
    first, second = record(tmp_path / "edgeproof-report"), record(tmp_path / "again")
    assert first["target"] == second["target"]
    assert first["target"]["capabilities"] == {"streaming": True}
    assert first["cases"][0]["replay"].endswith(f"--target {file} --upstream-port {mock_port}")
    assert [case["verdict"] for case in first["cases"]] == [case["verdict"] for case in second["cases"]]
    assert first["counts"]["not-applicable"] == 1


@contextmanager
def running(port: int, *, upstream_port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a correct proxy that nobody but this test has started."""
    command = [sys.executable, "-m", "tests.targets", "pipe", "--port", str(port)]
    environment = {**os.environ, "CLOUDFLARE_API_TOKEN": "edgeproof_mock_token_0123456789abcdefghi"}
    environment |= {"CLOUDFLARE_ACCOUNT_ID": "4a1e5b9c0d2f48e7a6b3c8d9e0f11223"}
    environment |= {"PYTHONPATH": str(right("pipe").parents[2])}
    with subprocess.Popen([*command, "--upstream", f"http://127.0.0.1:{upstream_port}"], env=environment) as proxy:
        try:
            yield proxy
        finally:
            proxy.terminate()


def is_asked(target: psutil.Process) -> bool:
    """Whether a client is connected to what listens in this process."""
    connections = target.net_connections("tcp")
    listens = {each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN}
    return any(each.status == psutil.CONN_ESTABLISHED and each.laddr.port in listens for each in connections)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
