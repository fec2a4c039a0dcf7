"""A target as data."""

from __future__ import annotations

import dataclasses

import pytest

from harness.core.target.file import Chat, TargetFile, require_permission
from harness.errors import UsageError

CHAT = Chat(
    dialect="openai", path="/accounts/{account_id}/chat", model="m", headers={"Authorization": "Bearer {client_token}"}
)
VALUES = {"port": "80", "upstream": "http://127.0.0.1:9", "here": "/a {b}", "account_id": "acc"}


def target(url: str = "http://127.0.0.1:{port}") -> TargetFile:
    return TargetFile(
        name="mine",
        command=("{here}/run", "--port", "{port}"),
        url=url,
        ready_path="/{account_id}/up",
        env={"UPSTREAM": "{upstream}/v1", "JSON": "{{}}"},
        chat=CHAT,
    )


def test_it_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        target().name = "other"  # type: ignore[misc] # the point of the test


def test_filling_reaches_every_text_but_the_headers() -> None:
    filled = target().filled(VALUES)

    assert filled.command == ("/a {b}/run", "--port", "80")
    assert filled.url == "http://127.0.0.1:80"
    assert filled.ready_path == "/acc/up"
    assert filled.env == {"UPSTREAM": "http://127.0.0.1:9/v1", "JSON": "{}"}
    assert filled.chat.path == "/accounts/acc/chat"
    assert filled.chat.headers == CHAT.headers


def test_a_target_without_a_command_is_filled_as_well() -> None:
    attached = dataclasses.replace(target("http://127.0.0.1:8787"), command=None, ready_path=None)

    filled = attached.filled(VALUES)

    assert (filled.command, filled.ready_path, filled.url) == (None, None, "http://127.0.0.1:8787")


def test_headers_carry_the_identity_that_is_asked_for() -> None:
    assert target().headers_for("client-b") == (("Authorization", "Bearer client-b"),)


def test_headers_may_name_the_upstreams_token() -> None:
    chat = dataclasses.replace(CHAT, headers={"X-Upstream": "{api_token}"})

    headers = dataclasses.replace(target(), chat=chat).headers_for("client-a", {"api_token": "t"})

    assert headers == (("X-Upstream", "t"),)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "proxy.localhost", "LOCALHOST"])
def test_loopback_needs_no_permission(host: str) -> None:
    require_permission(target(f"http://{host}:{{port}}"), owned=False)


@pytest.mark.parametrize(
    "host", ["staging.example.com", "10.0.0.1", "0.0.0.0", "[::]", "localhost.example.com", "127.0.0.1@example.com"]
)
def test_another_host_needs_its_owners_word(host: str) -> None:
    elsewhere = target(f"https://{host}:443")

    with pytest.raises(UsageError) as refused:
        require_permission(elsewhere, owned=False)
    assert str(refused.value) == (
        f"{elsewhere.name} is at {elsewhere.url}, which is not this machine: "
        "a run sends it broken, oversized and abusive requests\n"
        "add --i-own-this-target if you may do that to it"
    )
    require_permission(elsewhere, owned=True)
