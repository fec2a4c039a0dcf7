"""Chaos runs that come to nothing, are stopped, or lose their controller."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests.acceptance.chaos.runs import PATIENCE_S, chaos, plan
from tests.harness.cli.process import edgeproof, wait_for_line

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

MOST_S = 6.0
"""How long a gateway may go on after its controller was killed: that is its promise."""


def test_a_plan_whose_faults_match_nothing_is_inconclusive(tmp_path: Path) -> None:
    code, record, said = chaos(tmp_path, "--plan", plan(tmp_path, fault="tcp.reset", surface="kv.list", storm_s=2))

    assert code == 3, said
    storm = next(case for case in record["cases"] if case["id"] == "chaos.storm")
    assert storm["cause"].startswith("fault-not-met")


def test_an_upstream_that_is_down_before_the_start_is_inconclusive(tmp_path: Path) -> None:
    code, _, said = chaos(tmp_path, "--upstream", "http://127.0.0.1:9", "--plan", "brownout")

    assert code == 3, said


def test_ctrl_c_reverts_before_it_reports(tmp_path: Path) -> None:
    words = ("chaos", "--seed", "7", "--steady-s", "2", "--plan", plan(tmp_path, fault="sse.stall", storm_s=50))
    with edgeproof(*words, "--out", "out", cwd=tmp_path) as child:
        wait_for_line(child, "chaos: storm")
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=PATIENCE_S)

    events = [
        json.loads(line)
        for line in (tmp_path / "out" / "logs" / "chaos" / "chaos-events.jsonl").read_text().splitlines()
    ]
    assert err.index("reverting") < err.index("judging")
    assert [each["event"] for each in events if each["event"] in ("armed", "transparent")] == ["armed", "transparent"]
    assert json.loads((tmp_path / "out" / "results.json").read_text())["chaos"]["stopped"]


def test_a_gateway_whose_controller_was_killed_faults_nobody_any_more(tmp_path: Path) -> None:
    words = ("chaos", "--seed", "7", "--steady-s", "2", "--plan", plan(tmp_path, fault="http.status", storm_s=50))
    with edgeproof(*words, "--out", "out", cwd=tmp_path) as child:
        wait_for_line(child, "chaos: storm")
        gateway = next(each for each in psutil.Process(child.pid).children() if "gateway" in " ".join(each.cmdline()))
        ports = {each.laddr.port for each in gateway.net_connections(kind="tcp") if each.status == "LISTEN"}
        try:
            child.kill()
            killed_s = time.monotonic()
            states = {_state(port) for port in ports}
            while "transparent" not in states and time.monotonic() - killed_s < MOST_S:
                time.sleep(0.1)
                states = {_state(port) for port in ports}
            alive = gateway.is_running()
        finally:
            gateway.terminate()
            gateway.wait(20)

    assert "transparent" in states
    assert alive


def _state(port: int) -> str:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/__edgeproof__/state", trust_env=False, timeout=2)
        return str(answer.json()["state"])
    except (httpx.HTTPError, ValueError, KeyError):
        return "none"
