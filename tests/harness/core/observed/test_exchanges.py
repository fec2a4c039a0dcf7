"""Exchanges kept whole: both sides, bounded, without secrets."""

from __future__ import annotations

import base64
import gzip
from base64 import b64encode
from collections.abc import Callable
from json import dumps
from urllib.parse import quote_plus

from hypothesis import example, given
from hypothesis import strategies as st

from harness.core.observed.exchanges import KEPT_BYTES, client_exchange, upstream_exchange
from harness.core.observed.hidden.credentials import CREDENTIAL_HEADERS, MARK
from harness.core.observed.history import ClientEnd, Piece, UpstreamEnd
from harness.core.observed.redact import Redactor
from reports.record import Exchange
from tests.harness.core.histories import Fields, answer, client, stream, upstream

SECRET = "sk-0123456789abcdef"
REDACT = Redactor([SECRET]).text


def kept(**more: Fields) -> Exchange:
    return client_exchange(1, client(stream("a"), at=10.0, **more), url="http://127.0.0.1:1/", redact=REDACT)


def test_what_a_client_asked_and_got_is_kept_with_its_times() -> None:
    found = kept(end=ClientEnd.CLOSED_EARLY, problem="body short")

    assert (found.lane, found.method, found.url) == ("client", "POST", "http://127.0.0.1:1/v1/chat/completions")
    assert (found.status, found.end, found.started_s) == (200, "closed early: body short", 10.0)
    assert found.request.text.startswith('{"model"')
    assert found.body.text.endswith("data: [DONE]\n\n")
    assert found.head_s is not None
    assert found.end_s is not None


def test_what_the_mock_sent_is_read_as_a_client_would() -> None:
    found = upstream_exchange(
        2, upstream(answer("a"), at=5.0, faults=("http.status(code=500)",), query="a=1"), redact=REDACT
    )

    assert (found.lane, found.exchange, found.status) == ("upstream", 2, 200)
    assert found.url.endswith("/v1/chat/completions?a=1")
    assert found.body.text.startswith("{")
    assert dict(found.headers)["content-type"] == "application/json"
    assert found.faults == ("http.status(code=500)",)


def test_an_exchange_that_the_mock_never_answered_has_no_status() -> None:
    found = upstream_exchange(1, upstream(b"", end=UpstreamEnd.RESET, whole=False), redact=REDACT)

    assert (found.status, found.body.text, found.end) == (None, "", "reset, before the script was over")


def test_no_credential_is_kept_whatever_it_is_called_and_wherever_it_stands() -> None:
    headers = (
        ("Authorization", "Bearer nobody-told-me"),
        ("cf-aig-authorization", "Bearer nobody-told-me"),
        ("X-Api-Key", "nobody-told-me"),
        ("Set-Cookie", "session=nobody-told-me"),
        ("X-Note", f"it is {SECRET}"),
        ("X-Model", "llama"),
    )

    found = kept(request_headers=headers, headers=headers, pieces=(Piece(10.1, f"data: {SECRET}\n\n".encode()),))

    assert "nobody-told-me" not in found.model_dump_json()
    assert SECRET not in found.model_dump_json()
    assert dict(found.headers) | {"X-Note": ""} == {
        **dict.fromkeys(dict(headers), MARK),
        "X-Note": "",
        "X-Model": "llama",
    }
    assert dict(found.headers)["X-Note"] == f"it is {MARK}"


def test_a_body_is_kept_free_of_its_coding() -> None:
    coded = gzip.compress(f"it is {SECRET}".encode())

    found = kept(headers=(("Content-Encoding", "gzip"),), pieces=(Piece(10.1, coded),))

    assert found.body.text == f"it is {MARK}"
    assert (found.body.size_bytes, found.body.coded_bytes) == (6 + len(SECRET), len(coded))


def test_bytes_that_are_no_text_are_kept_in_base64_without_their_secrets() -> None:
    found = kept(pieces=(Piece(10.1, b"\xff\xfe" + SECRET.encode() + b"\x00"),))

    assert found.body.is_base64
    assert base64.b64decode(found.body.text) == b"\xff\xfe" + MARK.encode() + b"\x00"


def test_a_long_body_is_cut_and_says_so() -> None:
    found = kept(pieces=(Piece(10.1, "é".encode() * KEPT_BYTES),))

    assert found.body.left_out_bytes == KEPT_BYTES
    assert found.body.size_bytes == 2 * KEPT_BYTES
    assert set(found.body.text) == {"é"}


def test_a_secret_at_the_cut_is_not_kept_in_part() -> None:
    body = b"x" * (KEPT_BYTES - 8) + SECRET.encode() + b"y" * KEPT_BYTES

    found = kept(pieces=(Piece(10.1, body),))

    assert SECRET[:8] not in found.body.text


def test_a_request_that_the_mock_did_not_keep_is_told_by_its_size() -> None:
    found = upstream_exchange(1, upstream(answer("a"), body=b"", body_bytes=99_999), redact=REDACT)

    assert (found.request.text, found.request.size_bytes, found.request.left_out_bytes) == ("", 99_999, 99_999)


@given(
    name=st.sampled_from([*sorted(CREDENTIAL_HEADERS), "X-Vault-Token"]),
    value=st.text("ghjkmqvwxyz0123456789", min_size=12, max_size=40),
)
def test_no_header_that_holds_a_credential_keeps_its_value_on_either_side(name: str, value: str) -> None:
    headers = ((name, value),)
    both = (
        kept(request_headers=headers, headers=headers),
        upstream_exchange(1, upstream(answer("a"), request_headers=headers), redact=REDACT),
    )

    assert [value in each.model_dump_json() for each in both] == [False, False]


@given(
    encode=st.sampled_from(
        [quote_plus, lambda text: b64encode(text.encode()).decode(), lambda text: dumps(text)[1:-1]]
    ),
    secret=st.text(st.characters(codec="utf-8"), min_size=8, max_size=20).filter(lambda text: text not in MARK),
)
@example(encode=quote_plus, secret="0000000%")
def test_a_coded_secret_in_a_body_is_not_kept(encode: Callable[[str], str], secret: str) -> None:
    coded = encode(secret)
    exchange = client(stream("a"), pieces=(Piece(10.1, f"<{coded}>".encode()),))

    found = client_exchange(1, exchange, url="http://127.0.0.1:1/", redact=Redactor([secret]).text)

    assert found.body.text == f"<{MARK}>"
