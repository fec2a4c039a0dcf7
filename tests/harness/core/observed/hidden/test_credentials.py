"""What is a credential by its name, and which addresses hold one."""

from __future__ import annotations

import pytest

from harness.core.observed.hidden.credentials import (
    CREDENTIAL_HEADERS,
    has_userinfo,
    holds_a_secret,
    is_credential_header,
    names_a_secret,
    secrets_of,
    without_userinfo,
)


@pytest.mark.parametrize(
    "name",
    [
        *("CLOUDFLARE_API_TOKEN", "MY_SECRET", "DB_PASSWORD", "OPENAI_API_KEY", "SSH_KEY", "apiKey", "signingKey"),
        *("DB_PASS", "DBPASS", "SMTP_PASS", "MYSQL_PWD", "GH_PAT", "SSH_PASSPHRASE", "REDIS_URL", "MONGO_URI"),
        *("POSTGRES_URL", "DATABASE_URL", "REDIS_TLS_URL", "SLACK_WEBHOOK_URL", "SENTRY_DSN", "JWT", "KEY", "PASS"),
        *("AUTHORIZATION", "SSH_AUTH_SOCK", "API_TOKENS", "STRIPE_KEY_2"),
    ],
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "PWD", "OLDPWD", "INIT_CWD", "GIT_AUTHOR_NAME", "XAUTHORITY", "KEYBOARD", "COMPASS_HOME"),
        *("COVERAGE_PROCESS_CONFIG", "BYPASS_CACHE", "PATTERN", "MAX_TOKENS", "TOKENS_PER_MINUTE", "BASE_URL"),
        *("TOKENIZERS_PARALLELISM", "HOSTNAME", "UPSTREAM_URL", "KEYMAP"),
    ],
)
def test_other_names_are_none(name: str) -> None:
    assert not names_a_secret(name)


@pytest.mark.parametrize("name", [*sorted(CREDENTIAL_HEADERS), "X-Vault-Token", "Ocp-Apim-Subscription-Key", "X-JWT"])
def test_a_header_that_holds_a_credential_is_known_by_its_name(name: str) -> None:
    assert is_credential_header(name)
    assert is_credential_header(name.upper())


@pytest.mark.parametrize(
    "name",
    [
        *("content-type", "idempotency-key", "cf-aig-cache-key", "www-authenticate", "sec-websocket-key", "x-author"),
        *("access-control-allow-credentials", "x-ratelimit-remaining-tokens", "x-prompt-tokens", "host"),
    ],
)
def test_a_header_that_only_sounds_like_it_is_shown(name: str) -> None:
    assert not is_credential_header(name)


@pytest.mark.parametrize("value", ["amqp://user:hunter2@host/queue", "https://:hunter2@host", "a=x://u:p@h"])
def test_an_address_with_a_password_is_a_secret_whatever_its_variable_is_called(value: str) -> None:
    assert holds_a_secret("PLACE", value)


@pytest.mark.parametrize("value", ["http://127.0.0.1:8080/run/@cf/meta/llama", "ssh://git@host/x", "a@b", ""])
def test_an_address_without_one_is_none(value: str) -> None:
    assert not holds_a_secret("PLACE", value)


def test_secrets_are_read_from_an_environment() -> None:
    environ = {"A_TOKEN": "t1", "PATH": "/bin", "B_SECRET": "", "PLACE": "redis://u:hunter2@h"}

    assert secrets_of(environ) == ("t1", "hunter2")


def test_a_long_value_is_looked_through_once() -> None:
    value = "a" * 1_000_000 + "://u:hunter2@h"

    assert secrets_of({"PLACE": value}) == ("hunter2",)


def test_a_switch_that_only_sounds_like_a_secret_is_not_looked_for_in_every_text() -> None:
    assert secrets_of({"AUTH_ENABLED": "true", "TOKEN_LIMIT": "4096", "SECRET": "none"}) == ()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:hunter2@127.0.0.1:80/x", "http://[redacted]@127.0.0.1:80/x"),
        ("http://:hunter2@h", "http://[redacted]@h"),
        ("http://token@h", "http://[redacted]@h"),
        ("user:hunter2@h", "[redacted]@h"),
        ("http://user:hun@ter2@h", "http://[redacted]@h"),
        ("http://user:hunter2@[", "http://[redacted]@["),
    ],
)
def test_an_address_that_names_a_user_is_known_and_shown_without(url: str, shown: str) -> None:
    assert has_userinfo(url)
    assert without_userinfo(url) == shown


@pytest.mark.parametrize("url", ["http://user:hun/ter2@h", "http://user:hun#ter2@h", "user:hun?ter2@h"])
def test_of_an_address_that_nobody_could_read_no_password_is_shown_either(url: str) -> None:
    assert "ter2" not in without_userinfo(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:80", "http://h/@cf/x", "/@cf/x", "", "http://h/?to=a@b"])
def test_an_address_that_names_no_user_is_shown_as_it_is(url: str) -> None:
    assert not has_userinfo(url)
    assert without_userinfo(url) == url
