"""The environment of a target."""

from __future__ import annotations

import pytest

from harness.core.target.env import environment_for


@pytest.mark.parametrize(
    "name",
    [
        "CLOUDFLARE_ACCOUNT_ID",
        "OPENAI_BASE_URL",
        "MY_API_KEY",
        "https_proxy",
        "HTTP_PROXY",
        "EDGEPROOF_PROXY_MODEL",
        "DB_PASS",
        "REDIS_URL",
        "KEY",
    ],
)
def test_credentials_and_network_proxies_are_not_handed_on(name: str) -> None:
    assert environment_for({name: "x", "PATH": "/bin"}, {}) == {"PATH": "/bin"}


def test_an_address_with_a_password_is_not_handed_on_whatever_it_is_called() -> None:
    assert environment_for({"BROKER": "amqp://me:hunter2@h", "PLACE": "http://h"}, {}) == {"PLACE": "http://h"}


@pytest.mark.parametrize(
    "name", ["PATH", "PWD", "OLDPWD", "HOME", "COVERAGE_PROCESS_CONFIG", "NODE_V8_COVERAGE", "PYTHONPATH"]
)
def test_what_a_process_needs_is_handed_on(name: str) -> None:
    assert environment_for({name: "x"}, {}) == {name: "x"}


def test_what_the_file_says_wins() -> None:
    inherited = {"PATH": "/bin", "API_TOKEN": "theirs"}

    assert environment_for(inherited, {"API_TOKEN": "made-up", "PATH": "/opt"}) == {
        "API_TOKEN": "made-up",
        "PATH": "/opt",
    }


@pytest.mark.parametrize(
    ("own", "expected"),
    [({}, "/agent"), ({"PYTHONPATH": "/mine"}, "/agent:/mine"), ({"PYTHONPATH": ""}, "/agent")],
)
def test_what_watches_the_target_is_found_before_its_own_modules(own: dict[str, str], expected: str) -> None:
    assert environment_for({}, own, {"PYTHONPATH": "/agent"}) == {"PYTHONPATH": expected}


def test_options_for_node_are_added_to_those_there_are() -> None:
    watched = environment_for({}, {"NODE_OPTIONS": "--inspect"}, {"NODE_OPTIONS": "--require agent"}, separator=";")

    assert watched == {"NODE_OPTIONS": "--require agent --inspect"}


def test_what_watches_the_target_wins_over_the_same_name_of_its_own() -> None:
    assert environment_for({"AGENT": "a"}, {"AGENT": "b"}, {"AGENT": "c"}) == {"AGENT": "c"}
