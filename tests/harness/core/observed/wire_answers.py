"""Answers as they come over a wire, right and wrong, and what a reader by the letter makes of each."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.observed.framing import BodyFraming

OK = b"HTTP/1.1 200 OK\r\n"


@dataclass(frozen=True, kw_only=True)
class Example:
    wire: bytes
    method: str = "POST"
    status: int | None = 200
    framing: BodyFraming | None = "length"
    body: bytes = b""
    complete: bool = True
    problem: str = ""
    closes: bool = False
    """Whether the answer says something only once the connection has closed."""


GOOD = {
    "a length": Example(wire=OK + b"Content-Length: 5\r\n\r\nhello", body=b"hello"),
    "an empty body": Example(wire=OK + b"content-length: 0\r\n\r\n"),
    "the same length twice": Example(wire=OK + b"Content-Length: 2, 2\r\nContent-Length: 2\r\n\r\nok", body=b"ok"),
    "no reason": Example(wire=b"HTTP/1.1 599 \r\nContent-Length: 1\r\n\r\nx", status=599, body=b"x"),
    "chunks": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n",
        framing="chunked",
        body=b"abc0123456789",
    ),
    "chunk extensions and trailers": Example(
        wire=OK + b'Transfer-Encoding: gzip, Chunked\r\n\r\n1 ; a="b;c"\r\nx\r\n0;z\r\nX-Sum: 9\r\n\r\n',
        framing="chunked",
        body=b"x",
    ),
    "no content": Example(wire=b"HTTP/1.1 204 No Content\r\n\r\n", status=204, framing="none"),
    "not modified, with a length": Example(
        wire=b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", status=304, framing="none"
    ),
    "an answer to HEAD": Example(wire=OK + b"Content-Length: 12\r\n\r\n", method="HEAD", framing="none"),
    "interim answers first": Example(
        wire=b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        + OK
        + b"Content-Length: 1\r\n\r\nx",
        body=b"x",
    ),
    "any order and odd values": Example(
        wire=OK + b"X-Empty:\r\nX-Tab:\ta\tb \t\r\nX-High: \xe9\r\nContent-Length: 1\r\n\r\nx", body=b"x"
    ),
}
UNTIL_CLOSE = {
    "no length": Example(wire=OK + b"\r\nall of it", framing="until-close", body=b"all of it", closes=True),
    "an unknown coding": Example(
        wire=OK + b"Transfer-Encoding: gzip\r\n\r\nzz", framing="until-close", body=b"zz", closes=True
    ),
    "another protocol": Example(
        wire=b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x00",
        status=101,
        framing="until-close",
        body=b"\x81\x00",
        closes=True,
    ),
}
SHORT = {
    "nothing": Example(
        wire=b"", status=None, framing=None, complete=False, problem="closed before any answer (0 bytes)", closes=True
    ),
    "half a head": Example(
        wire=OK + b"Content-Le",
        framing=None,
        complete=False,
        problem="closed inside the head after 27 bytes, at b'Content-Le'",
        closes=True,
    ),
    "half a body": Example(
        wire=OK + b"Content-Length: 10\r\n\r\nhello",
        body=b"hello",
        complete=False,
        problem="body short: 5 of 10 bytes came",
        closes=True,
    ),
    "no last chunk": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
        framing="chunked",
        body=b"x",
        complete=False,
        problem="body short: closed before the last chunk, after 1 byte of body, at b''",
        closes=True,
    ),
    "half a chunk": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        framing="chunked",
        body=b"hel",
        complete=False,
        problem="after 3 bytes of body",
        closes=True,
    ),
    "no end of the trailers": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
        framing="chunked",
        complete=False,
        problem="before the last chunk",
        closes=True,
    ),
}
BAD = {
    "garbage": Example(
        wire=b"\x16\x03\x01garbage\r\n", status=None, framing=None, complete=False, problem="bad status line"
    ),
    "another version": Example(
        wire=b"HTTP/2 200\r\n\r\n", status=None, framing=None, complete=False, problem="bad status line b'HTTP/2 200'"
    ),
    "no space behind the status": Example(
        wire=b"HTTP/1.1 200\r\n\r\n", status=None, framing=None, complete=False, problem="bad status line"
    ),
    "a bare LF": Example(
        wire=b"HTTP/1.1 200 OK\n\n",
        status=None,
        framing=None,
        complete=False,
        problem="missing CRLF: status line b'HTTP/1.1 200 OK' ends in a bare LF",
    ),
    "a space before the colon": Example(
        wire=OK + b"A : b\r\n\r\n", framing=None, complete=False, problem="bad header line b'A : b'"
    ),
    "a folded line": Example(
        wire=OK + b"A: b\r\n c\r\n\r\n", framing=None, complete=False, problem="bad header line b' c'"
    ),
    "a NUL in a value": Example(wire=OK + b"A: \0\r\n\r\n", framing=None, complete=False, problem="bad header line"),
    "a CR in a value": Example(wire=OK + b"A: \rb\r\n\r\n", framing=None, complete=False, problem="bad header line"),
    "two lengths": Example(
        wire=OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        framing=None,
        complete=False,
        problem="conflicting lengths: Content-Length 1 and 2",
    ),
    "a negative length": Example(
        wire=OK + b"Content-Length: -1\r\n\r\n", framing=None, complete=False, problem="bad Content-Length '-1'"
    ),
    "a length and chunks": Example(
        wire=OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        framing="chunked",
        body=b"x",
        problem="conflicting lengths: Transfer-Encoding and Content-Length '1'",
    ),
    "chunks in HTTP/1.0": Example(
        wire=b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        framing="chunked",
        problem="Transfer-Encoding in an HTTP/1.0 answer",
    ),
    "chunked, then another coding": Example(
        wire=OK + b"Transfer-Encoding: chunked, gzip\r\n\r\n", framing=None, complete=False, problem="not the last"
    ),
    "a bad chunk size": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n",
        framing="chunked",
        body=b"ab",
        complete=False,
        problem="bad chunk size b'zz' after 2 bytes of body",
    ),
    "an empty chunk size": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n\r\n",
        framing="chunked",
        complete=False,
        problem="bad chunk size b''",
    ),
    "a chunk longer than its size": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
        framing="chunked",
        body=b"ab",
        complete=False,
        problem="missing CRLF: b'c\\r' after a chunk, at 2 bytes of body",
    ),
    "a bad trailer": Example(
        wire=OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\noops\r\n\r\n",
        framing="chunked",
        complete=False,
        problem="bad trailer line b'oops'",
    ),
}
ALL = GOOD | UNTIL_CLOSE | SHORT | BAD
