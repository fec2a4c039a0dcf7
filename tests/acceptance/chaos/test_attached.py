"""Chaos runs against a staging system that runs already: its upstream is a gateway, before, in and after the run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.shell.own_path import with_own_path
from harness.shell.target.ports import free_port
from tests.harness.cli.process import COMMAND, edgeproof

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

PATIENCE_S = 200
TOKEN = "a-token-of-staging"
RUN = (
    *("chaos", "--target", "staging.toml", "--plan", "plan.toml", "--out", "out"),
    *("--seed", "7", "--rate", "8", "--steady-s", "2"),
)
PLAN = """
ttl_s = 60

[[phase]]
name = "healthy"
lasts_s = 1

[[phase]]
name = "storm"
lasts_s = 3

[[rule]]
match = { surface = "ai.*", phase = "storm" }
fault = "http.status(code=503)"
p = 0.5

[[rule]]
match = { surface = "kv.*", phase = "storm" }
fault = "kv.rate_limited"
"""
TARGET = """
[target]
name = "staging"
url = "{url}"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
[chat.headers]
Authorization = "Bearer {{client_token}}"
[capabilities]
streaming = true
"""


@dataclass(frozen=True, slots=True)
class Staging:
    """A proxy that runs, whose upstream is `gateway_url`; a mock is behind that, where a gateway already exists."""

    folder: Path
    mock_url: str
    gateway_url: str
    control_url: str

    def chaos(self, *words: str) -> tuple[int, dict[str, Any], str]:
        done = subprocess.run(
            [*COMMAND, *RUN, *words],
            cwd=self.folder,
            env={**os.environ, "EDGEPROOF_CLIENT_TOKEN": TOKEN},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        results = self.folder / "out" / "results.json"
        record = json.loads(results.read_text()) if results.exists() else {}
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        return done.returncode, record, done.stdout + done.stderr

    def state(self) -> dict[str, Any]:
        answer = httpx.get(f"{self.control_url}/__edgeproof__/state", trust_env=False)
        told: dict[str, Any] = answer.json()
        return told


@pytest.fixture(scope="module", params=["a gateway is there", "the run brings it"])
def staging(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    tmp_path = tmp_path_factory.mktemp("staging")
    (tmp_path / "plan.toml").write_text(PLAN)
    gateway_url, control_url, port = f"http://127.0.0.1:{free_port()}", "", free_port()
    with ExitStack() as stack:
        mock = stack.enter_context(edgeproof("mock", "--port", "0", "--json", cwd=tmp_path))
        told = _line_of(mock)
        if request.param == "a gateway is there":
            words = ("gateway", "--upstream", told["url"], "--listen", gateway_url.removeprefix("http://"), "--json")
            control_url = _line_of(stack.enter_context(edgeproof(*words, cwd=tmp_path)))["control"]
        proxy = subprocess.Popen(
            [sys.executable, "-m", "harness.reference_proxy", "--port", str(port), "--upstream", gateway_url],
            cwd=tmp_path,
            env=with_own_path({**os.environ, **told["env"], "EDGEPROOF_PROXY_CLIENT_TOKENS": TOKEN}),
            stderr=subprocess.DEVNULL,
        )
        stack.callback(proxy.wait)
        stack.callback(proxy.terminate)
        (tmp_path / "staging.toml").write_text(TARGET.format(url=f"http://127.0.0.1:{port}"))
        yield Staging(tmp_path, told["url"], gateway_url, control_url)


def _line_of(child: subprocess.Popen[str]) -> dict[str, Any]:
    assert child.stdout is not None
    told: dict[str, Any] = json.loads(child.stdout.readline())
    return told


def test_a_system_that_runs_is_judged_through_its_gateway_which_is_left_as_it_was(staging: Staging) -> None:
    words = (
        ("--gateway", staging.control_url)
        if staging.control_url
        else ("--upstream", staging.mock_url, "--listen", staging.gateway_url.removeprefix("http://"))
    )
    code, record, said = staging.chaos(*words)

    assert code == 0, said
    storm = next(row for row in record["chaos"]["phases"] if row["name"] == "storm")
    assert storm["struck"] > 0
    struck = {row["fault"] for row in record["chaos"]["faults"]}
    assert struck == {"http.status(code=503)"}  # what it asks of its store bears no mark
    assert TOKEN not in json.dumps(record) + said
    if staging.control_url:
        state = staging.state()
        assert (state["state"], state["faulted"]) == ("transparent", sum(state["struck"].values()))
        assert httpx.get(f"{staging.gateway_url}/", trust_env=False).status_code == 200


@pytest.mark.parametrize("staging", ["a gateway is there"], indirect=True)
def test_a_gateway_that_is_not_its_upstream_is_found_out_before_anything_is_injected(
    staging: Staging, tmp_path: Path
) -> None:
    words = ("gateway", "--upstream", staging.mock_url, "--listen", "127.0.0.1:0", "--json", "--log", "other.jsonl")
    with edgeproof(*words, cwd=tmp_path) as other:
        code, record, said = staging.chaos("--gateway", _line_of(other)["control"])

    assert code == 3, said
    assert [case["id"] for case in record["cases"]] == ["chaos.steady-state"]
    assert "came through the gateway" in record["cases"][0]["cause"]
