"""Secrets out of what is shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.observed.redact import Redactor, shown_headers, shown_url


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it broke off: s3cr3t-v", "it broke off: [redacted]"),
        ("it broke off: s3cr3t-", "it broke off: s3cr3t-"),
        ("s3cr3t-v, it went on", "s3cr3t-v, it went on"),
        ("s3cr3t-s3cr3t-val", "s3cr3t-[redacted]"),
        ("a=p%2Fq%2Fr%2Fs%", "a=[redacted]"),
        ("aaaaaaaaaaaaaaa", "[redacted]"),
    ],
    ids=["most of it", "too little of it", "not at the end", "twice", "percent-encoded", "a run"],
)
def test_what_a_text_that_breaks_off_leaves_of_a_secret_goes_too(text: str, shown: str) -> None:
    assert Redactor(["s3cr3t-value", "p/q/r/s/t", "a" * 16]).text(text) == shown


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


_PARTS = (
    *(
        "authorization",
        "Cookie",
        "Bearer ",
        "Token ",
        "api_key",
        "token",
        "password",
        "x-api-key",
        "cf-access-client-id",
    ),
    *(
        ":",
        "=",
        ",",
        ";",
        '"',
        "'",
        "\\",
        " ",
        "\n",
        "&",
        "?",
        "@",
        "://",
        "a1b2c3d4e5f6g7h8i9",
        "[redacted]",
        "…",
        "[",
        "]",
    ),
)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(_PARTS), max_size=12).map("".join))
def test_redacting_again_changes_nothing(text: str) -> None:
    redactor = Redactor(["a1b2c3d4", 's3cr/3t"x'])
    once = redactor.text(text)

    assert redactor.text(once) == once


def test_a_secret_beyond_ascii_goes_from_a_head_that_was_read_as_latin_1() -> None:
    assert Redactor(["pässwört"]).text("x: " + "pässwört".encode().decode("latin-1")) == "x: [redacted]"


def test_headers_of_credentials_lose_their_value_and_others_what_is_secret_of_it() -> None:
    headers = (("Cookie", "whatever"), ("X-Api-Key", "a b"), ("X-Note", "it is s3cr3t-value"), ("Host", "h"))

    assert shown_headers(headers, Redactor(["s3cr3t-value"]).text) == (
        ("Cookie", "[redacted]"),
        ("X-Api-Key", "[redacted]"),
        ("X-Note", "it is [redacted]"),
        ("Host", "h"),
    )


def test_an_address_is_repeated_without_its_password_and_keys() -> None:
    assert shown_url("http://u:hunter2@h/?key=abc") == "http://[redacted]@h/?key=[redacted]"
