"""Secrets out of what is shown."""

from __future__ import annotations

import pytest

from harness.core.observed.hidden.credentials import names_a_secret, secrets_of
from harness.core.observed.redact import Redactor


def test_a_known_secret_goes_wherever_it_stands() -> None:
    redactor = Redactor(["s3cr3t-value"])

    assert redactor.text("a s3cr3t-value, b=s3cr3t-value;") == "a [redacted], b=[redacted];"
    assert redactor.data(b"\xff s3cr3t-value \x00") == b"\xff [redacted] \x00"


def test_a_secret_goes_in_its_url_encoded_forms_too() -> None:
    assert Redactor(["p ss/w"]).text("p%20ss%2Fw p+ss%2Fw") == "[redacted] [redacted]"


def test_a_secret_within_another_leaves_no_rest() -> None:
    assert Redactor(["token", "token-and-more"]).text("token-and-more") == "[redacted]"


def test_too_short_a_secret_blackens_nothing() -> None:
    assert Redactor(["", "a", "abc"]).text("abc a") == "abc a"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("…t-value and more", "…[redacted] and more"),
        ("more and s3cr3t-…", "more and [redacted]…"),
        ("s3cr▸3t-value", "[redacted]▸[redacted]"),
        ("…lue is a value…", "…lue is a value…"),
        ("t-value without an edge", "t-value without an edge"),
    ],
    ids=["its end", "its start", "in two", "too little of it", "no excerpt"],
)
def test_what_an_excerpt_leaves_of_a_secret_goes_too(text: str, shown: str) -> None:
    assert Redactor(["s3cr3t-value"]).text(text) == shown


def test_surrogates_pass() -> None:
    assert Redactor().text("\udc80") == "\udc80"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
        ("authorization: Basic dXNlcg==", "authorization: Basic [redacted]"),
        ("Authorization: plain-key", "Authorization: [redacted]"),
        ("curl -H 'Authorization: Bearer abc' http://x", "curl -H 'Authorization: Bearer [redacted]' http://x"),
        ('{"authorization": "Bearer abc"}', '{"authorization": "Bearer [redacted]"}'),
        ("cf-aig-authorization: Bearer abc", "cf-aig-authorization: Bearer [redacted]"),
        ("X-Api-Key: abc", "X-Api-Key: [redacted]"),
        ("used bearer a1b2c3 there", "used bearer [redacted] there"),
    ],
)
def test_what_stands_where_a_credential_stands_goes(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown


def test_redacting_twice_changes_nothing() -> None:
    once = Redactor(["abcd"]).text("Authorization: Bearer abcd")

    assert Redactor(["abcd"]).text(once) == once


def test_prose_about_credentials_stays() -> None:
    text = "a bearer token is missing; see the authorization page"

    assert Redactor().text(text) == text


def test_its_repr_shows_no_secret() -> None:
    assert "s3cr3t" not in repr(Redactor(["s3cr3t"]))


@pytest.mark.parametrize("name", ["CLOUDFLARE_API_TOKEN", "MY_SECRET", "DB_PASSWORD", "OPENAI_API_KEY", "SSH_KEY"])
def test_names_of_secrets_are_known(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize("name", ["PATH", "HOME", "GIT_AUTHOR_NAME", "KEYBOARD", "COVERAGE_PROCESS_CONFIG"])
def test_other_names_are_none(name: str) -> None:
    assert not names_a_secret(name)


def test_secrets_are_read_from_an_environment() -> None:
    assert secrets_of({"A_TOKEN": "t1", "PATH": "/bin", "B_SECRET": ""}) == ("t1",)
