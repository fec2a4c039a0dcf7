from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.cli.conftest import Edgeproof

STAGING = """
[target]
name = "staging"
url = "%s"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "m"
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--plan", "nowhere"], ["nowhere cannot be read", "brownout"]),
        (["--rate", "51"], ["more than 50", "--i-own-this-target"]),
        (["--most-faulted", "100001"], ["a cap is too high", "100001"]),
        (["--upstream", "api.cloudflare.com"], ["not an upstream", "https://api.cloudflare.com"]),
        (["--upstream", "http://me:hunter2@127.0.0.1:9"], ["[redacted]@127.0.0.1:9 holds a user name or a password"]),
        (["--gateway", "http://:hunter2@127.0.0.1:9"], ["holds a user name or a password", "EDGEPROOF_GATEWAY_TOKEN"]),
        (["--gateway", "http://h:1", "--upstream", "http://me:hunter2@h"], ["has its own upstream"]),
        (["--listen", "9001"], ["'9001' is not an address to listen on", "127.0.0.1:9000"]),
        (["--gateway", "9001"], ["'9001' is not a gateway", "http://127.0.0.1:9001"]),
        (["--gateway", "http://127.0.0.1:9001", "--upstream", "http://127.0.0.1:9"], ["has its own upstream", "alone"]),
    ],
)
def test_what_would_be_unsafe_or_senseless_is_refused(
    edgeproof: Edgeproof, arguments: list[str], words: list[str]
) -> None:
    done = edgeproof("chaos", *arguments)

    assert done.code == 2
    assert all(word in done.err for word in words)
    assert "hunter2" not in done.err


def test_a_plan_without_a_lifetime_is_refused(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("[[rule]]\nfault = 'tcp.reset'\n")

    done = edgeproof("chaos", "--plan", "plan.toml")

    assert done.code == 2
    assert "has no ttl_s" in done.err


@pytest.mark.parametrize("arguments", [[], ["--upstream", "http://127.0.0.1:9"], ["--listen", "127.0.0.1:0"]])
def test_a_system_that_runs_wants_a_gateway_that_it_can_know(
    edgeproof: Edgeproof, arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / "staging.toml").write_text(STAGING % "http://127.0.0.1:9")

    done = edgeproof("chaos", "--target", "staging.toml", *arguments)

    assert done.code == 2
    assert "--gateway http://127.0.0.1:9001" in done.err


def test_a_system_on_another_host_wants_its_owners_word(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "staging.toml").write_text(STAGING % "https://staging.example.com")

    done = edgeproof("chaos", "--target", "staging.toml", "--gateway", "http://127.0.0.1:9001")

    assert done.code == 2
    assert "--i-own-this-target" in done.err


@pytest.mark.parametrize("switch", ["variable", "file"])
def test_nothing_begins_while_it_is_switched_off(
    edgeproof: Edgeproof, switch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if switch == "variable":
        monkeypatch.setenv("EDGEPROOF_CHAOS", "off")
    else:
        (tmp_path / "edgeproof-chaos").mkdir()
        (tmp_path / "edgeproof-chaos" / "chaos.stop").touch()

    done = edgeproof("chaos")

    assert done.code == 2
    assert "nothing is injected" in done.err


def test_a_gateway_that_is_not_there_is_told_in_one_line(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "staging.toml").write_text(STAGING % "http://127.0.0.1:9")

    done = edgeproof("chaos", "--target", "staging.toml", "--gateway", "http://127.0.0.1:9")

    assert done.code == 3
    assert "the gateway at http://127.0.0.1:9 does not answer" in done.err
