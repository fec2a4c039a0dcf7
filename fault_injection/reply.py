"""A reply before it becomes bytes: status, headers, framing, and a body or a list of timed events.

The one rule: `render` adds nothing that a fault could want to lie about and leaves nothing out. What a fault says in
the reply's framing or headers is what goes on the wire, wrong or not (RFC 9112 §6 and §7 say what would be right).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from typing import TypeAlias

from fault_injection.wire import KEEP, Action, Close, Ending, Keep, Send, Wait, WireScript

Headers: TypeAlias = tuple[tuple[str, str], ...]


def header_of(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """Return the value of the first header of that name, whatever its case."""
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return None


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event as it stands on the wire, blank line included, and the silence before it in seconds."""

    raw: bytes
    wait_s: float = 0.0

    @property
    def data(self) -> bytes:
        """The event's data lines joined by LF (WHATWG HTML §9.2.6); empty when it has none."""
        lines = self.raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        values = [line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:")]
        return b"\n".join(values)

    @property
    def is_done(self) -> bool:
        """Whether this is the `[DONE]` mark that ends an OpenAI-style stream."""
        return self.data.strip() == b"[DONE]"


def event(data: str | bytes, wait_s: float = 0.0) -> Event:
    """Build the event that Workers AI sends for one payload: `data: ` + payload + a blank line."""
    text = data.encode() if isinstance(data, str) else data
    return Event(b"data: " + text + b"\n\n", wait_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunked:
    """Chunked transfer coding (RFC 9112 §7.1), one chunk a piece of the body.

    `terminated=False` leaves the last, empty chunk out; with `lacking_bytes` the chunk before it stops so many bytes
    short of its size, as it does when an upstream dies inside a chunk. `bad_size_at` puts `bad_size` in place of the
    size of that chunk (0-based; a body with fewer chunks has its last one spoiled). `extension` stands behind every
    chunk's size (§7.1.1), `trailers` follow the last chunk (§7.1.2).
    """

    terminated: bool = True
    lacking_bytes: int = 0
    bad_size_at: int | None = None
    bad_size: bytes = b"zz"
    extension: bytes = b""
    trailers: Headers = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """A Content-Length: the body's true length plus `off_by_bytes`."""

    off_by_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilClose:
    """No length at all: the body ends where the connection does (RFC 9112 §6.3 rule 8)."""


Framing: TypeAlias = Chunked | Length | UntilClose

_PLAIN_CHUNKS = Chunked()
_LAST_CHUNK = Send(b"0\r\n\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a server means to answer. A stream has a tuple of events for a body; anything else has bytes.

    A `mute` reply sends nothing at all: silence for `wait_s`, then the connection ends. The head announces an ending
    that is not `Keep`, as RFC 9112 §9.6 asks, unless the ending is `sudden`: an upstream that dies says nothing.
    `binding` is who reads it and takes errors in a form of its own: the kind of a binding inside a Worker, `anthropic`,
    or `s3` for clients of R2's S3 API.
    """

    status: int = 200
    headers: Headers = ()
    body: bytes | tuple[Event, ...] = b""
    framing: Framing = Length()
    wait_s: float = 0.0
    ending: Ending = KEEP
    sudden: bool = False
    mute: bool = False
    binding: str = ""

    @property
    def is_stream(self) -> bool:
        """Whether the body is a list of events."""
        return isinstance(self.body, tuple)

    @property
    def events(self) -> tuple[Event, ...]:
        """The events of a stream; none for another reply."""
        return self.body if isinstance(self.body, tuple) else ()

    @property
    def body_bytes(self) -> bytes:
        """The body as it would arrive, whole, without its framing."""
        return self.body if isinstance(self.body, bytes) else b"".join(item.raw for item in self.body)

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case."""
        return header_of(self.headers, name)

    def led_by(self, headers: Headers) -> Reply:
        """Return the reply with these headers before its own."""
        return Reply(  # every answer passes here, and `replace` takes three times as long
            status=self.status,
            headers=(*headers, *self.headers),
            body=self.body,
            framing=self.framing,
            wait_s=self.wait_s,
            ending=self.ending,
            sudden=self.sudden,
            mute=self.mute,
            binding=self.binding,
        )

    def with_header(self, name: str, value: str) -> Reply:
        """Return the reply with that header set once, in the place of any it replaces."""
        names = [key.lower() for key, _ in self.headers]
        place = names.index(name.lower()) if name.lower() in names else len(names)
        kept = self.without_header(name).headers
        return replace(self, headers=(*kept[:place], (name, value), *kept[place:]))

    def without_header(self, name: str) -> Reply:
        """Return the reply without any header of that name."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() != name.lower()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the way of asking allows an answer: by the request's version, its method, and its wish to stay connected."""

    http_10: bool = False
    head_only: bool = False
    keep_alive: bool = True


PLAINLY = Asked()
"""A GET or POST of HTTP/1.1."""


def json_reply(body: bytes, *, status: int = 200, headers: Headers = ()) -> Reply:
    """Build an ordinary JSON reply."""
    return Reply(status=status, headers=(("content-type", "application/json"), *headers), body=body)


def stream_reply(events: tuple[Event, ...], *, headers: Headers = ()) -> Reply:
    """Build an ordinary event stream, chunked, one chunk an event."""
    content_type = ("content-type", "text/event-stream")
    return Reply(headers=(content_type, *headers), body=events, framing=Chunked())


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
