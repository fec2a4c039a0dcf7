"""The Cache API: what may be kept is kept as long as it is fresh, and nothing else is (RFC 9111)."""

from __future__ import annotations

import pytest

from harness.mock_cloudflare.bindings.cache import life_of
from tests.harness.mock_cloudflare.bindings.calling import Caller

KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nCache-Control: max-age=60\r\nX-Own: a\r\n\r\nbody"


def test_a_miss_is_a_504() -> None:
    answer = Caller().caches("GET")

    assert (answer.reply.status, answer.surface) == (504, "cache.match")


def test_what_is_put_is_matched_until_it_is_stale() -> None:
    caller = Caller()
    assert caller.caches("PUT", body=KEPT).reply.status == 204

    found = caller.caches("GET").reply
    caller.now_s += 60

    assert (found.status, found.body_bytes, found.header("x-own")) == (200, b"body", "a")
    assert found.header("cf-cache-status") == "HIT"
    assert found.header("content-length") is None  # it is the reply's own to say
    assert caller.caches("GET").reply.status == 504


def test_a_chunked_answer_is_kept_as_what_it_says() -> None:
    caller = Caller()
    caller.caches("PUT", body=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2;x\r\ndy\r\n0\r\n\r\n")

    assert caller.caches("GET").reply.body_bytes == b"body"


@pytest.mark.parametrize("chunks", [b"2\r\nbo\r\nff\r\ndy", b"4 ;x\r\nbody\r\nzz\r\nx", b"4\r\nbody"])
def test_a_chunked_answer_is_kept_as_far_as_it_goes(chunks: bytes) -> None:
    caller = Caller()
    caller.caches("PUT", body=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)

    assert caller.caches("GET").reply.body_bytes == b"body"


def test_another_url_or_another_cache_has_another_answer() -> None:
    caller = Caller()
    caller.caches("PUT", body=KEPT)

    assert caller.caches("GET", "example.com/y").reply.status == 504
    assert caller.caches("GET", "example.org/x").reply.status == 504
    assert caller.caches("GET", headers=(("CF-Cache-Namespace", "mine"),)).reply.status == 504


def test_a_delete_says_whether_there_was_anything() -> None:
    caller = Caller()
    caller.caches("PUT", body=KEPT)

    assert [caller.caches("PURGE").reply.status for _ in range(2)] == [200, 404]
    assert caller.caches("GET").reply.status == 504


def test_nothing_is_kept_before_it_is_committed() -> None:
    caller = Caller()
    caller.caches("PUT", body=KEPT)
    caller.mock.reset()

    assert caller.caches("GET").reply.status == 504


@pytest.mark.parametrize(
    ("status", "headers", "life_s"),
    [
        (200, {"cache-control": "max-age=60"}, 60),
        (200, {"cache-control": "public, s-maxage=5, max-age=60"}, 5),
        (200, {}, 7200),
        (404, {}, 180),
        (500, {}, 0),
        (200, {"cache-control": "no-store"}, 0),
        (200, {"cache-control": "private, max-age=60"}, 0),
        (200, {"cache-control": "max-age=0"}, 0),
        (200, {"set-cookie": "a=1", "cache-control": "max-age=60"}, 0),
        (200, {"vary": "*"}, 0),
        (200, {"vary": "accept", "cache-control": "max-age=9"}, 9),
    ],
)
def test_how_long_an_answer_may_be_kept(status: int, headers: dict[str, str], life_s: int) -> None:
    assert life_of(status, tuple(headers.items())) == life_s


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"not HTTP",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 %b OK\r\n\r\n" % (b"2" * 5000),
        b"HTTP/1.1 200 OK\r\n",
    ],
)
def test_what_is_no_answer_is_not_kept(text: bytes) -> None:
    caller = Caller()

    assert caller.caches("PUT", body=text).reply.status == 204
    assert caller.caches("GET").reply.status == 504


def test_any_other_method_is_refused() -> None:
    assert Caller().caches("POST").reply.status == 405
