"""A request as bytes: its head, its body as it is coded, and each piece of that as it is framed.

The one rule: whatever a manner says is right HTTP/1.1 (RFC 9110, RFC 9112), or HTTP/1.0 where it says so.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from urllib.parse import SplitResult

import brotli
import zstandard

from fault_injection.client import ClientMoves, Coding, Manner
from fault_injection.reply import Headers

_CHUNKS = 3
"""Into how many chunks a body is put that is not sent in pieces anyway."""
_EXTENSION = b';edge=1;note="a; b\\"c"'
_TRAILER = "X-Edgeproof-Sum"


def target_of(path: str, query: str) -> str:
    """Return a request's target: its path, and the query behind whatever query the path has."""
    return f"{path}{'&' if '?' in path else '?'}{query}" if query else path


def headers_of(headers: Headers, method: str, moves: ClientMoves, body_bytes: int, url: SplitResult) -> Headers:
    """Return the headers of a request with those that its manner and its framing need, unless they are given."""
    manner = moves.manner
    names = {name.lower() for name, _ in headers}
    added: list[tuple[str, str]] = []
    if "host" not in names:
        added.append(("Host", url.netloc.rpartition("@")[2]))
    if not names & {"content-length", "transfer-encoding"}:
        added += _framing_headers(manner, method, body_bytes)
    told = {
        "Content-Encoding": manner.content_encoding,
        "Accept-Encoding": manner.accept_encoding,
        "Expect": "100-continue" if manner.expects_continue else "",
        "Connection": "keep-alive" if manner.version == "1.0" and manner.connection else "",
    }
    added += [(name, value) for name, value in told.items() if value and name.lower() not in names]
    return (*added, *headers)


def _framing_headers(manner: Manner, method: str, body_bytes: int) -> list[tuple[str, str]]:
    if not body_bytes and method not in ("POST", "PUT"):
        return []
    if not is_chunked(manner):
        return [("Content-Length", str(body_bytes))]
    trailer = [("Trailer", _TRAILER)] if manner.framing == "chunked-with-extras" else []
    return [("Transfer-Encoding", "chunked"), *trailer]


def is_chunked(manner: Manner) -> bool:
    """Whether the body goes out in chunks, which HTTP/1.0 does not have (RFC 9112 §7.1)."""
    return manner.framing != "length" and manner.version != "1.0"


def head_of(method: str, target: str, version: str, headers: Headers) -> bytes:
    """Return the head of a request, blank line included."""
    lines = [f"{method} {target} HTTP/{version}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"


def pieces_of(body: bytes, moves: ClientMoves) -> Iterator[bytes]:
    """Yield a body in the pieces in which it is sent, each framed; the end of the framing comes with the last."""
    manner = moves.manner
    size = moves.upload_piece_bytes or (len(body) // _CHUNKS + 1 if is_chunked(manner) else max(1, len(body)))
    cut = [body[start : start + size] for start in range(0, len(body), size)]
    if not is_chunked(manner):
        yield from cut
        return
    extras = manner.framing == "chunked-with-extras"
    extension = _EXTENSION if extras else b""
    yield from (b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in cut)
    trailer = f"{_TRAILER}: {zlib.crc32(body):08x}\r\n".encode() if extras else b""
    yield b"0%b\r\n%b\r\n" % (extension, trailer)


def _gzip(body: bytes) -> bytes:
    coder = zlib.compressobj(wbits=31)
    return coder.compress(body) + coder.flush()


_CODERS: Mapping[Coding, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "": bytes,
        "gzip": _gzip,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": lambda body: zstandard.ZstdCompressor().compress(body),
    }
)


def coded(body: bytes, manner: Manner) -> bytes:
    """Return a body in the coding that its manner says (RFC 9110 §8.4.1; `deflate` is the zlib format)."""
    return _CODERS[manner.content_encoding](body)
