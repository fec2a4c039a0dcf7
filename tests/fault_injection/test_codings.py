"""What is coded piece by piece is read piece by piece, and is the same bytes in the end."""

from __future__ import annotations

import zlib

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from fault_injection.codings import NAMES, packer
from tests.fault_injection.meaning import plain

PIECES = st.lists(st.binary(max_size=40) | st.just(b"x" * 70_000), max_size=4)


@pytest.mark.parametrize("coding", NAMES)
@given(pieces=PIECES)
@settings(max_examples=25)
def test_a_body_in_a_coding_is_the_same_body(coding: str, pieces: list[bytes]) -> None:
    coded = packer(coding)

    body = b"".join(map(coded.piece, pieces)) + coded.end()

    assert plain(body, NAMES[coding]) == b"".join(pieces)


def test_a_piece_can_be_read_before_the_next_one_comes() -> None:
    flushed, inflate = packer("deflate"), zlib.decompressobj()

    for piece in (b"one", b"two"):
        assert inflate.decompress(flushed.piece(piece)) == piece


def test_a_library_reads_what_is_stored_as_brotli() -> None:
    reader = pytest.importorskip("brotli").Decompressor()
    coded = packer("br")

    assert reader.process(coded.piece(b"one")) == b"one"
    assert reader.process(coded.piece(b"x" * 70_000)) == b"x" * 70_000
    assert reader.process(coded.end()) == b""
    assert reader.is_finished()
