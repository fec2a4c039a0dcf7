"""What a client does with one request, as data: what it uploads, how fast, how it reads, when it leaves.

The one rule: these are moves, not judgements; the measuring client plays any of them and records what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

LeaveWhen: TypeAlias = Literal["never", "request-sent", "head", "event", "upload"]
Version: TypeAlias = Literal["1.1", "1.0"]
Method: TypeAlias = Literal["POST", "OPTIONS"]
Framing: TypeAlias = Literal["length", "chunked", "chunked-with-extras"]
Coding: TypeAlias = Literal["", "gzip", "deflate", "br", "zstd"]
WORDS: dict[str, tuple[str, ...]] = {
    "version": get_args(Version),
    "method": get_args(Method),
    "framing": get_args(Framing),
    "content_encoding": get_args(Coding),
}
"""What a manner may say where it has a choice of words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a client puts a request in HTTP/1.1 where it may choose. Nothing here is wrong.

    `framing`: a body with its length, in chunks, or in chunks with extensions and trailers (RFC 9112 §7.1).
    `content_type` as it is spelt; empty: none is sent. `content_encoding` codes the body. `accept_encoding` and
    `query` are sent as they are unless they are empty. `expects_continue` waits for a 100 before the body is sent.

    Requests with the same `connection` share one, each as soon as the answer before it is there; those that start
    together are pipelined. Empty: a connection of its own.
    """

    version: Version = "1.1"
    method: Method = "POST"
    query: str = ""
    framing: Framing = "length"
    content_type: str = "application/json"
    content_encoding: Coding = ""
    accept_encoding: str = ""
    expects_continue: bool = False
    connection: str = ""


PLAIN_MANNER = Manner()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMoves:
    """One request's body and the manner of asking.

    Leaving: `never`; `request-sent` right after the request, before any answer; `head` once the status line and
    headers are in; `event` once `leave_after_events` events are in; `upload` after `leave_after_bytes` of the body.
    `leave_rudely` resets the connection instead of closing it. `leave_wait_s` is the pause before going.

    Reading: at most `read_bytes_per_s`, after a first pause of `read_pause_s`. Uploading: pieces of
    `upload_piece_bytes` with `upload_wait_s` of silence between them. None and 0 mean as fast as it goes.

    Behind `stop_after_events` events nothing more is read, and the connection stays open for `stopped_for_s`, then the
    client leaves; 0 events: it reads on.

    `body` is what is meant; what becomes of it on the wire is the `manner`'s business.
    """

    body: bytes = b""
    manner: Manner = PLAIN_MANNER
    leave: LeaveWhen = "never"
    leave_after_events: int = 0
    leave_after_bytes: int = 0
    leave_rudely: bool = False
    leave_wait_s: float = 0.0
    read_bytes_per_s: float | None = None
    read_pause_s: float = 0.0
    upload_piece_bytes: int = 0
    upload_wait_s: float = 0.0
    stop_after_events: int = 0
    stopped_for_s: float = 0.0
