from __future__ import annotations

import pytest

from harness.core.gateway.request_head import head_end, read_head

HEAD = b"POST /v1/chat?a=b%20c HTTP/1.1\r\nHOST:  gateway:9000\r\nX-One: 1\r\nx-ONE: 2\r\nContent-Length: 5\r\n\r\n"


def test_a_head_is_read_and_kept_as_it_stands() -> None:
    head = read_head(HEAD)

    assert head is not None
    assert head.raw == HEAD
    assert (head.method, head.path, head.query, head.version) == ("POST", "/v1/chat", "a=b%20c", "1.1")
    assert head.headers[1:3] == (("X-One", "1"), ("x-ONE", "2"))
    assert head.header("host") == "gateway:9000"


def test_only_the_host_changes_on_the_way() -> None:
    head = read_head(HEAD)

    assert head is not None
    assert head.onward("api.example") == HEAD.replace(b"gateway:9000", b"api.example")
    assert head.onward("api.example", without="x-one") == HEAD.replace(b"gateway:9000", b"api.example").replace(
        b"X-One: 1\r\nx-ONE: 2\r\n", b""
    )


def test_the_absolute_form_is_read_like_the_other_one() -> None:
    head = read_head(b"GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n")

    assert head is not None
    assert (head.path, head.query) == ("/x", "y")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET http://[bad/x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n folded: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    ],
)
def test_what_leaves_any_doubt_is_no_head(raw: bytes) -> None:
    assert read_head(raw) is None


@pytest.mark.parametrize(
    ("data", "end"), [(b"a\r\n\r\nb", 5), (b"a\n\nb", 3), (b"a\r\n\nb", 4), (b"a\r\n", -1), (b"", -1)]
)
def test_a_head_ends_behind_its_blank_line(data: bytes, end: int) -> None:
    assert head_end(data) == end


@pytest.mark.parametrize(
    ("fields", "wire", "body", "rest"),
    [
        ("Content-Length: 5", b"HelloGET", b"Hello", b"GET"),
        ("Transfer-Encoding: chunked", b"5\r\nHello\r\n0\r\nX: y\r\n\r\nGET", b"Hello", b"GET"),
        ("X: y", b"GET", b"", b"GET"),
    ],
)
@pytest.mark.parametrize("step", [1, 1000])
def test_a_body_ends_where_its_head_says(fields: str, wire: bytes, body: bytes, rest: bytes, step: int) -> None:
    head = read_head(f"POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n".encode())
    assert head is not None
    reader = head.body()

    for start in range(0, len(wire), step):
        reader.feed(wire[start : start + step])

    assert reader.complete
    assert (reader.take(), reader.take_rest()) == (body, rest)


@pytest.mark.parametrize(
    ("version", "fields", "keeps"),
    [
        ("1.1", "", True),
        ("1.1", "Connection: foo, Close\r\n", False),
        ("1.0", "", False),
        ("1.0", "Connection: keep-alive\r\n", True),
    ],
)
def test_a_client_says_whether_it_stays(version: str, fields: str, keeps: bool) -> None:
    head = read_head(f"GET / HTTP/{version}\r\n{fields}\r\n".encode())

    assert head is not None
    assert head.keeps is keeps


def test_a_client_says_when_it_waits_for_leave_or_would_speak_otherwise() -> None:
    waits = read_head(b"POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n")
    offers = read_head(b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")

    assert waits is not None
    assert offers is not None
    assert (waits.expects_continue, waits.offers_upgrade) == (True, False)
    assert (offers.expects_continue, offers.offers_upgrade) == (False, True)
