"""The answer reader: each example whole, byte by byte and with trailing data."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fault_injection.rendering import render
from fault_injection.reply import Chunked, Event, Framing, Length, Reply, UntilClose
from fault_injection.wire import payload
from harness.core.observed.http_reader import ResponseReader, read_response
from tests.harness.core.observed.wire_answers import ALL, BAD, GOOD, OK, SHORT, Example


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


@pytest.mark.parametrize(
    ("line", "quoted"),
    [(b"x" * 40, repr(b"x" * 40)), (b"x" * 41, f"{b'x' * 40!r}… (41 bytes)")],
)
def test_long_bytes_are_quoted_in_part_and_counted(line: bytes, quoted: str) -> None:
    assert read_response(line + b"\r\n").problem == f"bad status line {quoted} (RFC 9112 §4)"


@pytest.mark.parametrize(("digits", "right"), [(19, True), (20, False)])
def test_a_length_of_up_to_nineteen_digits_is_one(digits: int, right: bool) -> None:
    reader = read_response(OK + b"Content-Length: " + b"9" * digits + b"\r\n\r\n")

    assert (reader.framing == "length") is right


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


def _read(wire: bytes, version: str = "1.1") -> ResponseReader:
    reader = ResponseReader(version=version)
    reader.feed(wire)
    return reader


def test_what_follows_a_whole_answer_can_be_taken_for_the_next_one() -> None:
    reader = _read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + OK)

    assert reader.problem is not None
    assert reader.take_rest() == OK
    assert reader.problem is None
    assert reader.take_rest() == b""


@pytest.mark.parametrize(
    ("wire", "version", "keeps"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "1.1", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: foo, Close\r\n\r\n", "1.1", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", "1.1", False),
        (b"HTTP/1.1 200 OK\r\n\r\n", "1.1", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "1.1", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "1.1", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "1.0", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", "1.0", True),
    ],
)
def test_a_connection_stays_behind_a_whole_answer_that_does_not_end_it(wire: bytes, version: str, keeps: bool) -> None:
    assert _read(wire, version).keeps is keeps


def test_who_asks_in_http_1_0_gets_no_chunks() -> None:
    reader = _read(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "1.0")

    assert reader.problem == "Transfer-Encoding in the answer to an HTTP/1.0 request (RFC 9112 §6.1)"
