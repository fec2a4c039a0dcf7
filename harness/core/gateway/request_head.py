"""The head of a request that is only passing through, and where its body ends.

The one rule: what is not understood is not guessed at. A head that leaves any doubt about where its message ends is no
head here, and its connection is passed on blindly (RFC 9112 §6.3, §9.6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fault_injection.reply import Headers, header_of
from harness.core.observed.fields import read_field
from harness.core.observed.http_reader import ResponseReader
from harness.core.observed.request_target import wanted

LONGEST_HEAD_BYTES = 65_536
_BLANK_LINES = (b"\n\r\n", b"\n\n")
_REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP/(1\.[01])\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHead:
    """One request's head: `raw` as it stands on the wire, blank line included, and what it says.

    `path` is still percent-encoded and has no query; `query` has no `?`.
    """

    raw: bytes
    method: str
    path: str
    query: str
    version: str
    headers: Headers

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case."""
        return header_of(self.headers, name)

    @property
    def expects_continue(self) -> bool:
        """Whether the body comes only when it is asked for (RFC 9110 §10.1.1)."""
        return (self.header("expect") or "").lower() == "100-continue"

    @property
    def offers_upgrade(self) -> bool:
        """Whether the connection may turn into another protocol (RFC 9110 §7.8)."""
        return self.header("upgrade") is not None or self.method == "CONNECT"

    @property
    def keeps(self) -> bool:
        """Whether the client would use the connection again (RFC 9112 §9.3)."""
        told = {item.strip().lower() for item in (self.header("connection") or "").split(",")}
        return "keep-alive" in told if self.version == "1.0" else "close" not in told

    def onward(self, host: str, *, without: str = "") -> bytes:
        """Return the head for another host: only the value of its Host differs, and the field `without` is gone."""
        lines = self.raw.split(b"\r\n")
        out = lines[:1]
        left_out = without.lower().encode("latin-1")
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            field = name.lower()
            if colon and field == left_out:
                continue
            if field == b"host":
                padding = value[: len(value) - len(value.lstrip(b" \t"))]
                line = name + colon + padding + host.encode("latin-1")
            out.append(line)
        return b"\r\n".join(out)

    def body(self) -> ResponseReader:
        """Return a reader of the body behind this head; it is complete at once where there is none."""
        framing = [field for field in self.headers if field[0].lower() in ("content-length", "transfer-encoding")]
        return ResponseReader.of_body(framing[-1] if framing else ("Content-Length", "0"))


def head_end(data: bytes | bytearray) -> int:
    """Return where a head ends that starts here, blank line included; -1 when more has to come."""
    ends = [at + len(blank) for blank in _BLANK_LINES if (at := data.find(blank)) >= 0]
    return min(ends, default=-1)


def read_head(raw: bytes) -> RequestHead | None:
    """Read a head; None for what is not HTTP/1.1 by the letter, or says two things about its length."""
    line = _REQUEST_LINE.match(raw)
    if line is None or not raw.endswith(b"\r\n\r\n"):
        return None
    headers: list[tuple[str, str]] = []
    for text in raw[line.end() : -len(b"\r\n")].split(b"\r\n")[:-1]:
        field = read_field(text)
        if field is None:
            return None
        headers.append(field)
    target = wanted(line[2].decode("latin-1"))
    if target is None:
        return None
    path, _, query = target.path_and_query.partition("?")
    head = RequestHead(
        raw=raw,
        method=line[1].decode("latin-1"),
        path=path,
        query=query,
        version=line[3].decode("latin-1"),
        headers=tuple(headers),
    )
    return head if _is_framed_clearly(head) else None


def _is_framed_clearly(head: RequestHead) -> bool:
    fields = [(name.lower(), value) for name, value in head.headers]
    lengths = [value for name, value in fields if name == "content-length"]
    codings = [value.strip().lower() for name, value in fields if name == "transfer-encoding"]
    hosts = sum(name == "host" for name, _ in fields)
    if len(lengths) + len(codings) > 1 or hosts > 1:
        return False
    return codings in ([], ["chunked"]) and all(value.isascii() and value.isdigit() for value in lengths)
