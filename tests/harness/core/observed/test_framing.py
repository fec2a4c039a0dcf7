"""How a body ends, rule by rule."""

from __future__ import annotations

import pytest

from fault_injection.reply import Headers
from harness.core.observed.framing import BodyFraming, framing_of, items, keeps_connection

CHUNKED: Headers = (("Transfer-Encoding", "chunked"),)
SIZED: Headers = (("Content-Length", "5"),)


@pytest.mark.parametrize(
    ("headers", "status", "method", "kind", "length_bytes"),
    [
        ((), 200, "POST", "until-close", 0),
        ((), 101, "GET", "until-close", 0),
        (SIZED, 200, "POST", "length", 5),
        ((*SIZED, *SIZED), 200, "POST", "length", 5),
        (CHUNKED, 200, "POST", "chunked", 0),
        ((("transfer-encoding", "gzip, Chunked"),), 200, "POST", "chunked", 0),
        ((("transfer-encoding", "chunked, ,"),), 200, "POST", "chunked", 0),
        ((("transfer-encoding", ""), *SIZED), 200, "POST", "length", 5),
        ((("transfer-encoding", "gzip"),), 200, "POST", "until-close", 0),
        (SIZED, 200, "HEAD", "none", 0),
        (CHUNKED, 204, "POST", "none", 0),
        (SIZED, 304, "GET", "none", 0),
    ],
)
def test_a_body_ends_as_the_first_rule_that_fits_says(
    headers: Headers, status: int, method: str, kind: BodyFraming, length_bytes: int
) -> None:
    framing = framing_of(headers, status=status, method=method, version="1.1", asked_version="1.1")

    assert framing == (kind, length_bytes, ())


@pytest.mark.parametrize(
    ("headers", "version", "asked_version", "kind", "breaches"),
    [
        ((*CHUNKED, *SIZED), "1.1", "1.1", "chunked", ["conflicting lengths: Transfer-Encoding"]),
        (CHUNKED, "1.0", "1.0", "chunked", ["in an HTTP/1.0 answer", "to an HTTP/1.0 request"]),
        ((("transfer-encoding", "chunked, gzip"),), "1.1", "1.1", None, ["not the last transfer coding"]),
        ((*SIZED, ("content-length", "6")), "1.1", "1.1", None, ["Content-Length 5 and 6"]),
        ((("content-length", "-1"),), "1.1", "1.1", None, ["bad Content-Length '-1'"]),
        ((("content-length", ""),), "1.1", "1.1", None, ["bad Content-Length ''"]),
        ((*CHUNKED, ("content-length", "")), "1.1", "1.1", "chunked", ["conflicting lengths: Transfer-Encoding"]),
        ((("content-length", "9" * 20),), "1.1", "1.1", None, ["bad Content-Length"]),
    ],
)
def test_a_breach_is_told_and_leaves_a_framing_where_one_can_be_known(
    headers: Headers, version: str, asked_version: str, kind: BodyFraming | None, breaches: list[str]
) -> None:
    framing = framing_of(headers, status=200, method="POST", version=version, asked_version=asked_version)

    assert framing.kind == kind
    assert [words for words, told in zip(breaches, framing.breaches, strict=True) if words not in told] == []


@pytest.mark.parametrize(
    ("connection", "version", "asked_version", "keeps"),
    [
        ("", "1.1", "1.1", True),
        ("Keep-Alive, Close", "1.1", "1.1", False),
        ("", "1.0", "1.1", False),
        ("", "1.1", "1.0", False),
        ("x, Keep-Alive", "1.0", "1.1", True),
    ],
)
def test_a_connection_is_kept_as_both_versions_allow(
    connection: str, version: str, asked_version: str, *, keeps: bool
) -> None:
    headers: Headers = (("Connection", connection),) if connection else ()

    assert keeps_connection(headers, version=version, asked_version=asked_version) is keeps


def test_items_are_those_of_all_fields_of_a_name() -> None:
    assert items((("Via", "a, b"), ("x", "y"), ("VIA", "c,, ,")), "via") == ["a", "b", "c"]
