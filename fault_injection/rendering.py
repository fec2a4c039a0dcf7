"""A reply turned into the script that puts it on the wire.

The one rule: `render` adds nothing that a fault could want to lie about and leaves nothing out. What a fault says in
the reply's framing or headers is what goes on the wire, wrong or not (RFC 9112 §6 and §7 say what would be right).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus

from fault_injection.reply import Chunked, Event, Framing, Headers, Length, Reply, UntilClose
from fault_injection.wire import Action, Close, Ending, Keep, Send, Wait, WireScript

_PLAIN_CHUNKS = Chunked()
_LAST_CHUNK = Send(b"0\r\n\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the way of asking allows an answer: by the request's version, its method, and its wish to stay connected."""

    http_10: bool = False
    head_only: bool = False
    keep_alive: bool = True


PLAINLY = Asked()
"""A GET or POST of HTTP/1.1."""


def framing_of(reply: Reply, asked: Asked) -> Framing:
    """Return the framing on the wire: a client of HTTP/1.0 gets no chunked coding (RFC 9112 §6.1)."""
    return UntilClose() if asked.http_10 and isinstance(reply.framing, Chunked) else reply.framing


def has_body(reply: Reply, asked: Asked) -> bool:
    """Whether a body goes out: the answer to a HEAD has none, nor have 204 and 304 (RFC 9110 §6.4.1)."""
    return not asked.head_only and reply.status not in (204, 304)


def closes(reply: Reply, asked: Asked) -> bool:
    """Whether the connection ends behind the answer even when nothing goes wrong (RFC 9112 §9.3)."""
    return not asked.keep_alive or isinstance(framing_of(reply, asked), UntilClose)


def render(reply: Reply, asked: Asked = PLAINLY) -> WireScript:
    """Turn a reply into the script that puts it on the wire.

    The first Send is always the head; then one Send a chunk; then, where there is one, the empty last chunk.
    """
    last: Ending = Close() if isinstance(reply.ending, Keep) and closes(reply, asked) else reply.ending
    actions: list[Action] = [Wait(reply.wait_s)] if reply.wait_s else []
    if reply.mute:
        return (*actions, Close() if isinstance(last, Keep) else last)
    actions.append(Send(_head(reply, asked)))
    if has_body(reply, asked):
        actions += _body(reply, framing_of(reply, asked))
    return (*actions, last)


def _head(reply: Reply, asked: Asked) -> bytes:
    names = {name.lower() for name, _ in reply.headers}
    lines = [f"HTTP/1.1 {reply.status} {_reason(reply.status)}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in reply.headers]
    match framing_of(reply, asked):
        case Chunked():
            lines.append("transfer-encoding: chunked\r\n")
        case Length(off_by_bytes=off):
            if "content-length" not in names and reply.status not in (204, 304):
                lines.append(f"content-length: {max(0, len(reply.body_bytes) + off)}\r\n")
        # UntilClose is told by no header at all.
    announced = closes(reply, asked) or not (isinstance(reply.ending, Keep) or reply.sudden)
    if "connection" not in names and (announced or asked.http_10):
        lines.append(f"connection: {'close' if announced else 'keep-alive'}\r\n")
    return "".join([*lines, "\r\n"]).encode("latin-1", "replace")


def _fields(headers: Headers) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("latin-1", "replace")


@cache
def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"  # Cloudflare's 52x and 530 have no registered phrase


def _body(reply: Reply, framing: Framing) -> list[Action]:
    pieces = reply.events if reply.is_stream else ((Event(reply.body_bytes),) if reply.body_bytes else ())
    if framing == _PLAIN_CHUNKS:
        return [*_plain_chunks(pieces), _LAST_CHUNK]
    bad_at = None
    if isinstance(framing, Chunked) and framing.bad_size_at is not None and pieces:
        bad_at = min(framing.bad_size_at, len(pieces) - 1)
    lacking = framing.lacking_bytes if isinstance(framing, Chunked) else 0
    cut_at = max((index for index, piece in enumerate(pieces) if piece.raw), default=None) if lacking else None
    actions: list[Action] = []
    for index, piece in enumerate(pieces):
        if piece.wait_s:
            actions.append(Wait(piece.wait_s))
        if not piece.raw:
            continue  # an empty chunk would end the body
        if isinstance(framing, Chunked):
            promised = len(piece.raw) + (lacking if index == cut_at else 0)
            size = framing.bad_size if index == bad_at else b"%x" % promised
            end = b"" if index == cut_at else b"\r\n"
            actions.append(Send(size + framing.extension + b"\r\n" + piece.raw + end))
        else:
            actions.append(Send(piece.raw))
    if isinstance(framing, Chunked) and framing.terminated:
        actions.append(Send(b"0" + framing.extension + b"\r\n" + _fields(framing.trailers) + b"\r\n"))
    return actions


def _plain_chunks(pieces: Iterable[Event]) -> Iterator[Action]:
    """Render chunks in which nothing is wrong, which most streams are made of."""
    written: dict[bytes, Send] = {}  # long answers repeat their words
    for piece in pieces:
        raw = piece.raw
        if piece.wait_s:
            yield Wait(piece.wait_s)
        if raw:
            send = written.get(raw)
            if send is None:
                send = written[raw] = Send(b"%x\r\n%b\r\n" % (len(raw), raw))
            yield send
