"""How clients are spoken with: every right form of a request is understood, and one connection serves many in order."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="clients",
    title="How clients are spoken with",
    about="Every right form of a request is understood, and one connection serves many requests in order.",
    guides=(
        Guide(
            id="connection-in-order",
            level=Level.MUST,
            promise="What is left of one request on a connection is never read as the next, and each answer belongs to "
            "its request.",
            why="A declined request whose body stays unread makes the next one, often somebody else's in a pool, "
            "fail with `Bad request syntax`.",
            sources=(
                "RFC 9112 §9.3: a server reads the whole message or closes the connection",
                "RFC 9112 §9.3.2: answers come in the order of their requests",
                "RFC 9112 §9.6: who closes says so with `Connection: close`",
            ),
            right="Close the connection instead of reading a body to its end. To close it without saying so is at "
            "most non-strict.",
            mend="Read or discard the body before you answer 401, 403, 404 or 413, or answer with `Connection: close` "
            "and close. Read chunked bodies to the end of their trailers.",
        ),
        Guide(
            id="http-understood",
            level=Level.MUST,
            promise="A request in any form that HTTP allows is served, or declined with the status that HTTP has for "
            "it.",
            why="Other languages have other habits: .NET adds a charset, Go sends chunks, browsers ask for compressed "
            "answers. A proxy tested with curl alone fails half of them.",
            sources=(
                "RFC 9112 §7.1: every recipient must be able to read chunks, and ignores extensions it does not know",
                "RFC 9110 §8.3.1: names of content types have no case; RFC 8259 §11: JSON has no charset",
                "RFC 9110 §7.6.1: Transfer-Encoding, TE and the like are for one hop",
                "RFC 9110 §12.5.3: an answer comes in a coding that its client takes",
                "RFC 9110 §13.1.2: only a GET or a HEAD gets a 304",
            ),
            right="Decline: 411 for chunks, 415 for another content type or a coding, 417 for an expectation, 505 for "
            "HTTP/1.0, 431 for a long header. Send an answer uncompressed whatever its client accepts.",
            mend="Leave framing to your HTTP library, and drop hop-by-hop headers when you pass a request on. Compare "
            "only the content type's name, in lower case. Compress streams only if you flush after every event.",
        ),
        Guide(
            id="coding-varies",
            level=Level.SHOULD,
            promise="An answer compressed for its client says that it depends on Accept-Encoding, and no copy of it "
            "goes to a client that cannot read it.",
            why="A cache on the way keeps one coding and gives it to all. Some clients then show noise, and nobody can "
            "reproduce it.",
            sources=("RFC 9110 §12.5.3, §12.5.5; RFC 9111 §4.1",),
            right="Compress nothing. Send Vary: Accept-Encoding with uncompressed answers as well.",
            mend="Keep answers uncompressed, choose the coding for each request, and set `Vary: Accept-Encoding` "
            "wherever the choice is made. In nginx: `gzip_vary on`.",
        ),
        Guide(
            id="expectation-met",
            level=Level.SHOULD,
            promise="A client that sends Expect: 100-continue is answered.",
            why="It waits a second or more for nothing, on every large request.",
            sources=("RFC 9110 §10.1.1: a server answers 100-continue at once, with 100 or with its final status",),
            right="Answer 417, or the final status at once.",
            mend="Switch on your server's own handling of `Expect: 100-continue`, and do not wait for the body first.",
        ),
        Guide(
            id="cors-granted",
            level=Level.MUST,
            promise="Where it is claimed, a page of another origin may call the target, and read its answers and its "
            "errors.",
            why="Without the header a page sees `failed to fetch` and nothing else, whatever the error says.",
            sources=("Fetch: CORS protocol", "Fetch: CORS-preflight fetch (without credentials)"),
            right="Allow every origin with an asterisk, or name the one that asks and say Vary: Origin.",
            mend="Answer OPTIONS before you check credentials. Set `Access-Control-Allow-Origin` in one place that "
            "every answer passes, errors too, and name `authorization` among the allowed headers.",
        ),
        Guide(
            id="stopped-reader-ends",
            level=Level.MUST,
            promise="A client that stops reading but stays connected does not hold its upstream call forever.",
            why="A phone in a tunnel keeps its connection and takes nothing. Each such client pins two sockets, until "
            "there are none left for anybody.",
            sources=("edgeproof's own rule: stopped-reader-ends", "RFC 9293 §3.8 (a closed window may stay closed)"),
            right="Wait as long as `limits.client_stall_timeout_s` says. Where that is not claimed, the deadline and "
            "the idle limit together are the limit, and longer is at most non-strict.",
            mend="Put a time limit on every write to a client, as there is one on every read from upstream. Abort the "
            "upstream call when it runs out.",
        ),
    ),
)
