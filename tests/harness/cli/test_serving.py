from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.process import COMMAND, PATIENCE_S, wait_for_line
from tests.harness.cli.process import edgeproof as start

BODY = {
    "model": "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
    "stream": True,
    "messages": [{"role": "user", "content": "Hello"}],
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_mock_tells_a_pipe_how_to_reach_it_answers_and_ends_well(number: signal.Signals, tmp_path: Path) -> None:
    with start("mock", "--port", "0", cwd=tmp_path) as child:
        wait_for_line(child, "Ctrl-C stops it")
        assert child.stdout is not None
        lines = [child.stdout.readline().removeprefix("export ").rstrip().split("=", 1) for _ in range(6)]
        environment = dict(lines)
        url = environment["OPENAI_BASE_URL"]
        headers = {"Authorization": f"Bearer {environment['OPENAI_API_KEY']}"}
        whole = httpx.post(f"{url}/chat/completions", json=BODY, headers=headers, trust_env=False)
        events = events_before_the_cut(f"{url}/chat/completions", headers)
        health = httpx.get(f"{url.removesuffix('/v1')}/__edgeproof__/health", trust_env=False)
        child.send_signal(number)
        _, err = child.communicate(timeout=PATIENCE_S)

    assert child.returncode == 0
    assert err.endswith("stopped\n")
    logged = [line for line in err.splitlines() if line.startswith("POST /v1/chat/completions  200  ")]
    assert [line.endswith("  sse.truncate(after=3)") for line in logged] == [False, True]
    assert "data: [DONE]" in whole.text
    assert events == 3
    assert health.json()["status"] == "ok"


def test_the_mock_follows_a_plan_and_gathers_where_it_is_told_to(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("[[rule]]\nfault = 'http.status(code=503)'\nmatch = {nth = 2}\n")

    words = ("--plan", "plan.toml", "--gather", "--name", "mock.test", "--json")
    with start("mock", "--port", "0", *words, cwd=tmp_path) as child:
        assert child.stdout is not None
        told = json.loads(child.stdout.readline())
        headers = {"Authorization": f"Bearer {told['env']['OPENAI_API_KEY']}"}
        url = f"{told['url']}/v1/chat/completions"
        answers = [httpx.post(url, json=BODY, headers=headers, trust_env=False) for _ in range(2)]
        journal = f"{told['url']}/__edgeproof__/journal"
        exchange, _ = httpx.get(journal, headers={"Host": "mock.test"}, trust_env=False).json()["exchanges"]
        child.terminate()
        child.communicate(timeout=PATIENCE_S)

    assert [answer.status_code for answer in answers] == [200, 503]
    assert len(exchange["pieces"]) == 1


def test_the_mock_does_not_gather_for_a_target(edgeproof: Edgeproof) -> None:
    outcome = edgeproof("mock", "--target", "reference", "--gather")

    assert outcome.code == 2
    assert "--gather is for a mock alone" in outcome.err


@pytest.mark.usefixtures("one_untraced")
def test_the_proxy_verb_is_the_reference_proxy_itself(tmp_path: Path) -> None:
    shown = subprocess.run(
        [*COMMAND, "proxy", "--help"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S
    )
    wrong = subprocess.run(
        [*COMMAND, "proxy", "--port", "x"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert shown.returncode == 0
    assert "--upstream" in shown.stdout
    assert wrong.returncode == 2


def events_before_the_cut(url: str, headers: dict[str, str]) -> int:
    """Ask for a stream that is cut after three events; count those that came."""
    faulty = {**headers, "X-Edgeproof-Fault": "sse.truncate(after=3)"}
    events = 0
    with httpx.Client(trust_env=False) as client, client.stream("POST", url, json=BODY, headers=faulty) as answer:
        try:
            for line in answer.iter_lines():
                events += line.startswith("data:")
        except httpx.RemoteProtocolError:
            return events
    raise AssertionError("the stream ended as if nothing had happened")
