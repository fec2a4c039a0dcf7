"""A reply before it becomes bytes: status, headers, framing, and a body or a list of timed events.

The one rule: it is data, and may say what no correct server would; how it is put on the wire is decided in `rendering`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from fault_injection.wire import KEEP, Ending

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


def json_reply(body: bytes, *, status: int = 200, headers: Headers = ()) -> Reply:
    """Build an ordinary JSON reply."""
    return Reply(status=status, headers=(("content-type", "application/json"), *headers), body=body)


def stream_reply(events: tuple[Event, ...], *, headers: Headers = ()) -> Reply:
    """Build an ordinary event stream, chunked, one chunk an event."""
    content_type = ("content-type", "text/event-stream")
    return Reply(headers=(content_type, *headers), body=events, framing=Chunked())
