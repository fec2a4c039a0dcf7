"""Chaos runs with everything in processes of its own: the gateway, the target, and whoever kills the controller."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.harness.cli.process import COMMAND, edgeproof, wait_for_line

pytestmark = [pytest.mark.acceptance, pytest.mark.alone, pytest.mark.timeout(300)]

HERE = Path(__file__).parents[3]
PATIENCE_S = 200
MOST_S = 6.0
"""How long a gateway may go on after its controller was killed: that is its promise."""
PLAN = """
ttl_s = 60

[[phase]]
name = "healthy"
lasts_s = 1

[[phase]]
name = "storm"
lasts_s = {storm_s}

[[phase]]
name = "recovery"
lasts_s = 1

[[rule]]
match = {{ surface = "{surface}", phase = "storm" }}
fault = "{fault}"
p = 0.7
"""
TARGET = f"""
[target]
name = "always-done"
command = [
  "{sys.executable}", "-m", "tests.targets", "parser",
  "--port", "{{port}}", "--upstream", "{{upstream}}", "--defect", "always-done",
]
url = "http://127.0.0.1:{{port}}"
ready_path = "/healthz"
[target.env]
PYTHONPATH = "{HERE}"
CLOUDFLARE_API_TOKEN = "{{api_token}}"
CLOUDFLARE_ACCOUNT_ID = "{{account_id}}"
CLOUDFLARE_KV_NAMESPACE = "{{kv_namespace}}"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
[chat.headers]
Authorization = "Bearer {{client_token}}"
[capabilities]
streaming = true
[limits]
deadline_s = 5.0
"""


def plan(folder: Path, *, fault: str, surface: str = "ai.*", storm_s: float = 4) -> str:
    (folder / "plan.toml").write_text(PLAN.format(fault=fault, surface=surface, storm_s=storm_s))
    return "plan.toml"


def chaos(folder: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [*COMMAND, "chaos", "--seed", "7", "--rate", "8", "--steady-s", "2", "--out", "out", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    results = folder / "out" / "results.json"
    return done.returncode, json.loads(results.read_text()) if results.exists() else {}, done.stdout + done.stderr


def test_the_reference_proxy_comes_through_a_brownout(tmp_path: Path) -> None:
    code, record, said = chaos(tmp_path, "--plan", "brownout")

    assert code == 0, said
    assert record["verdict"] in ("pass", "info")  # what it tells besides is no breach
    phases = {row["name"]: row for row in record["chaos"]["phases"]}
    assert phases["brownout"]["struck"] > 0
    assert phases["outage"]["struck"] > 0
    assert record["chaos"]["recovered_after_s"] is not None
    events = (tmp_path / "out" / "logs" / "chaos" / "chaos-events.jsonl").read_text()
    assert record["chaos"]["plan_sha256"] in events


def test_a_proxy_that_launders_cut_streams_fails_and_its_plan_is_made_small(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text(TARGET)
    code, record, said = chaos(
        tmp_path, "--target", "target.toml", "--plan", plan(tmp_path, fault="sse.truncate(after=4) + tcp.latency")
    )

    assert code == 1, said
    storm = next(case for case in record["cases"] if case["id"] == "chaos.storm")
    assert [finding["invariant"] for finding in storm["findings"]][:1] == ["no-laundering"]
    small = record["chaos"]["smallest"]
    assert (small["invariant"], small["faults"]) == ("no-laundering", "sse.truncate(after=4)")
    assert small["replay"] in said
    again = small["replay"].split()[1:]
    for number in range(10):
        replayed = subprocess.run(
            [*COMMAND, *again, "--out", f"again{number}"], cwd=tmp_path, capture_output=True, timeout=PATIENCE_S
        )
        assert replayed.returncode == 1


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


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no browser")
def test_the_page_shows_the_run_on_one_axis(tmp_path: Path) -> None:
    chaos(tmp_path, "--plan", plan(tmp_path, fault="http.status(code=503)"))
    browser = shutil.which("chromium") or "chromium"
    shown = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", str(tmp_path / "out" / "index.html")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={**os.environ, "HOME": str(tmp_path)},
    ).stdout

    assert re.search(r'<g class="band v-pass injects">', shown)
    assert shown.count('<rect class="struck"') > 0
