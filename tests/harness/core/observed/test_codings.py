"""A coded body is read as it comes, and what is no such coding says so."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard

from harness.core.observed.codings import UndecodableError, decoding

TEXT = b"data: hello\n\n" * 20


def _raw(data: bytes) -> bytes:
    coder = zlib.compressobj(wbits=-15)
    return coder.compress(data) + coder.flush()


@pytest.mark.parametrize(
    ("coding", "coded"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        (" GZIP ", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", _raw(TEXT)),
        ("br", brotli.compress(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
        ("identity", TEXT),
        ("", TEXT),
        ("of-the-future", TEXT),
    ],
    ids=["gzip", "in capitals", "x-gzip", "zlib", "bare deflate", "br", "zstd", "identity", "none", "unknown"],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_body_is_the_same_however_it_was_split(coding: str, coded: bytes, size: int) -> None:
    reader = decoding(coding)

    assert b"".join(reader.feed(coded[at : at + size]) for at in range(0, len(coded), size)) == TEXT


def test_what_has_been_flushed_can_be_read_at_once() -> None:
    coder = zlib.compressobj(wbits=31)
    first = coder.compress(b"data: a\n\n") + coder.flush(zlib.Z_SYNC_FLUSH)

    assert decoding("gzip").feed(first) == b"data: a\n\n"


def test_brotli_and_zstandard_too_are_read_as_far_as_they_were_flushed() -> None:
    compressor = brotli.Compressor()
    packed = compressor.process(b"data: a\n\n") + compressor.flush()
    coder = zstandard.ZstdCompressor().compressobj()
    zipped = coder.compress(b"data: a\n\n") + coder.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    assert decoding("br").feed(packed) == b"data: a\n\n"
    assert decoding("zstd").feed(zipped) == b"data: a\n\n"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_what_is_in_another_coding_cannot_be_read(coding: str) -> None:
    with pytest.raises(UndecodableError):
        decoding(coding).feed(b"data: plain\n\n")


@pytest.mark.parametrize("coded", [gzip.compress(TEXT, mtime=0)[:-8], zlib.compress(TEXT)[:-4]], ids=["gzip", "zlib"])
def test_a_sum_that_is_wrong_says_that_something_broke(coded: bytes) -> None:
    reader = decoding("deflate")
    assert reader.feed(coded) == TEXT

    with pytest.raises(UndecodableError):
        reader.feed(b"\xff" * 8)
