"""A reply on the wire."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fault_injection.rendering import Asked, render
from fault_injection.reply import Chunked, Event, Length, Reply, UntilClose, event, json_reply, stream_reply
from fault_injection.wire import KEEP, Close, Ending, Reset, Send, Wait, ending, payload

STREAM = stream_reply((event("a"), event("b", 0.5)))


def test_a_json_reply_is_measured_and_kept_alive() -> None:
    assert render(json_reply(b"{}", status=404, headers=(("x-a", "1"),))) == (
        Send(b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\nx-a: 1\r\ncontent-length: 2\r\n\r\n"),
        Send(b"{}"),
        KEEP,
    )


def test_a_stream_is_one_chunk_an_event_with_its_silence_before_it() -> None:
    assert render(STREAM) == (
        Send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"),
        Send(b"9\r\ndata: a\n\n\r\n"),
        Wait(0.5),
        Send(b"9\r\ndata: b\n\n\r\n"),
        Send(b"0\r\n\r\n"),
        KEEP,
    )


def test_http_10_gets_no_chunks_and_a_closed_connection() -> None:
    script = render(STREAM, Asked(http_10=True))

    assert payload(script).endswith(b"connection: close\r\n\r\ndata: a\n\ndata: b\n\n")
    assert b"chunked" not in payload(script)
    assert ending(script) == Close()


def test_a_head_request_gets_the_head_alone() -> None:
    assert render(json_reply(b"{}"), Asked(head_only=True))[1:] == (KEEP,)


@pytest.mark.parametrize(
    ("asked", "said", "end"),
    [
        (Asked(), None, KEEP),
        (Asked(keep_alive=False), b"close", Close()),
        (Asked(http_10=True, keep_alive=False), b"close", Close()),
        (Asked(http_10=True), b"keep-alive", KEEP),
    ],
    ids=str,
)
def test_the_connection_is_kept_as_the_request_wishes(asked: Asked, said: bytes | None, end: Ending) -> None:
    """RFC 9112 §9.3: HTTP/1.0 keeps a connection where both say keep-alive; HTTP/1.1 unless one says close."""
    script = render(json_reply(b"{}"), asked)

    assert re.findall(rb"connection: ([a-z-]+)", payload(script)) == ([said] if said else [])
    assert ending(script) == end


@pytest.mark.parametrize("asked", [Asked(), Asked(http_10=True), Asked(keep_alive=False)], ids=str)
@pytest.mark.parametrize("end", [Close(), Reset()])
def test_a_sudden_end_is_told_by_nothing_before_it(asked: Asked, end: Ending) -> None:
    clean = json_reply(b"{}")

    script = render(replace(clean, ending=end, sudden=True), asked)

    assert payload(script) == payload(render(clean, asked))
    assert ending(script) == end


def test_a_chunk_can_stop_short_of_its_size() -> None:
    script = render(replace(STREAM, framing=Chunked(terminated=False, lacking_bytes=3), ending=Close(), sudden=True))

    assert payload(script).endswith(b"9\r\ndata: a\n\n\r\nc\r\ndata: b\n\n")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_no_length(status: int) -> None:
    assert payload(render(Reply(status=status))) in (
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
    )


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    script = render(Reply(body=b"x", framing=UntilClose()))

    assert script == (Send(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"), Send(b"x"), Close())


def test_a_header_set_by_hand_is_left_as_it_is() -> None:
    said = Reply(headers=(("Content-Length", "9"), ("Connection", "maybe")), body=b"x", ending=Reset())

    assert render(said)[0] == Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: maybe\r\n\r\n")


def test_a_length_can_be_wrong_but_not_negative() -> None:
    assert b"content-length: 0\r\n" in payload(render(Reply(body=b"x", framing=Length(off_by_bytes=-9))))


def test_a_status_without_a_registered_phrase_is_still_sent() -> None:
    assert payload(render(Reply(status=530))).startswith(b"HTTP/1.1 530 Unknown\r\n")


def test_the_size_of_the_last_chunk_is_spoiled_where_there_are_fewer() -> None:
    bad = replace(STREAM, framing=Chunked(bad_size_at=9))

    assert payload(render(bad)).endswith(b"9\r\ndata: a\n\n\r\nzz\r\ndata: b\n\n\r\n0\r\n\r\n")


def test_no_chunk_is_spoiled_where_there_is_none() -> None:
    assert payload(render(Reply(framing=Chunked(bad_size_at=0)))).endswith(b"\r\n\r\n0\r\n\r\n")


def test_an_event_of_no_bytes_is_silence_and_no_chunk() -> None:
    assert render(stream_reply((Event(b"", 2.0),)))[1:] == (Wait(2.0), Send(b"0\r\n\r\n"), KEEP)


def test_a_mute_reply_sends_nothing_and_ends() -> None:
    assert render(Reply(mute=True, wait_s=2.0)) == (Wait(2.0), Close())
    assert render(Reply(mute=True, ending=Reset())) == (Reset(),)


def test_chunks_carry_extensions_and_the_last_its_trailers() -> None:
    said = Reply(body=b"x", framing=Chunked(extension=b";a", trailers=(("t", "1"), ("u", "2"))))

    assert payload(render(said)).endswith(b"\r\n\r\n1;a\r\nx\r\n0;a\r\nt: 1\r\nu: 2\r\n\r\n")
