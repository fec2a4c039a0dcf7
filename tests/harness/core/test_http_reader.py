"""The answer reader: each example whole, byte by byte and with trailing data."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fault_injection.reply import Chunked, Event, Framing, Length, Reply, UntilClose, render
from fault_injection.wire import payload
from harness.core.http_reader import BodyFraming, ResponseReader, read_response

OK = b"HTTP/1.1 200 OK\r\n"


@dataclass(frozen=True, kw_only=True)
class Example:
    wire: bytes
    method: str = "POST"
    status: int | None = 200
    framing: BodyFraming | None = "length"
    body: bytes = b""
    complete: bool = True
    problem: str = ""
    closes: bool = False
    """Whether the answer says something only once the connection has closed."""


GOOD = {
    "a length": Example(wire=OK + b"Content-Length: 5\r\n\r\nhello", body=b"hello"),
    "an empty body": Example(wire=OK + b"content-length: 0\r\n\r\n"),
    "the same length twice": Example(wire=OK + b"Content-Length: 2, 2\r\nContent-Length: 2\r\n\r\nok", body=b"ok"),
    "no reason": Example(wire=b"HTTP/1.1 599 \r\nContent-Length: 1\r\n\r\nx", status=599, body=b"x"),
    "chunks": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n",
        framing="chunked",
        body=b"abc0123456789",
    ),
    "chunk extensions and trailers": Example(
        wire=OK + b'Transfer-Encoding: gzip, Chunked\r\n\r\n1 ; a="b;c"\r\nx\r\n0;z\r\nX-Sum: 9\r\n\r\n',
        framing="chunked",
        body=b"x",
    ),
    "no content": Example(wire=b"HTTP/1.1 204 No Content\r\n\r\n", status=204, framing="none"),
    "not modified, with a length": Example(
        wire=b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", status=304, framing="none"
    ),
    "an answer to HEAD": Example(wire=OK + b"Content-Length: 12\r\n\r\n", method="HEAD", framing="none"),
    "interim answers first": Example(
        wire=b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        + OK
        + b"Content-Length: 1\r\n\r\nx",
        body=b"x",
    ),
    "any order and odd values": Example(
        wire=OK + b"X-Empty:\r\nX-Tab:\ta\tb \t\r\nX-High: \xe9\r\nContent-Length: 1\r\n\r\nx", body=b"x"
    ),
}
UNTIL_CLOSE = {
    "no length": Example(wire=OK + b"\r\nall of it", framing="until-close", body=b"all of it", closes=True),
    "an unknown coding": Example(
        wire=OK + b"Transfer-Encoding: gzip\r\n\r\nzz", framing="until-close", body=b"zz", closes=True
    ),
    "another protocol": Example(
        wire=b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x00",
        status=101,
        framing="until-close",
        body=b"\x81\x00",
        closes=True,
    ),
}
SHORT = {
    "nothing": Example(
        wire=b"", status=None, framing=None, complete=False, problem="closed before any answer (0 bytes)", closes=True
    ),
    "half a head": Example(
        wire=OK + b"Content-Le",
        framing=None,
        complete=False,
        problem="closed inside the head after 27 bytes, at b'Content-Le'",
        closes=True,
    ),
    "half a body": Example(
        wire=OK + b"Content-Length: 10\r\n\r\nhello",
        body=b"hello",
        complete=False,
        problem="body short: 5 of 10 bytes came",
        closes=True,
    ),
    "no last chunk": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
        framing="chunked",
        body=b"x",
        complete=False,
        problem="body short: closed before the last chunk, after 1 byte of body, at b''",
        closes=True,
    ),
    "half a chunk": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        framing="chunked",
        body=b"hel",
        complete=False,
        problem="after 3 bytes of body",
        closes=True,
    ),
    "no end of the trailers": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
        framing="chunked",
        complete=False,
        problem="before the last chunk",
        closes=True,
    ),
}
BAD = {
    "garbage": Example(
        wire=b"\x16\x03\x01garbage\r\n", status=None, framing=None, complete=False, problem="bad status line"
    ),
    "another version": Example(
        wire=b"HTTP/2 200\r\n\r\n", status=None, framing=None, complete=False, problem="bad status line b'HTTP/2 200'"
    ),
    "no space behind the status": Example(
        wire=b"HTTP/1.1 200\r\n\r\n", status=None, framing=None, complete=False, problem="bad status line"
    ),
    "a bare LF": Example(
        wire=b"HTTP/1.1 200 OK\n\n",
        status=None,
        framing=None,
        complete=False,
        problem="missing CRLF: status line b'HTTP/1.1 200 OK' ends in a bare LF",
    ),
    "a space before the colon": Example(
        wire=OK + b"A : b\r\n\r\n", framing=None, complete=False, problem="bad header line b'A : b'"
    ),
    "a folded line": Example(
        wire=OK + b"A: b\r\n c\r\n\r\n", framing=None, complete=False, problem="bad header line b' c'"
    ),
    "a NUL in a value": Example(wire=OK + b"A: \0\r\n\r\n", framing=None, complete=False, problem="bad header line"),
    "a CR in a value": Example(wire=OK + b"A: \rb\r\n\r\n", framing=None, complete=False, problem="bad header line"),
    "two lengths": Example(
        wire=OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        framing=None,
        complete=False,
        problem="conflicting lengths: Content-Length 1 and 2",
    ),
    "a negative length": Example(
        wire=OK + b"Content-Length: -1\r\n\r\n", framing=None, complete=False, problem="bad Content-Length '-1'"
    ),
    "a length and chunks": Example(
        wire=OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        framing="chunked",
        body=b"x",
        problem="conflicting lengths: Transfer-Encoding and Content-Length '1'",
    ),
    "chunks in HTTP/1.0": Example(
        wire=b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        framing="chunked",
        problem="Transfer-Encoding in an HTTP/1.0 answer",
    ),
    "chunked, then another coding": Example(
        wire=OK + b"Transfer-Encoding: chunked, gzip\r\n\r\n", framing=None, complete=False, problem="not the last"
    ),
    "a bad chunk size": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n",
        framing="chunked",
        body=b"ab",
        complete=False,
        problem="bad chunk size b'zz' after 2 bytes of body",
    ),
    "an empty chunk size": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n\r\n",
        framing="chunked",
        complete=False,
        problem="bad chunk size b''",
    ),
    "a chunk longer than its size": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
        framing="chunked",
        body=b"ab",
        complete=False,
        problem="missing CRLF: b'c\\r' after a chunk, at 2 bytes of body",
    ),
    "a bad trailer": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\noops\r\n\r\n",
        framing="chunked",
        complete=False,
        problem="bad trailer line b'oops'",
    ),
}
ALL = GOOD | UNTIL_CLOSE | SHORT | BAD


def read(pieces: list[bytes], example: Example, *, closes: bool) -> ResponseReader:
    reader = ResponseReader(example.method)
    for piece in pieces:
        reader.feed(piece)
    if closes:
        reader.eof()
    return reader


def assert_as_expected(reader: ResponseReader, example: Example, body: bytes) -> None:
    seen = (reader.status, reader.framing, body, reader.complete)
    assert seen == (example.status, example.framing, example.body, example.complete)
    if example.problem:
        assert example.problem in (reader.problem or "")
    else:
        assert reader.problem is None


@pytest.mark.parametrize("name", ALL)
def test_an_answer_reads_the_same_whole_and_byte_by_byte(name: str) -> None:
    example = ALL[name]

    whole = read([example.wire], example, closes=example.closes)
    dripped = read([bytes([byte]) for byte in example.wire], example, closes=example.closes)

    assert_as_expected(whole, example, whole.take())
    assert_as_expected(dripped, example, dripped.take())
    assert dripped.problem == whole.problem
    assert (dripped.headers, dripped.trailers, dripped.interim) == (whole.headers, whole.trailers, whole.interim)


@pytest.mark.parametrize("name", GOOD)
def test_bytes_behind_the_end_are_surplus_and_nothing_else_changes(name: str) -> None:
    example = GOOD[name]
    extra = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nmore and more"

    whole = read([example.wire + extra], example, closes=True)
    dripped = read([bytes([byte]) for byte in example.wire + extra], example, closes=True)

    assert whole.take() == dripped.take() == example.body
    assert whole.complete
    assert whole.surplus_bytes == dripped.surplus_bytes == len(extra)
    assert whole.problem == dripped.problem
    assert whole.problem == f"surplus: {len(extra)} bytes after the end of the answer, starting {extra[:40]!r}"


@pytest.mark.parametrize("name", BAD)
def test_a_first_breach_is_kept_whatever_follows(name: str) -> None:
    example = BAD[name]
    before = read([example.wire], example, closes=False)

    reader = read([example.wire, b"\r\nmore\n", b"0\r\n\r\n"], example, closes=True)

    assert reader.problem == before.problem


@pytest.mark.parametrize("name", GOOD | SHORT)
def test_a_polite_close_changes_nothing_about_a_complete_answer(name: str) -> None:
    example = ALL[name]

    reader = read_response(example.wire, example.method)

    assert_as_expected(reader, example, reader.take())


def test_the_body_is_taken_as_it_comes() -> None:
    reader = ResponseReader()

    reader.feed(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhe")
    first = reader.take()
    reader.feed(b"llo\r\n")
    second = reader.take()

    assert (first, second, reader.take()) == (b"he", b"llo", b"")
    assert reader.head_done
    assert not reader.complete
    assert reader.body_bytes == 5


def test_headers_keep_their_order_and_are_found_in_any_case() -> None:
    reader = read_response(OK + b"X-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n")

    assert reader.headers == (("X-A", "1"), ("x-a", "2"), ("Content-Length", "0"))
    assert reader.header("X-a") == "1"
    assert reader.header("absent") is None


def test_interim_answers_are_remembered() -> None:
    assert read_response(GOOD["interim answers first"].wire).interim == (100, 103)


def test_the_method_is_understood_in_any_case() -> None:
    assert read_response(OK + b"Content-Length: 5\r\n\r\n", "head").complete


def test_trailers_are_kept_apart_from_headers() -> None:
    reader = read_response(GOOD["chunk extensions and trailers"].wire)

    assert reader.trailers == (("X-Sum", "9"),)
    assert reader.header("x-sum") is None


@pytest.mark.parametrize("size", [65_536, 65_537, 70_000])
def test_a_line_without_end_is_refused(size: int) -> None:
    line = b"X" * size

    whole = read_response(OK + line + b"\r\n\r\n")
    halves = ResponseReader()
    for piece in (OK, line[:1000], line[1000:], b"\r\n\r\n"):
        halves.feed(piece)

    assert whole.problem == halves.problem
    assert "header line" in (whole.problem or "")


def test_headers_without_end_are_refused() -> None:
    reader = read_response(OK + b"A: b\r\n" * 1001 + b"\r\n")

    assert reader.problem == "more than 1000 header lines"
    assert reader.stopped


FRAMINGS: list[Framing] = [Chunked(), Length(), UntilClose()]


@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=200) | st.lists(st.binary(max_size=60).map(Event), max_size=6).map(tuple),
    framing=st.sampled_from(FRAMINGS),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_what_is_rendered_reads_back(
    status: int, body: bytes | tuple[Event, ...], framing: Framing, cuts: list[int]
) -> None:
    reply = Reply(status=status, headers=(("x-one", "1"),), body=body, framing=framing)
    wire = payload(render(reply))
    places = sorted({0, len(wire), *(cut for cut in cuts if cut < len(wire))})

    reader = ResponseReader()
    for start, end in pairwise(places):
        reader.feed(wire[start:end])
    reader.eof()

    assert reader.problem is None
    assert reader.complete
    assert reader.status == status
    assert reader.header("x-one") == "1"
    assert reader.take() == (b"" if status in (204, 304) else reply.body_bytes)


@given(wire=st.binary(max_size=300), prefix=st.sampled_from([b"", OK, OK + b"Transfer-Encoding: chunked\r\n\r\n"]))
def test_no_bytes_make_it_raise_or_read_differently_in_drips(wire: bytes, prefix: bytes) -> None:
    whole = read_response(prefix + wire)

    dripped = ResponseReader()
    for byte in prefix + wire:
        dripped.feed(bytes([byte]))
    dripped.eof()

    assert dripped.problem == whole.problem
    assert dripped.take() == whole.take()
    assert dripped.complete == whole.complete
