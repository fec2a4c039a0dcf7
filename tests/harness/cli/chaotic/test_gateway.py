from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from edgeproof import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.process import PATIENCE_S
from tests.harness.cli.process import edgeproof as start

PLAN = "ttl_s = 60\n[[rule]]\nfault = 'http.status(code=503)'\n"


@pytest.fixture(scope="module")
def mock() -> Iterator[MockCloudflare]:
    """The upstream of all gateways here; it has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        running = MockCloudflare()
        running.start()
    yield running
    running.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_gateway_faults_what_bears_its_mark_and_ends_well(
    number: signal.Signals, mock: MockCloudflare, tmp_path: Path
) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)
    words = ("gateway", "--upstream", mock.url, "--listen", "127.0.0.1:0", "--plan", "plan.toml", "--run", "r1")
    with start(*words, "--json", cwd=tmp_path) as child:
        assert child.stdout is not None
        told = json.loads(child.stdout.readline())
        headers = {"Authorization": f"Bearer {MockSettings().api_token}"}
        clean = httpx.get(f"{told['url']}/v1/models", headers=headers, trust_env=False)
        marked = httpx.get(f"{told['url']}/v1/models", headers={"X-Edgeproof-Run": "r1"}, trust_env=False)
        child.send_signal(number)
        _, err = child.communicate(timeout=PATIENCE_S)

    assert (clean.status_code, marked.status_code) == (200, 503)
    assert child.returncode == 0
    assert err.splitlines()[-2:] == ["reverting", "stopped: 1 of 1 marked requests were faulted"]
    events = [json.loads(line)["event"] for line in (tmp_path / "chaos-events.jsonl").read_text().splitlines()]
    assert events[0] == "started"
    assert events[-1] == "stopped"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--upstream", "api.cloudflare.com"], ["not an upstream", "https://api.cloudflare.com"]),
        (["--upstream", "https://a.example/v1"], ["not an upstream"]),
        (["--upstream", "https://["], ["not an upstream"]),
        (["--upstream", "https://me:hunter2@a.example"], ["holds a user name or a password", "sends its upstream's"]),
        (["--upstream", "https://me:hun/ter2@a.example"], ["not an upstream"]),
        (["--upstream", "https://a.example", "--listen", "me:hunter2@h:0"], ["not an address to listen on"]),
        (["--upstream", "http://[bad"], ["not an upstream"]),
        (["--upstream", "https://a.example", "--listen", "9000"], ["not an address to listen on", "127.0.0.1:9000"]),
        (["--upstream", "https://a.example", "--listen", "0.0.0.0:0"], ["from elsewhere", "EDGEPROOF_GATEWAY_TOKEN"]),
        (["--upstream", "https://a.example", "--plan", "nowhere"], ["nowhere cannot be read", "brownout"]),
        (["--upstream", "https://a.example", "--most-faulted", "100001"], ["a cap is too high", "100001"]),
    ],
)
def test_what_would_be_unsafe_or_senseless_is_refused(
    edgeproof: Edgeproof, arguments: list[str], words: list[str]
) -> None:
    done = edgeproof("gateway", *arguments)

    assert done.code == 2
    assert all(word in done.err for word in words)
    assert "ter2" not in done.err


def test_a_control_port_that_is_taken_is_named(edgeproof: Edgeproof, mock: MockCloudflare) -> None:
    port = mock.url.rpartition(":")[2]

    done = edgeproof("gateway", "--upstream", mock.url, "--listen", "127.0.0.1:0", "--control-port", port)

    assert done.code == 2
    assert f"or its control port {port}, is not available" in done.err
    assert "--listen or --control-port" in done.err


def test_a_plan_without_a_lifetime_is_refused(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("[[rule]]\nfault = 'tcp.reset'\n")

    done = edgeproof("gateway", "--upstream", "http://127.0.0.1:9", "--listen", "127.0.0.1:0", "--plan", "plan.toml")

    assert done.code == 2
    assert "no ttl_s" in done.err
