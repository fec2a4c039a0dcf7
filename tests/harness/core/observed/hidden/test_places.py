"""Where credentials stand in a text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.observed.hidden.credentials import CREDENTIAL_HEADERS
from harness.core.observed.hidden.places import hidden_spans

VALUES = st.text("ghjkmqvwxyz0123456789", min_size=8, max_size=40).map(lambda text: f"q{text}7")


def shown(text: str) -> str:
    """The text with `*` in each hidden place."""
    data, parts, at = text.encode(), [], 0
    for start, end in hidden_spans(data):
        parts += [data[at:start], b"*"]
        at = end
    return b"".join([*parts, data[at:]]).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Token x1", "Authorization: Token *"),
        ("Authorization: Own x1 y2", "Authorization: *"),
        ('{"authorization": "Own x1 y2", "a": 1}', '{"authorization": "*", "a": 1}'),
        (r"{\"authorization\": \"Bearer x1\"}", r"{\"authorization\": \"Bearer *\"}"),
        ("(b'authorization', b'Bearer x1'), (b'host', b'h')", "(b'authorization', b'Bearer *'), (b'host', b'h')"),
        (
            "Authorization: AWS4-HMAC-SHA256 Credential=AK/x, SignedHeaders=host;date, Signature=fe",
            "Authorization: AWS4-HMAC-SHA256 *",
        ),
        ("a, Credential=AK/x, SignedHeaders=host, Signature=fe", "a, Credential=*, SignedHeaders=host, Signature=*"),
        (
            "?X-Amz-Credential=AK%2F2&X-Amz-Signature=fe&X-Amz-Date=1",
            "?X-Amz-Credential=*&X-Amz-Signature=*&X-Amz-Date=1",
        ),
        ("Set-Cookie: sid=abc; Path=/; Expires=Wed, 21 Oct 2015", "Set-Cookie: *"),
        ("a\r\nCookie: a=b; c=d\r\nHost: h", "a\r\nCookie: *\r\nHost: h"),
        ('{"set-cookie": ["a=b; Path=/", "c=d"]}', '{"set-cookie": *}'),
        ("api_key=abc&x=1", "api_key=*&x=1"),
        ('{"api_key": "abc d;e", "x": 1}', '{"api_key": "*", "x": 1}'),
        (
            '{"apiKey":"a","accessToken":"b","clientSecret":"c d"}',
            '{"apiKey":"*","accessToken":"*","clientSecret":"*"}',
        ),
        ("access_token=abc&x=1", "access_token=*&x=1"),
        ("http://h/p?key=abc&x=1", "http://h/p?key=*&x=1"),
        ("http://h/p?token=abc", "http://h/p?token=*"),
        ("cf-access-client-secret: abc", "cf-access-client-secret: *"),
        ("curl -H 'cf-access-client-id: abc.access' http://h", "curl -H 'cf-access-client-id: *' http://h"),
        ("> X-Vault-Token: s.abc", "> X-Vault-Token: *"),
        ("x-some-secret-thing: all of it", "x-some-secret-thing: *"),
        ("DB_PASS=hunter MYSQL_PWD: 'hunter'", "DB_PASS=* MYSQL_PWD: '*'"),
        ("password: hunter2, password=hunter", "password: *, password=*"),
        ('"password": "correct horse"', '"password": "*"'),
        ("redis://:pw@h:6379/0 and x://u:p@h", "redis://*@h:6379/0 and x://*@h"),
        ("https://ghp0123456789abcdef@h/x", "https://*@h/x"),
        ("token=0123456789abcdefghij", "token=*"),
        ("it is eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def", "it is *"),
    ],
)
def test_what_stands_where_a_credential_stands_is_found(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a bearer token is missing; see the authorization page",
        "cookie: none",
        "Password: required",
        "the secret: be yourself",
        "Key: C major",
        "the key=value form, and a cache key: abc",
        "http.status(code=500)",
        "ssh://git@host/x http://127.0.0.1:8080/run/@cf/meta/llama",
        "cf-aig-cache-key: abc",
        "Idempotency-Key: abc",
        "x-ratelimit-remaining-tokens: 5",
        'www-authenticate: Bearer realm="x"',
        '{"token": "Hello", "logprob": -0.1, "max_tokens": 5, "key": "value"}',
        "api_key=None, api_key: null, eos_token: </s>, pad_token=0",
        """API_KEY = os.environ["AI_API_KEY"]; API_KEY = os.getenv("AI_API_KEY"); apiKey: process.env.AI_API_KEY""",
        "Authorization: Bearer $CLIENT_TOKEN",
        "Authorization: Bearer {client_token}",
    ],
)
def test_prose_and_what_only_looks_like_one_stays(text: str) -> None:
    assert hidden_spans(text.encode()) == []


@given(name=st.sampled_from(sorted(CREDENTIAL_HEADERS)), value=VALUES, quote=st.sampled_from(["", '"', "'", '\\"']))
def test_whatever_stands_behind_the_name_of_such_a_header_is_found(name: str, value: str, quote: str) -> None:
    value = f"sid={value}" if "cookie" in name else value

    assert value not in shown(f"x\n{quote}{name}{quote}: {quote}{value}{quote}\ny")
    assert value not in shown(f"{{{quote}{name.title()}{quote}: {quote}{value}{quote}}}")


@given(text=st.text(st.characters(codec="utf-8", exclude_characters=":=,")))
def test_a_text_without_any_sign_of_a_name_stays(text: str) -> None:
    if "bearer" not in text.lower() and "eyj" not in text.lower():
        assert hidden_spans(text.encode()) == []


def test_places_are_in_order_and_none_touches_another() -> None:
    spans = hidden_spans(b"cookie: api_key=abc; x=y\npassword=a token=0123456789abcdefghij://u:p@h")

    assert spans == sorted(spans)
    assert all(end < start for (_, end), (start, _) in pairwise(spans))
