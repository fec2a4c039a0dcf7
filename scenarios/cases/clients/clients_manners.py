"""Requests as real clients put them: in chunks, in HTTP/1.0, with other spellings, asking for compressed answers.

The one rule: nothing is wrong with any of them. Who does not take one of them says so, with the status for it.
"""

from __future__ import annotations

from fault_injection.client import Manner
from fault_injection.families import client
from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt

_PACED = Prompt(tokens=12, pace_s=0.05)
_SERVED = (Expect(step="ask", seen="answered", invariant="http-understood"),)
_FLOOD = Prompt(tokens=300, token_bytes=65_536, ascii=True)
_BROOK = Prompt(tokens=90, token_bytes=65_536, ascii=True)
_LONG = "".ljust(7_000, "a")
_ALL_CODINGS = "gzip, deflate, br, zstd"

CASES: tuple[Case, ...] = (
    Case(
        id="clients.chunked-upload",
        promise="A request in chunks is served like one with a length.",
        reference="RFC 9112 §7.1; RFC 9110 §7.6.1",
        focus=("http-understood", "request-true"),
        steps=(Step(stream=False, manner=Manner(framing="chunked")),),
    ),
    Case(
        id="clients.chunked-upload-with-extras",
        promise="Chunk extensions and trailers of a request change nothing about it.",
        reference="RFC 9112 §7.1.1, §7.1.2",
        focus=("http-understood", "request-true"),
        steps=(Step(manner=Manner(framing="chunked-with-extras")),),
    ),
    Case(
        id="clients.type-with-charset",
        promise="A request with `application/json; charset=utf-8`, as every .NET client sends it, is served.",
        reference="RFC 9110 §8.3.1; RFC 8259 §11",
        focus=("http-understood",),
        steps=(Step(stream=False, manner=Manner(content_type="application/json; charset=utf-8")),),
        expect=_SERVED,
    ),
    Case(
        id="clients.type-in-capitals",
        promise="A content type is recognised in capitals and with white space around its parameter.",
        reference="RFC 9110 §8.3.1, §5.6.6",
        focus=("http-understood",),
        steps=(Step(manner=Manner(content_type='Application/JSON ;charset="UTF-8"')),),
        expect=_SERVED,
    ),
    Case(
        id="clients.type-missing",
        promise="A request without a Content-Type is served or declined, not answered with a 5xx.",
        reference="RFC 9110 §8.3 (a recipient may assume a type)",
        focus=("http-understood",),
        steps=(Step(stream=False, manner=Manner(content_type="")),),
    ),
    Case(
        id="clients.type-of-text",
        promise="A request with a text Content-Type is served or declined, not answered with a 5xx.",
        reference="RFC 9110 §15.5.16 Unsupported Media Type",
        focus=("http-understood",),
        steps=(Step(stream=False, manner=Manner(content_type="text/plain;charset=UTF-8")),),
    ),
    Case(
        id="clients.http-1-0-stream",
        promise="A client of HTTP/1.0 gets its stream without chunks, which it could not read.",
        reference="RFC 9112 §6.1 (no Transfer-Encoding below HTTP/1.1)",
        focus=("valid-framing", "http-understood", "no-loss"),
        steps=(Step(manner=Manner(version="1.0")),),
    ),
    Case(
        id="clients.http-1-0-json",
        promise="A client of HTTP/1.0 gets its whole answer without chunks.",
        reference="RFC 9112 §6.1 (no Transfer-Encoding below HTTP/1.1)",
        focus=("valid-framing", "http-understood", "no-loss"),
        steps=(Step(stream=False, manner=Manner(version="1.0")),),
    ),
    Case(
        id="clients.stream-for-gzip",
        promise="A client that accepts gzip still gets the first token at once.",
        reference="RFC 9110 §12.5.3; edgeproof's own rule: not-buffered",
        focus=("not-buffered", "no-loss", "http-understood"),
        steps=(Step(prompt=_PACED, manner=Manner(accept_encoding="gzip")),),
        expect=_SERVED,
    ),
    Case(
        id="clients.stream-for-a-browser",
        promise="A browser, which accepts every coding, gets the tokens as they are generated.",
        reference="RFC 9110 §12.5.3; edgeproof's own rule: not-buffered",
        focus=("not-buffered", "cadence", "no-loss", "http-understood"),
        steps=(Step(prompt=_PACED, manner=Manner(accept_encoding=_ALL_CODINGS)),),
        expect=_SERVED,
    ),
    Case(
        id="clients.json-for-a-browser",
        promise="A client that accepts every coding can read a whole answer.",
        reference="RFC 9110 §8.4, §12.5.3",
        focus=("valid-framing", "http-understood", "no-loss"),
        steps=(Step(stream=False, prompt=Prompt(tokens=300), manner=Manner(accept_encoding=_ALL_CODINGS)),),
        expect=_SERVED,
    ),
    Case(
        id="clients.stream-for-deflate-alone",
        promise="A client that accepts only deflate is sent no other coding.",
        reference="RFC 9110 §12.5.3",
        focus=("http-understood", "not-buffered"),
        steps=(Step(prompt=_PACED, manner=Manner(accept_encoding="deflate, gzip;q=0, identity;q=0.5")),),
        expect=_SERVED,
    ),
    Case(
        id="clients.error-for-a-browser",
        promise="A client that accepts every coding can read an error.",
        reference="RFC 9110 §8.4",
        focus=("error-shape", "http-understood"),
        steps=(Step(stream=False, faults=(client.WrongField(),), manner=Manner(accept_encoding=_ALL_CODINGS)),),
    ),
    Case(
        id="clients.expects-continue",
        promise="A client that waits for 100 Continue before it sends its body gets it.",
        reference="RFC 9110 §10.1.1 Expect",
        focus=("expectation-met", "http-understood"),
        steps=(Step(manner=Manner(expects_continue=True)),),
    ),
    Case(
        id="clients.expects-continue-in-chunks",
        promise="A client that waits for 100 Continue before it sends its chunks gets it.",
        reference="RFC 9110 §10.1.1; RFC 9112 §7.1",
        focus=("expectation-met", "http-understood"),
        steps=(Step(stream=False, manner=Manner(expects_continue=True, framing="chunked")),),
    ),
    Case(
        id="clients.expects-continue-too-large",
        promise="A client that announces too large a body is declined before or after it sends it.",
        reference="RFC 9110 §10.1.1, §15.5.14",
        focus=("request-limits", "expectation-met"),
        needs=("limits.max_request_bytes",),
        steps=(
            Step(
                stream=False,
                faults=(client.HugeRequest(size_bytes=1_200_000),),
                manner=Manner(expects_continue=True),
            ),
        ),
    ),
    Case(
        id="clients.gzip-upload",
        promise="A gzip request is served or declined, not answered with a 5xx.",
        reference="RFC 9110 §8.4, §15.5.16",
        focus=("http-understood", "request-true"),
        steps=(Step(stream=False, manner=Manner(content_encoding="gzip")),),
    ),
    Case(
        id="clients.deflate-upload",
        promise="A deflate request is served or declined, not answered with a 5xx.",
        reference="RFC 9110 §8.4.1.2, §15.5.16",
        focus=("http-understood", "request-true"),
        steps=(Step(manner=Manner(content_encoding="deflate", framing="chunked")),),
    ),
    Case(
        id="clients.gzip-bomb",
        promise="A small request that decompresses to twelve megabytes is declined where that is too large.",
        reference="RFC 9110 §15.5.14; RFC 9110 §17.6 (resources of a decoder)",
        focus=("request-limits", "alive-after"),
        needs=("limits.max_request_bytes",),
        steps=(
            Step(
                stream=False,
                faults=(client.HugeRequest(size_bytes=12_000_000),),
                manner=Manner(content_encoding="gzip"),
            ),
        ),
    ),
    Case(
        id="clients.query-string",
        promise="An unknown query string does not make a request fail.",
        reference="RFC 3986 §3.4; OpenAI SDK: default_query",
        focus=("http-understood",),
        steps=(Step(stream=False, manner=Manner(query="api-version=2026-02-01&x=%F0%9F%91%8B&empty=&flag")),),
    ),
    Case(
        id="clients.long-header",
        promise="A header of seven kilobytes is accepted or declined, not answered with a 5xx.",
        reference="RFC 9110 §5.4; RFC 6585 §5 (431)",
        focus=("http-understood",),
        steps=(Step(stream=False, headers=(("X-Trace-State", _LONG),)),),
    ),
    Case(
        id="clients.odd-headers",
        promise="Empty, repeated and long headers do not make a request fail.",
        reference="RFC 9110 §5.3, §5.5",
        focus=("http-understood",),
        steps=(
            Step(
                stream=False,
                headers=(
                    ("X-Empty", ""),
                    ("X-Twice", "one"),
                    ("X-Twice", "two, three"),
                    ("X-Quoted", '"a, b"; c="\\"d\\""'),
                    ("Accept", "text/html;q=0.1, */*;q=0.8"),
                    ("User-Agent", "Mozilla/5.0 (compatible; edgeproof) (a comment (inside one))"),
                ),
            ),
        ),
        expect=_SERVED,
    ),
    Case(
        id="clients.headers-of-one-hop",
        promise="Hop-by-hop headers of a client do not reach upstream.",
        reference="RFC 9110 §7.6.1 Connection",
        focus=("http-understood",),
        steps=(
            Step(
                stream=False,
                headers=(
                    ("Connection", "TE, Keep-Alive, X-Hop"),
                    ("TE", "trailers"),
                    ("Keep-Alive", "timeout=77"),
                    ("X-Hop", "this one"),
                    ("Proxy-Connection", "keep-alive"),
                ),
            ),
        ),
        expect=_SERVED,
    ),
    Case(
        id="clients.header-beyond-ascii",
        promise="A header value with bytes beyond ASCII is accepted or declined, not answered with a 5xx.",
        reference="RFC 9110 §5.5 obs-text",
        focus=("http-understood",),
        steps=(Step(stream=False, headers=(("X-Title", "Gr\u00fc\u00dfe"),)),),
    ),
    Case(
        id="clients.conditional",
        promise="A conditional request that is not a GET never gets a 304, cached or not.",
        reference="RFC 9110 §13.1.2",
        focus=("http-understood", "cache-hit-equal"),
        needs=("cache",),
        steps=(
            Step(label="first", stream=False),
            Step(label="ask", stream=False, headers=(("If-None-Match", '"edgeproof"'),)),
        ),
    ),
    Case(
        id="clients.kept-for-a-browser",
        promise="A client that accepts no coding can read an answer that was cached for a browser.",
        reference="RFC 9111 §4.1 (Vary); RFC 9110 §12.5.3",
        focus=("http-understood", "cache-hit-equal"),
        needs=("cache",),
        steps=(
            Step(label="browser", stream=False, manner=Manner(accept_encoding=_ALL_CODINGS)),
            Step(label="ask", stream=False, manner=Manner(accept_encoding="identity")),
        ),
        expect=_SERVED,
    ),
    Case(
        id="clients.pauses-over-megabytes",
        promise="A client that pauses for a second still gets every byte of four megabytes.",
        reference="RFC 9293 §3.8 flow control",
        focus=("no-loss", "order-kept"),
        steps=(
            Step(
                prompt=Prompt(tokens=64, token_bytes=65_536, ascii=True),
                faults=(client.SlowReader(bytes_per_s=50_000_000, pause_s=1.0),),
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
        alone=True,
    ),
    Case(
        id="clients.stops-reading",
        promise="A client that stops reading but stays connected does not hold an upstream call forever.",
        reference="RFC 9293 §3.8 flow control; edgeproof's own rule: stopped-reader-ends",
        focus=("stopped-reader-ends",),
        steps=(
            Step(prompt=_FLOOD, faults=(client.StopReading(),), together=2, unique=True),
            Step(label="other", question="r", start="with"),
        ),
        expect=(Expect(step="other", seen="answered", invariant="alive-after"),),
        alone=True,
    ),
    Case(
        id="clients.thirty-stop-reading",
        promise="Thirty clients that stop reading but stay connected leave room for others and hold nothing forever.",
        reference="RFC 9293 §3.8 flow control; edgeproof's own rule: stopped-reader-ends",
        focus=("stopped-reader-ends", "alive-after"),
        steps=(
            Step(prompt=_BROOK, faults=(client.StopReading(),), together=30, unique=True),
            Step(label="other", question="r", start="first-event"),
        ),
        expect=(Expect(step="other", seen="answered", invariant="alive-after"),),
        alone=True,
    ),
)
