from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fault_injection.client import Manner
from harness.core.observed.curl import curl
from harness.core.observed.hidden.credentials import CREDENTIAL_HEADERS
from harness.core.observed.redact import Redactor
from tests.harness.core.histories import client

URL = "http://127.0.0.1:8787/"
HEADERS = (
    ("Content-Type", "application/json"),
    ("Host", "h"),
    ("Content-Length", "7"),
    ("X-Odd", 'it\'s "$HOME" `id`'),
)


def _words(line: str) -> list[str]:
    return shlex.split(line)


def test_a_request_can_be_pasted_into_a_shell() -> None:
    exchange = client(request_headers=HEADERS)

    words = _words(curl(exchange, URL))

    assert words[:6] == ["curl", "-N", "-i", "-X", "POST", "http://127.0.0.1:8787/v1/chat/completions"]
    assert words[6:10] == ["-H", "Content-Type: application/json", "-H", 'X-Odd: it\'s "$HOME" `id`']
    assert words[10] == "--data-raw"
    assert json.loads(words[11]) == json.loads(exchange.moves.body)


def test_the_clients_token_is_left_to_the_shell() -> None:
    line = curl(client(request_headers=(("Authorization", "Bearer sk-secret"),)), URL)

    assert line.startswith("curl -N -i -X POST ")
    assert '-H "Authorization: Bearer $CLIENT_TOKEN"' in line
    assert "sk-secret" not in line


@pytest.mark.parametrize(
    ("exchange", "shown"),
    [
        (client(request_headers=(("x-api-key", "sk-secret"),)), "x-api-key: [redacted]"),
        (client(body=b'{"token":"sk-secret"}'), '{"token":"[redacted]"}'),
    ],
)
def test_no_other_secret_is_shown(exchange: object, shown: str) -> None:
    line = curl(exchange, URL, lambda text: text.replace("sk-secret", "[redacted]"))  # type: ignore[arg-type]  # from the table

    assert shown in _words(line)
    assert "sk-secret" not in line


@pytest.mark.parametrize("body", [b"\xff\xfe", b"x" * 1501, b"a\0b"], ids=["binary", "long", "with a NUL"])
def test_a_body_that_cannot_be_quoted_is_named(body: bytes) -> None:
    words = _words(curl(client(body=body), URL))

    assert words[:5] == ["curl", "-N", "-i", "-X", "POST"]
    assert words[-2:] == ["--data-binary", f"@request-of-{len(body)}-bytes.json"]


def test_a_body_of_1500_characters_is_quoted() -> None:
    assert _words(curl(client(body=b"x" * 1500), URL))[-2:] == ["--data-raw", "x" * 1500]


@pytest.mark.parametrize(
    "body", ["@/etc/passwd", 'it\'s "quoted"', '$CLIENT_TOKEN" ; echo', "two\nlines", "Grüße", "`id` $(id) \\ !"]
)
def test_no_body_means_anything_to_the_shell(body: str) -> None:
    words = _words(curl(client(body=body.encode()), URL))

    assert words[-2:] == ["--data-raw", body]


def test_a_request_without_a_body_has_none() -> None:
    assert "--data" not in curl(client(body=b"", method="GET"), URL)


def test_a_manner_that_curl_has_is_shown_and_a_coded_body_named() -> None:
    old = client(body=b"{}", moves={"manner": Manner(version="1.0", content_encoding="gzip")})

    words = _words(curl(old, URL))

    assert "--http1.0" in words
    assert words[-2:] == ["--data-binary", "@request-of-2-bytes.json.gzip"]


@given(name=st.sampled_from(sorted(CREDENTIAL_HEADERS)), value=st.text("abc123", min_size=8))
def test_no_header_that_holds_a_credential_shows_its_value(name: str, value: str) -> None:
    assert value not in curl(client(request_headers=((name, value),)), URL, Redactor().text)


def test_a_key_in_the_address_is_not_shown() -> None:
    assert "?key=[redacted]" in curl(client(path="/v1/chat?key=abc"), URL, Redactor().text)
