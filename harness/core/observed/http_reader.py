"""One HTTP/1.1 answer from bytes, by the letter of RFC 9112, incrementally.

The one rule: the reader gives the same values and the same problem however the bytes were split. It never guesses what
a sender meant: the first breach is kept in `problem`, and where the breach leaves the rest without meaning, it stops.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Self

from fault_injection.reply import Headers, header_of
from harness.core.observed.fields import read_field
from harness.core.observed.framing import BodyFraming, framing_of, keeps_connection

_LONGEST_LINE_BYTES = 1_048_576
_MOST_FIELDS = 1_000
_MOST_SURPLUS_BYTES = 1_048_576
_QUOTED_BYTES = 40
_STATUS_LINE = re.compile(rb"HTTP/(1\.[0-9]) ([1-9][0-9]{2}) ([\t \x21-\x7e\x80-\xff]*)\Z")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})([ \t]*;[\t \x21-\x7e\x80-\xff]*)?\Z")

_SPOILED_END = re.compile(rb"[0-9A-Fa-f]{1,16}\r")


class ResponseReader:
    """Reads one answer: `feed` bytes as they come, `take` the body as far as it came, `eof` when the peer has closed.

    Interim answers (1xx but 101) are skipped and kept in `interim`. `complete` says that the framing was satisfied; a
    complete answer can still have a problem, such as surplus bytes behind its end.
    """

    def __init__(self, method: str = "POST", *, version: str = "1.1") -> None:
        self.version = ""
        self.status: int | None = None
        self.reason = ""
        self.headers: Headers = ()
        self.trailers: Headers = ()
        self.interim: tuple[int, ...] = ()
        self.head_done = False
        self.framing: BodyFraming | None = None
        self.complete = False
        self.line_end_spoiled = False
        """Whether it stopped at a line end between chunks of which one byte is another: some readers skip it unread."""
        self.body_bytes = 0
        """Body bytes so far, framing not counted."""
        self.fed_bytes = 0
        """All bytes so far."""
        self.surplus_bytes = 0
        """Bytes behind the end of the answer."""
        self._method = method.upper()
        self._asked_version = version
        self._problem: str | None = None
        self._surplus = bytearray()
        self._fresh: list[bytes] = []
        self._buffer = bytearray()
        self._fields: list[tuple[str, str]] = []
        self._left_bytes = 0
        self._promised_bytes = 0
        self._step: Callable[[], bool] = self._read_status_line

    @classmethod
    def of_body(cls, framing: tuple[str, str]) -> Self:
        """Return a reader of a body whose head was read elsewhere, by the field that frames it.

        A body is framed alike in both directions, so that it may be that of a request.
        """
        reader = cls()
        reader.version, reader.status, reader.head_done = "1.1", 200, True
        reader.headers = (framing,)
        reader._choose_framing(200)
        reader.feed(b"")  # one of no bytes is complete
        return reader

    @property
    def problem(self) -> str | None:
        """The first breach of RFC 9112, quoting and counting bytes; None so far as all is well."""
        if self._problem is None and self.surplus_bytes:
            start = bytes(self._surplus[:_QUOTED_BYTES])
            return f"surplus: {_count(self.surplus_bytes)} after the end of the answer, starting {start!r}"
        return self._problem

    @property
    def stopped(self) -> bool:
        """Whether a breach left the rest without meaning; nothing fed any more is read."""
        return self._step == self._refuse

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case."""
        return header_of(self.headers, name)

    def feed(self, data: bytes) -> None:
        """Take more bytes from the wire."""
        self.fed_bytes += len(data)
        self._buffer += data
        while self._step():
            pass

    def take(self) -> bytes:
        """Return the body bytes that came since the last take."""
        fresh = b"".join(self._fresh)
        self._fresh.clear()
        return fresh

    @property
    def keeps(self) -> bool:
        """Whether the connection can serve another request behind this answer (RFC 9112 §9.3)."""
        stays = keeps_connection(self.headers, version=self.version, asked_version=self._asked_version)
        return stays and self.complete and self._problem is None and self.framing != "until-close"

    def take_rest(self) -> bytes:
        """Return what came behind the end of the answer, for whom it is the start of the next one."""
        rest = bytes(self._surplus)
        self._surplus.clear()
        self.surplus_bytes = 0
        return rest

    def eof(self) -> None:
        """Say that the peer has closed: this completes a body without length and breaks any other that is short."""
        if self.complete or self.stopped:
            return
        if not self.head_done:
            if not self.fed_bytes:
                self._stop("closed before any answer (0 bytes)")
            else:
                self._stop(f"closed inside the head after {_count(self.fed_bytes)}, at {_quote(self._buffer)}")
            return
        match self.framing:
            case "until-close":
                self._finish()
            case "length":
                self._stop(f"body short: {self.body_bytes} of {_count(self._promised_bytes)} came (RFC 9112 §8)")
            case _:
                where = f"after {_count(self.body_bytes)} of body, at {_quote(self._buffer)}"
                self._stop(f"body short: closed before the last chunk, {where} (RFC 9112 §8)")

    # Each step below reads one element from the buffer and returns whether it did; False asks for more bytes.

    def _read_status_line(self) -> bool:
        line = self._line("status line")
        if line is None:
            return False
        found = _STATUS_LINE.match(line)
        if not found:
            return self._stop(f"bad status line {_quote(line)} (RFC 9112 §4)")
        self.version = found[1].decode()
        self.status = int(found[2])
        self.reason = found[3].decode("latin-1")
        self._step = self._read_header_line
        return True

    def _read_header_line(self) -> bool:
        line = self._line("header line")
        if line is None:
            return False
        if line:
            return self._keep_field(line, "header line")
        self.headers, self._fields = tuple(self._fields), []
        status = self.status or 0
        if 100 <= status < 200 and status != 101:
            self.interim = (*self.interim, status)
            self.status, self.headers = None, ()
            self._step = self._read_status_line
            return True
        self.head_done = True
        return self._choose_framing(status)

    def _choose_framing(self, status: int) -> bool:
        framing = framing_of(
            self.headers,
            status=status,
            method=self._method,
            version=self.version,
            asked_version=self._asked_version,
        )
        for breach in framing.breaches:
            self._note(breach)
        self.framing = framing.kind
        self._promised_bytes = self._left_bytes = framing.length_bytes
        match framing.kind:
            case "chunked":
                self._step = self._read_chunk_size
            case "length":
                self._step = self._read_length
            case "until-close":
                self._step = self._read_until_close
            case "none":
                return self._finish()
            case None:
                self._step = self._refuse
        return True

    def _read_length(self) -> bool:
        self._pass_on(min(self._left_bytes, len(self._buffer)))
        return self._finish() if not self._left_bytes else False

    def _read_until_close(self) -> bool:
        self._pass_on(len(self._buffer))
        return False

    def _read_chunk_size(self) -> bool:
        line = self._line("chunk size")
        if line is None:
            return False
        found = _CHUNK_SIZE.match(line)
        if not found:
            self.line_end_spoiled = bool(_SPOILED_END.match(line))
            where = f"after {_count(self.body_bytes)} of body"
            return self._stop(f"bad chunk size {_quote(line)} {where} (RFC 9112 §7.1)")
        self._left_bytes = int(found[1], 16)
        self._step = self._read_chunk if self._left_bytes else self._read_trailer_line
        return True

    def _read_chunk(self) -> bool:
        self._pass_on(min(self._left_bytes, len(self._buffer)))
        if self._left_bytes:
            return False
        self._step = self._read_chunk_end
        return True

    def _read_chunk_end(self) -> bool:
        if len(self._buffer) < 2:
            return False
        if self._buffer[:2] != b"\r\n":
            self.line_end_spoiled = self._buffer.startswith(b"\r") or self._buffer[1:2] == b"\n"
            where = f"after a chunk, at {_count(self.body_bytes)} of body"
            return self._stop(f"missing CRLF: {_quote(self._buffer[:2])} {where} (RFC 9112 §7.1)")
        del self._buffer[:2]
        self._step = self._read_chunk_size
        return True

    def _read_trailer_line(self) -> bool:
        line = self._line("trailer line")
        if line is None:
            return False
        if line:
            return self._keep_field(line, "trailer line")
        self.trailers = tuple(self._fields)
        return self._finish()

    def _count_surplus(self) -> bool:
        self.surplus_bytes += len(self._buffer)
        self._surplus += self._buffer[: _MOST_SURPLUS_BYTES - len(self._surplus)]
        self._buffer.clear()
        return False

    def _refuse(self) -> bool:
        self._buffer.clear()
        return False

    def _keep_field(self, line: bytes, what: str) -> bool:
        field = read_field(line)
        if field is None:
            return self._stop(f"bad {what} {_quote(line)} (RFC 9112 §5)")
        if len(self._fields) >= _MOST_FIELDS:
            return self._stop(f"more than {_MOST_FIELDS} header lines")
        self._fields.append(field)
        return True

    def _line(self, what: str) -> bytes | None:
        """Take one line off the buffer, without its CRLF; None while it is not whole or when it never will be."""
        end = self._buffer.find(b"\n", 0, _LONGEST_LINE_BYTES + 1)
        if end < 0:
            if len(self._buffer) > _LONGEST_LINE_BYTES:
                self._stop(f"{what} of more than {_count(_LONGEST_LINE_BYTES)}, starting {_quote(self._buffer[:40])}")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        if not line.endswith(b"\r"):
            self.line_end_spoiled = self._step == self._read_chunk_size and bool(_SPOILED_END.match(line))
            self._stop(f"missing CRLF: {what} {_quote(line)} ends in a bare LF (RFC 9112 §2.2)")
            return None
        return line[:-1]

    def _pass_on(self, size: int) -> None:
        if size:
            self._fresh.append(bytes(self._buffer[:size]))
            del self._buffer[:size]
            self.body_bytes += size
            self._left_bytes -= size

    def _finish(self) -> bool:
        self.complete = True
        self._step = self._count_surplus
        return True

    def _note(self, problem: str) -> None:
        self._problem = self._problem or problem

    def _stop(self, problem: str) -> bool:
        self._note(problem)
        self._step = self._refuse
        return True


def read_response(wire: bytes, method: str = "POST") -> ResponseReader:
    """Read a whole transcript of one answer, as far as it makes sense; its body is in `take()`."""
    reader = ResponseReader(method)
    reader.feed(wire)
    reader.eof()
    return reader


def _count(size: int) -> str:
    return "1 byte" if size == 1 else f"{size} bytes"


def _quote(data: bytes | bytearray) -> str:
    head = repr(bytes(data[:40]))
    return head if len(data) <= 40 else f"{head}… ({len(data)} bytes)"
