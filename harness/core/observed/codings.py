"""A body freed of its content coding as it comes, so that what is in it has the time at which it could be read.

The one rule: nothing is held back that a client could already read. Source: RFC 9110 §8.4.1.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Protocol

import brotli
import zstandard

_RAW: int = -zlib.MAX_WBITS
_GZIP_OR_ZLIB: int = 32 + zlib.MAX_WBITS


class UndecodableError(ValueError):
    """A body is not in the coding that its head names."""


class Decoding(Protocol):
    """Takes a body piece by piece."""

    def feed(self, data: bytes) -> bytes:
        """Return what can be read now. Raises UndecodableError."""
        ...


class _Identity:
    def feed(self, data: bytes) -> bytes:
        return data


class _Inflate:
    """gzip and the zlib format, told apart by their headers."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)

    def feed(self, data: bytes) -> bytes:
        try:
            return self._inflate.decompress(data)
        except zlib.error as error:
            raise UndecodableError(str(error)) from None


class _Deflate(_Inflate):
    """`deflate` in both of its forms: the zlib format, and the bare one that some servers send."""

    def __init__(self) -> None:
        super().__init__()
        self._tried: bytes | None = b""
        """What came before it was clear which form it is; None since then."""

    def feed(self, data: bytes) -> bytes:
        tried, self._tried = self._tried, None
        try:
            plain = super().feed(data)
        except UndecodableError:
            if tried is None:
                raise
            self._inflate = zlib.decompressobj(wbits=_RAW)
            return super().feed(tried + data)
        if tried is not None and not plain:
            self._tried = tried + data
        return plain


class _Brotli:
    """RFC 7932."""

    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()

    def feed(self, data: bytes) -> bytes:
        try:
            return bytes(self._decoder.process(data))
        except brotli.error as error:
            raise UndecodableError(str(error)) from None


class _Zstandard:
    """RFC 8878."""

    def __init__(self) -> None:
        self._decoder = zstandard.ZstdDecompressor().decompressobj(read_across_frames=True)

    def feed(self, data: bytes) -> bytes:
        try:
            return self._decoder.decompress(data)
        except zstandard.ZstdError as error:
            raise UndecodableError(str(error)) from None


_CODINGS: dict[str, Callable[[], Decoding]] = {
    "gzip": _Inflate,
    "x-gzip": _Inflate,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstandard,
}


def decoding(content_encoding: str) -> Decoding:
    """Return what reads a body in a coding; one that is not known, or none, is read as it is."""
    return _CODINGS.get(content_encoding.strip().lower(), _Identity)()
