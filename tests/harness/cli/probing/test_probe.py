"""The probe on real proxies: their true settings are found, and what a file claims wrongly is told."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from harness.shell.target.targets import load
from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.process import PATIENCE_S, wait_for_descendants, wait_for_line
from tests.harness.cli.process import edgeproof as started
from tests.targets.trial import HERE

pytestmark = pytest.mark.usefixtures("untraced")

WRONG = HERE / "claims" / "wrong-claims.toml"


def _facts(text: str) -> dict[str, Any]:
    return {fact["key"]: fact for fact in json.loads(text)["facts"]}


def _target(folder: Path, *, settings: dict[str, str], claims: str) -> Path:
    """Write a target file for the reference proxy with other settings."""
    lines = [f'EDGEPROOF_PROXY_{name} = "{value}"' for name, value in settings.items()]
    path = folder / "target.toml"
    path.write_text(
        f"""
[target]
name = "set-up"
command = ["{{python}}", "-m", "harness.reference_proxy", "--port", "{{port}}", "--upstream", "{{upstream}}"]
url = "http://127.0.0.1:{{port}}"
ready_path = "/healthz"
[target.env]
PYTHONPATH = {json.dumps(load("reference").env["PYTHONPATH"].replace("{{", "{").replace("}}", "}"))}
CLOUDFLARE_API_TOKEN = "{{api_token}}"
CLOUDFLARE_ACCOUNT_ID = "{{account_id}}"
{chr(10).join(lines)}
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
[chat.headers]
Authorization = "Bearer {{client_token}}"
{claims}
""",
        encoding="utf-8",
    )
    return path


@pytest.mark.acceptance
@pytest.mark.timeout(300)  # on a machine that is late, what was seen is looked at once more
def test_settings_are_found_and_wrong_claims_told(edgeproof: Edgeproof, tmp_path: Path) -> None:
    settings = {
        "RETRY_MAX_ATTEMPTS": "4",
        "RETRY_BASE_S": "0.05",
        "RETRY_MAX_S": "9",
        "BREAKER_FAILURES": "9",
        "BREAKER_OPEN_S": "0.6",
        "CACHE_TTL_S": "0",
        "UPSTREAM_IDLE_TIMEOUT_S": "0.7",
        "MAX_REQUEST_BYTES": "70000",
        "MAX_MESSAGES": "21",
    }
    claims = "[capabilities]\nretry = { max_attempts = 3 }\ncache = { ttl_s = 5.0 }\n[limits]\nmax_messages = 21\n"
    target = _target(tmp_path, settings=settings, claims=claims)

    only = "retries,breaker,cache,idle,sizes"
    outcome = edgeproof("probe", "-t", str(target), "--only", only, "--within", "4", "--seed", "7", "--json")
    found = _facts(outcome.out)
    claimed = {each["key"]: each["stand"] for each in json.loads(outcome.out)["claims"]}

    assert outcome.code == 1, outcome.err
    assert found["retry.max_attempts"]["value"] == 4
    assert not found["retry.pauses"]["value"].startswith(("linear", "constant"))  # three pauses, and jitter
    assert found["retry.jitter"]["state"] != "absent"
    assert found["circuit_breaker.failures"]["value"] == 9
    assert found["circuit_breaker.open_s"]["low"] <= 0.6 <= found["circuit_breaker.open_s"]["high"]
    assert found["cache.ttl_s"]["state"] == "absent"
    assert found["upstream_idle_timeout_s"]["high"] >= 0.7
    assert found["max_request_bytes"]["value"] == 70_000
    assert (claimed["retry.max_attempts"], claimed["cache.ttl_s"]) == ("differs", "differs")
    assert claimed["max_messages"] == "agrees"


def test_a_right_file_agrees(edgeproof: Edgeproof) -> None:
    outcome = edgeproof("probe", "reference", "--only", "streams,fallback,sizes", "--seed", "7")

    assert outcome.code == 0, outcome.out + outcome.err
    assert outcome.out.startswith("[capabilities]\nstreaming = true ")
    assert "5 of 5 claims agree" in outcome.out
    assert "fallback: 10 questions in " in outcome.err


def test_every_wrong_claim_of_a_plain_pipe_is_told(edgeproof: Edgeproof) -> None:
    only = "retries,breaker,fallback,cache"

    outcome = edgeproof("probe", str(WRONG), "--only", only, "--seed", "7", "--json")

    differing = {each["key"] for each in json.loads(outcome.out)["claims"] if each["stand"] == "differs"}
    assert outcome.code == 1
    assert {
        "retry.max_attempts",
        "circuit_breaker.failures",
        "fallback_model",
        "cache.ttl_s",
        "cache.streams",
        "cache.header",
    } <= differing


def test_a_signal_ends_it_and_what_was_found_is_told(tmp_path: Path) -> None:
    with started("probe", "--only", "idle,total", "--jobs", "1", "--within", "120", cwd=tmp_path) as child:
        wait_for_line(child, "probing reference")
        ours = wait_for_descendants(child)
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=PATIENCE_S)

    assert child.returncode == 3, err
    assert "stopped by SIGTERM" in out
    assert json.loads((tmp_path / "edgeproof-probe" / "probe.json").read_text(encoding="utf-8"))["stopped"] == "SIGTERM"
    assert not [each for each in ours if each.is_running()]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--only", "retrys"), "no experiment is called 'retrys'"),
        (("--within", "soon"), "'soon' is no time"),
        (("-t", "no-such.toml"), "there is no target 'no-such.toml'"),
        (("one.toml", "-t", "two.toml"), "two targets are named"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(arguments: tuple[str, ...], told: str, edgeproof: Edgeproof) -> None:
    outcome = edgeproof("probe", *arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err
