from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from random import Random

import pytest

from fault_injection.families import http_framing
from fault_injection.fault import Turn
from fault_injection.rendering import render
from fault_injection.reply import Length, Reply, event, json_reply, stream_reply
from fault_injection.wire import Close, Reset, Send, ending, payload
from tests.fault_injection.families.examples import Example, itself, rows
from tests.fault_injection.golden import ENVELOPE, NATIVE
from tests.fault_injection.meaning import plain

SMALL = stream_reply((event("a"), event("b")))


def body_wire(reply: Reply) -> bytes:
    return payload(render(reply)).partition(b"\r\n\r\n")[2]


def unpacked(reply: Reply) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(reply.body_bytes)


EXAMPLES = (
    Example("http.missing_final_chunk", SMALL, body_wire, b"9\r\ndata: a\n\n\r\n9\r\ndata: b\n\n\r\n"),
    Example("http.missing_final_chunk", json_reply(b"{}"), body_wire, b"2\r\n{}\r\n"),
    Example("http.missing_final_chunk", SMALL, lambda reply: ending(render(reply)), Close()),
    Example("http.bad_chunk_size(at_chunk=1)", SMALL, body_wire, b"9\r\ndata: a\n\n\r\nzz\r\ndata: b\n\n\r\n0\r\n\r\n"),
    Example("http.bad_chunk_size(at_chunk=9, text=-1)", json_reply(b"{}"), body_wire, b"-1\r\n{}\r\n0\r\n\r\n"),
    Example(
        'http.chunk_ext(text="edge=1")',
        SMALL,
        body_wire,
        b"9;edge=1\r\ndata: a\n\n\r\n9;edge=1\r\ndata: b\n\n\r\n0;edge=1\r\n\r\n",
    ),
    Example("http.trailers", json_reply(b"{}"), body_wire, b"2\r\n{}\r\n0\r\nx-checksum: 0\r\n\r\n"),
    Example("http.trailers", SMALL, lambda reply: reply.header("trailer"), "x-checksum"),
    Example(
        "http.wrong_content_length(off_by_bytes=-1)",
        json_reply(b"{}"),
        lambda reply: payload(render(reply)),
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1\r\n\r\n{}",
    ),
    Example("http.wrong_content_length", SMALL, lambda reply: reply.framing, Length(off_by_bytes=10)),
    Example("http.wrong_content_length(off_by_bytes=0)", SMALL, itself, SMALL),
    Example("http.keepalive_lie", SMALL, lambda reply: b"connection: close" in payload(render(reply)), False),
    Example("http.keepalive_lie", SMALL, lambda reply: ending(render(reply)), Close()),
    Example(
        "http.announced_close",
        json_reply(b"{}"),
        render,
        (
            Send(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 2\r\n\r\n"
            ),
            Send(b"{}"),
            Close(),
        ),
    ),
    Example("http.announced_close", replace(SMALL, ending=Reset()), lambda reply: reply.ending, Reset()),
    Example("http.gzip", ENVELOPE, lambda reply: gzip.decompress(reply.body_bytes), ENVELOPE.body_bytes),
    Example("http.gzip", NATIVE, lambda reply: gzip.decompress(reply.body_bytes), NATIVE.body_bytes),
    Example("http.gzip", NATIVE, lambda reply: len(reply.events), len(NATIVE.events) + 1),
    Example("http.compressed", ENVELOPE, lambda reply: plain(reply.body_bytes, "deflate"), ENVELOPE.body_bytes),
    Example("http.compressed", NATIVE, lambda reply: plain(reply.body_bytes, "deflate"), NATIVE.body_bytes),
    Example("http.compressed(coding=br)", NATIVE, lambda reply: plain(reply.body_bytes, "br"), NATIVE.body_bytes),
    Example("http.compressed(coding=zstd)", NATIVE, lambda reply: plain(reply.body_bytes, "zstd"), NATIVE.body_bytes),
    Example("http.compressed(coding=bare-deflate)", NATIVE, lambda reply: reply.header("content-encoding"), "deflate"),
    Example("http.compressed(coding=br)", ENVELOPE, lambda reply: reply.header("content-encoding"), "br"),
    Example("http.compressed", NATIVE, lambda reply: reply.header("content-encoding"), "deflate"),
    Example("http.gzip_truncated", ENVELOPE, lambda reply: ENVELOPE.body_bytes.startswith(unpacked(reply)), True),
    Example("http.gzip_truncated(keep_fraction=1)", NATIVE, unpacked, NATIVE.body_bytes),
    Example("http.gzip_truncated(keep_fraction=0)", NATIVE, lambda reply: reply.body_bytes, b""),
    Example("http.gzip_lie", ENVELOPE, lambda reply: reply.header("content-encoding"), "gzip"),
)


@rows(*EXAMPLES)
def test_a_fault_of_framing_does_what_it_says(example: Example) -> None:
    example.check()


def test_a_gzip_cut_by_one_byte_is_an_incomplete_file() -> None:
    reply = http_framing.GzipTruncated(keep_fraction=1).apply(ENVELOPE, Turn(Random(1)))

    with pytest.raises(EOFError):
        gzip.decompress(reply.body_bytes)


def test_each_event_of_a_compressed_stream_can_be_read_when_it_comes() -> None:
    reply = http_framing.Gzip().apply(NATIVE, Turn(Random(1)))

    reader = zlib.decompressobj(wbits=31)

    assert [reader.decompress(item.raw) for item in reply.events[:-1]] == [item.raw for item in NATIVE.events]
