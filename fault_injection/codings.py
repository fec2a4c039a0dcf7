"""Content codings, written so that every piece can be read as soon as it is there (RFC 9110 §8.4.1).

The one rule: what a reader of the coding makes of it is the very same bytes. Brotli and Zstandard are made by hand and
store what they are given: a reader cannot tell, and no library is needed (RFC 7932 §9.2, RFC 8878 §3.1.1).
"""

from __future__ import annotations

import zlib
from typing import Final, Protocol

_BLOCK: Final = 1 << 16


class Packer(Protocol):
    """Codes a body piece by piece."""

    def piece(self, data: bytes) -> bytes:
        """Return a piece in the coding, all of it."""
        ...

    def end(self) -> bytes:
        """Return what ends the body."""
        ...


class Zlib:
    """gzip, the zlib format and bare deflate, which differ in what `wbits` says."""

    def __init__(self, wbits: int) -> None:
        self._packer = zlib.compressobj(wbits=wbits)

    def piece(self, data: bytes) -> bytes:
        """Return a piece, flushed."""
        return self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        """Return the last block and the checksum."""
        return self._packer.flush()


class Brotli:
    """Brotli: meta-blocks that are not compressed."""

    def __init__(self) -> None:
        self._begun = False

    def piece(self, data: bytes) -> bytes:
        """Return a piece in meta-blocks of its own."""
        return b"".join(self._block(data[at : at + _BLOCK]) for at in range(0, len(data), _BLOCK))

    def _block(self, data: bytes) -> bytes:
        # Not the last (one bit), length in four nibbles (two bits), the length less one, not compressed (one bit).
        head = (len(data) - 1) << 3 | 1 << 19
        if not self._begun:
            head <<= 1  # the stream's first bit says that its window is of 64 KiB
        self._begun = True
        return head.to_bytes(3, "little") + data

    def end(self) -> bytes:
        """Return the last meta-block, which is empty."""
        return b"\x03" if self._begun else b"\x06"


class Zstandard:
    """Zstandard: one frame of raw blocks."""

    def __init__(self) -> None:
        self._head = b"\x28\xb5\x2f\xfd\x00\x58"
        """The magic number, no options, and a window of 2 MiB."""

    def piece(self, data: bytes) -> bytes:
        """Return a piece in blocks of its own."""
        blocks = (data[at : at + _BLOCK] for at in range(0, len(data), _BLOCK))
        head, self._head = self._head, b""
        return head + b"".join((len(block) << 3).to_bytes(3, "little") + block for block in blocks)

    def end(self) -> bytes:
        """Return the last block, which is empty."""
        head, self._head = self._head, b""
        return head + b"\x01\x00\x00"


def packer(coding: str) -> Packer:
    """Return what codes a body in one of the codings that `NAMES` names."""
    match coding:
        case "br":
            return Brotli()
        case "zstd":
            return Zstandard()
        case _:
            return Zlib({"gzip": 31, "deflate": 15, "bare-deflate": -15}[coding])


NAMES: Final = {"gzip": "gzip", "deflate": "deflate", "bare-deflate": "deflate", "br": "br", "zstd": "zstd"}
"""Every coding, and its name in `Content-Encoding`; servers have given that of the zlib format to bare deflate, too."""
