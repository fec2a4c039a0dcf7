"""A request as bytes, in every manner."""

from __future__ import annotations

import gzip
import zlib
from urllib.parse import urlsplit

import brotli
import zstandard

from fault_injection.client import ClientMoves, Manner
from harness.shell.client.putting import coded, head_of, headers_of, pieces_of, target_of

URL = urlsplit("http://target:80")
BODY = b'{"messages":[]}'


def headers(manner: Manner, *given: tuple[str, str], method: str = "POST", size: int = 15) -> dict[str, str]:
    return dict(headers_of(given, method, ClientMoves(body=BODY, manner=manner), size, URL))


def pieces(manner: Manner, *, upload_piece_bytes: int = 0) -> list[bytes]:
    return list(pieces_of(BODY, ClientMoves(body=BODY, manner=manner, upload_piece_bytes=upload_piece_bytes)))


def test_an_everyday_request_has_its_length_and_comes_in_one_piece() -> None:
    assert headers(Manner()) == {"Host": "target:80", "Content-Length": "15"}
    assert pieces(Manner()) == [BODY]


def test_chunks_end_in_an_empty_one_and_have_no_length() -> None:
    assert headers(Manner(framing="chunked")) == {"Host": "target:80", "Transfer-Encoding": "chunked"}
    assert pieces(Manner(framing="chunked"))[-1] == b"0\r\n\r\n"
    assert pieces(Manner(framing="chunked"), upload_piece_bytes=10) == [
        b'a\r\n{"messages\r\n',
        b'5\r\n":[]}\r\n',
        b"0\r\n\r\n",
    ]


def test_extras_are_extensions_of_each_chunk_and_a_trailer_that_was_announced() -> None:
    manner = Manner(framing="chunked-with-extras")

    assert headers(manner)["Trailer"] == "X-Edgeproof-Sum"
    assert all(b";edge=1;note=" in piece for piece in pieces(manner))
    assert pieces(manner)[-1].endswith(b"\r\nX-Edgeproof-Sum: %08x\r\n\r\n" % zlib.crc32(BODY))


def test_http_1_0_has_no_chunks_and_says_when_its_connection_is_to_stay() -> None:
    old = Manner(version="1.0", framing="chunked", connection="one")

    assert headers(old) == {"Host": "target:80", "Content-Length": "15", "Connection": "keep-alive"}
    assert pieces(old) == [BODY]
    assert head_of("POST", "/x", "1.0", (("A", "b"),)) == b"POST /x HTTP/1.0\r\nA: b\r\n\r\n"


def test_what_a_manner_asks_for_is_said_in_the_head() -> None:
    manner = Manner(accept_encoding="br", content_encoding="gzip", expects_continue=True)

    assert headers(manner) == {
        "Host": "target:80",
        "Content-Length": "15",
        "Content-Encoding": "gzip",
        "Accept-Encoding": "br",
        "Expect": "100-continue",
    }


def test_headers_that_are_given_are_left_alone() -> None:
    given = (("host", "other"), ("accept-encoding", "zstd"), ("Transfer-Encoding", "chunked"))

    assert headers(Manner(accept_encoding="br"), *given) == dict(given)


def test_a_question_without_a_body_has_no_length() -> None:
    assert headers(Manner(), method="OPTIONS", size=0) == {"Host": "target:80"}


def test_a_body_is_coded_as_its_manner_says() -> None:
    assert coded(BODY, Manner()) == BODY
    assert gzip.decompress(coded(BODY, Manner(content_encoding="gzip"))) == BODY
    assert zlib.decompress(coded(BODY, Manner(content_encoding="deflate"))) == BODY
    assert brotli.decompress(coded(BODY, Manner(content_encoding="br"))) == BODY
    assert zstandard.decompress(coded(BODY, Manner(content_encoding="zstd"))) == BODY


def test_a_query_follows_whatever_query_there_is() -> None:
    assert target_of("/chat", "") == "/chat"
    assert target_of("/chat", "a=1") == "/chat?a=1"
    assert target_of("/chat?b=2", "a=1") == "/chat?b=2&a=1"
