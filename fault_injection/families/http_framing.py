"""Faults of HTTP's framing and encoding: lengths, chunks, trailers, gzip and connections that lie.

The one rule: the body's own bytes stay what they were (or what gzip makes of them); it is the wrapping that is wrong.
Encode last: a fault that looks for events finds none in compressed bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection import codings
from fault_injection.fault import Fault, Law, Need, ReplyFault, Turn, param
from fault_injection.reply import Chunked, Event, Framing, Length, Reply
from fault_injection.stream import cut_events
from fault_injection.wire import Close, Keep

_CHUNKED_TELL = "an answer with a length, which is no stream, comes in chunks instead"


@dataclass(frozen=True, kw_only=True)
class MissingFinalChunk(ReplyFault):
    """The body stops before its last, empty chunk and the connection closes without notice (RFC 9112 §7.1, §8)."""

    id: ClassVar[str] = "http.missing_final_chunk"
    law: ClassVar[Law] = Law.SAME_BYTES
    needs: ClassVar[tuple[Need, ...]] = (
        Need.BODY,
        Need.CHUNKS,
    )
    tell: ClassVar[str] = _CHUNKED_TELL

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return _dropped(_unmeasured(reply), replace(_chunked(reply), terminated=False))


@dataclass(frozen=True, kw_only=True)
class BadChunkSize(ReplyFault):
    """The size of one chunk is not the number it should be (RFC 9112 §7.1), and the connection closes at the end."""

    id: ClassVar[str] = "http.bad_chunk_size"
    law: ClassVar[Law] = Law.SAME_BYTES
    needs: ClassVar[tuple[Need, ...]] = (
        Need.BODY,
        Need.CHUNKS,
    )
    tell: ClassVar[str] = _CHUNKED_TELL
    at_chunk: int = param(0, "which chunk, from 0; clamped to the last", low=0, high=1_000_000)
    text: str = param("zz", "what stands in the size's place")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        size = self.text.encode("latin-1", "replace")
        framing = replace(_chunked(reply), bad_size_at=self.at_chunk, bad_size=size)
        return _dropped(_unmeasured(reply), framing)


@dataclass(frozen=True, kw_only=True)
class ChunkExt(ReplyFault):
    """Every chunk carries an extension after its size, which a reader must ignore (RFC 9112 §7.1.1)."""

    id: ClassVar[str] = "http.chunk_ext"
    law: ClassVar[Law] = Law.SAME_BYTES
    needs: ClassVar[tuple[Need, ...]] = (
        Need.BODY,
        Need.CHUNKS,
    )
    tell: ClassVar[str] = _CHUNKED_TELL
    text: str = param("edge=1", "the extension, without its semicolon")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        extension = b";" + self.text.encode("latin-1", "replace")
        return replace(_unmeasured(reply), framing=replace(_chunked(reply), extension=extension))


@dataclass(frozen=True, kw_only=True)
class Trailers(ReplyFault):
    """Header fields follow the body, which a reader may ignore (RFC 9112 §7.1.2)."""

    id: ClassVar[str] = "http.trailers"
    law: ClassVar[Law] = Law.SAME_BYTES
    needs: ClassVar[tuple[Need, ...]] = (
        Need.BODY,
        Need.CHUNKS,
    )
    tell: ClassVar[str] = "a sender names its trailers in the head (RFC 9110 §6.6.2)"
    name: str = param("x-checksum", "the field's name")
    value: str = param("0", "the field's value")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        framing = replace(_chunked(reply), trailers=((self.name, self.value),))
        return replace(_unmeasured(reply).with_header("trailer", self.name), framing=framing)


@dataclass(frozen=True, kw_only=True)
class WrongContentLength(ReplyFault):
    """Content-Length promises more bytes than come, or fewer (RFC 9112 §6.3); the connection closes at the end."""

    id: ClassVar[str] = "http.wrong_content_length"
    law: ClassVar[Law] = Law.SAME_BYTES
    needs: ClassVar[tuple[Need, ...]] = (Need.BODY,)
    tell: ClassVar[str] = "the length is the fault"
    looks_ahead: ClassVar[bool] = True  # the head promises a length that only the end of the answer tells
    off_by_bytes: int = param(10, "added to the true length", unit="bytes", low=-1_048_576, high=1_048_576)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        if not self.off_by_bytes:
            return reply
        return _dropped(_unmeasured(reply), Length(off_by_bytes=self.off_by_bytes))


@dataclass(frozen=True, kw_only=True)
class KeepaliveLie(ReplyFault):
    """The answer says keep-alive, but the connection closes anyway."""

    id: ClassVar[str] = "http.keepalive_lie"
    law: ClassVar[Law] = Law.SAME_BYTES
    needs: ClassVar[tuple[Need, ...]] = (Need.KEPT,)
    tell: ClassVar[str] = "the header is the fault"

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return replace(reply.with_header("connection", "keep-alive"), ending=Close(), sudden=True)


@dataclass(frozen=True, kw_only=True)
class AnnouncedClose(ReplyFault):
    """The head announces that the connection closes after this answer, as any upstream may (RFC 9112 §9.6)."""

    id: ClassVar[str] = "http.announced_close"
    law: ClassVar[Law] = Law.SAME_BYTES
    needs: ClassVar[tuple[Need, ...]] = (Need.KEPT,)
    tell: ClassVar[str] = "the header is the fault; with a cut it makes one that clients know beforehand"

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        ending = Close() if isinstance(reply.ending, Keep) else reply.ending
        return replace(reply.with_header("connection", "close"), ending=ending)


@dataclass(frozen=True, kw_only=True)
class Gzip(ReplyFault):
    """The body is gzip, correctly; every event is flushed as it is sent."""

    id: ClassVar[str] = "http.gzip"
    law: ClassVar[Law] = Law.SAME_MEANING
    needs: ClassVar[tuple[Need, ...]] = (Need.BODY,)
    tell: ClassVar[str] = "the head names the coding"

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return _coded(reply, "gzip")


@dataclass(frozen=True, kw_only=True)
class Compressed(ReplyFault):
    """The body is in a coding that fewer clients know, correctly; every event is flushed as it is sent."""

    id: ClassVar[str] = "http.compressed"
    law: ClassVar[Law] = Law.SAME_MEANING
    needs: ClassVar[tuple[Need, ...]] = (Need.BODY,)
    tell: ClassVar[str] = "the head names the coding"
    coding: str = param(
        "deflate",
        "which one; bare-deflate lacks the wrapper that belongs to deflate",
        choices=("deflate", "bare-deflate", "br", "zstd"),
    )

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return _coded(reply, self.coding)


@dataclass(frozen=True, kw_only=True)
class GzipTruncated(ReplyFault):
    """The body is gzip whose data stops halfway, while the framing around it is whole."""

    id: ClassVar[str] = "http.gzip_truncated"
    law: ClassVar[Law] = Law.OTHER_BYTES
    needs: ClassVar[tuple[Need, ...]] = (Need.BODY,)
    tell: ClassVar[str] = "the head names the coding"
    looks_ahead: ClassVar[bool] = True  # half of what, only the end of the answer tells
    keep_fraction: float = param(
        0.5, "part of the compressed bytes that arrives; at least one byte is lost", low=0, high=1
    )

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        whole = _coded(reply, "gzip")
        size = len(whole.body_bytes)
        keep = max(0, min(int(size * self.keep_fraction), size - 1))
        return replace(whole, body=whole.body[:keep] if isinstance(whole.body, bytes) else cut_events(whole.body, keep))


@dataclass(frozen=True, kw_only=True)
class GzipLie(ReplyFault):
    """The header says gzip, but the body is plain."""

    id: ClassVar[str] = "http.gzip_lie"
    law: ClassVar[Law] = Law.SAME_BYTES
    needs: ClassVar[tuple[Need, ...]] = (Need.BODY,)
    tell: ClassVar[str] = "the header is the fault"

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return reply.with_header("content-encoding", "gzip")


def _chunked(reply: Reply) -> Chunked:
    return reply.framing if isinstance(reply.framing, Chunked) else Chunked()


def _dropped(reply: Reply, framing: Framing) -> Reply:
    """Frame the reply so, and end the connection behind it without having said that it would end."""
    return replace(reply, framing=framing, ending=Close(), sudden=True)


def _unmeasured(reply: Reply) -> Reply:
    """Take out a Content-Length set by hand: it would contradict the framing a fault is about to set."""
    return reply.without_header("content-length")


def _coded(reply: Reply, coding: str) -> Reply:
    packer = codings.packer(coding)
    if isinstance(reply.body, bytes):
        body: bytes | tuple[Event, ...] = packer.piece(reply.body) + packer.end()
    else:
        body = (*(replace(item, raw=packer.piece(item.raw)) for item in reply.body), Event(packer.end()))
    return replace(_unmeasured(reply).with_header("content-encoding", codings.NAMES[coding]), body=body)


FAULTS: tuple[type[Fault], ...] = (
    MissingFinalChunk,
    BadChunkSize,
    ChunkExt,
    Trailers,
    WrongContentLength,
    KeepaliveLie,
    AnnouncedClose,
    Gzip,
    Compressed,
    GzipTruncated,
    GzipLie,
)
