"""How an answer ends: a broken upstream must show, a live one must live, and a client that leaves is let go."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="endings",
    title="How an answer ends",
    about="A broken upstream must show, a live one must live, and a client that leaves is let go.",
    guides=(
        Guide(
            id="no-laundering",
            level=Level.MUST,
            promise="An upstream answer that broke off, stalled or was never valid does not reach the client as a "
            "finished answer.",
            why="A client that sees an end mark stores the text, shows it, or acts on it. Half an answer that looks "
            "whole is worse than an error, because nobody will ask again.",
            sources=(
                "RFC 9112 §8: an incomplete message must be treated as such",
                "RFC 9111 §3.3: incomplete responses are not complete ones",
                "OpenAI API: a stream ends with finish_reason and [DONE]",
            ),
            right="Pass on the pieces it has and then break the connection, send an error event, or answer with an "
            "error status while nothing has been sent yet. It may also ask upstream again before the first piece has "
            "gone out.",
            mend="Write [DONE] and finish_reason only when you have read them from upstream. Treat the end of the "
            "upstream connection without them as an error, even when the HTTP framing was perfect. Check that a 200 "
            "answer holds what you expect before you wrap it in JSON of your own.",
        ),
        Guide(
            id="break-visible",
            level=Level.MUST,
            promise="A broken upstream shows as an error event or an abnormal end, not only as a missing end mark.",
            why="Most client libraries do not check for [DONE]: they read until the connection ends and return what "
            "they have. To them a stream that ends normally is a complete answer.",
            sources=(
                "RFC 9112 §8: incomplete messages",
                "RFC 9112 §7.1: a chunked body ends with a chunk of size zero, and only then",
                "OpenAI API: errors in a stream",
            ),
            right="Send an error event and then close, or leave the chunked body without its last chunk, or reset the "
            "connection. Where upstream itself ended properly and only the end mark was missing, ending in the same "
            "way is at most non-strict.",
            mend="When reading from upstream fails in the middle of a stream, do not return from the handler as "
            "usual, because your framework then sends the last chunk. Send an error event first, or abort the "
            "connection.",
        ),
        Guide(
            id="status-mapped",
            level=Level.MUST,
            promise="An upstream failure is never a 200 answer.",
            why="Clients, load balancers, retry logic and dashboards all look at the status first. A failure under "
            "200 is counted as a success, is not retried, and may be cached.",
            sources=(
                "RFC 9110 §15: what status codes mean",
                "RFC 9110 §15.6.3: 502 Bad Gateway",
                "Cloudflare docs: Workers AI errors",
            ),
            right="Pass on upstream's status, or map it to another error: 502, 503, 504, or 429 where upstream said "
            "so. Once a stream has begun with 200 it is too late for a status; an error event is then the right "
            "answer.",
            mend="Wait for upstream's status, and better still for its first event, before you send your own status "
            "line. Do not start a 200 stream before that.",
        ),
        Guide(
            id="ends-in-time",
            level=Level.MUST,
            promise="Whatever upstream does, the client's exchange ends within the target's deadline.",
            why="An upstream that accepts a request and then says nothing is a common failure. Without a limit, each "
            "such request holds a connection, memory and a user until somebody restarts something.",
            sources=(
                "RFC 9110 §15.6.5: 504 Gateway Timeout",
                "Cloudflare docs: Workers AI errors (3007, request timeout)",
                "edgeproof's own rule: limits.deadline_s in the target file",
            ),
            right="Choose its own deadline; the target file says which one (limits.deadline_s). Where none is "
            "claimed, only the indefensible counts: an endless wait, or one that continues although "
            "upstream's whole answer is there.",
            mend="Set a timeout for connecting, one for the first byte, and one for the silence between two events. "
            "Answer 504, or send an error event, when one of them runs out. Stop waiting when upstream's body has "
            "ended, not when its connection closes.",
        ),
        Guide(
            id="long-stream-lives",
            level=Level.MUST,
            promise="A slow but living stream is not cut by a limit on its total time.",
            why="A long answer from a large model takes minutes. A total timeout, often the default of an HTTP "
            "client, cuts exactly the answers that cost most.",
            sources=(
                "WHATWG HTML §9.2: an event stream has no longest duration",
                "edgeproof's own rule: long-stream-lives",
            ),
            right="Limit the silence between two events, and enforce the deadline that it claims. A client that reads "
            "too slowly may be let go.",
            mend="Replace the total timeout of the upstream client with a read timeout that restarts with each "
            "piece. In aiohttp that is sock_read instead of total, in httpx the read timeout, in nginx "
            "proxy_read_timeout, in Node a timer that you reset.",
        ),
        Guide(
            id="cancel-propagates",
            level=Level.MUST,
            promise="A client that leaves ends the upstream call within two seconds.",
            why="Users close tabs and press stop all the time. A call that runs on costs money and a slot at upstream "
            "for an answer that nobody will read.",
            sources=(
                "RFC 9112 §8: incomplete messages",
                "Cloudflare docs: Workers AI errors (3008, request was aborted)",
                "edgeproof's own rule: cancel-propagates",
            ),
            right="Finish a call that another client is waiting for as well. It may not finish one only to fill a "
            "cache.",
            mend="Notice that the client has gone while you wait for upstream, not only when you write. In Node "
            "listen for close on the response and abort the fetch with its signal; in Python let the cancellation of "
            "the handler close the upstream response; in a Worker pass request.signal on and cancel the reader. Stop "
            "retries and fallbacks as well.",
        ),
        Guide(
            id="alive-after",
            level=Level.MUST,
            promise="After any case the target still runs and serves a clean request.",
            why="One odd request or answer must not take the service down for everybody else.",
            sources=("RFC 9112 §9.3: persistence of connections", "edgeproof's own rule: alive-after"),
            right="Decline a clean request while a circuit breaker that it claims is open, or while a limit that it "
            "claims is used up.",
            mend="Catch errors per request. Handle the error event of sockets and streams: in Node an "
            "error event without a listener ends the process. Do not put a broken upstream connection back into the "
            "pool.",
        ),
        Guide(
            id="one-terminal",
            level=Level.MUST,
            promise="A stream has one terminal event, [DONE] or an error, with nothing after it; upstream's own "
            "[DONE] is not dropped.",
            why="Clients stop reading at the first end mark. What comes after it is lost, or is read as the "
            "beginning of the next answer. A client that waits for [DONE] waits forever when it was dropped.",
            sources=(
                "OpenAI API: chat completion chunks, a stream is ended by data: [DONE]",
                "the makers of each dialect: its own end mark (docs/guides/dialects.md)",
                "edgeproof's own rule: error-surfaced",
            ),
            right="Pass on what upstream itself sent after its end mark: that is at most non-strict. An error "
            "event followed by [DONE] is harmless as well.",
            mend="Write the end mark in one place only, and return from there. When you translate from another "
            "dialect, make sure that the code for errors and the code for normal ends cannot both run. Read on after "
            "finish_reason until [DONE].",
        ),
        Guide(
            id="error-surfaced",
            level=Level.MUST,
            promise="An error inside the stream shows as one; a malformed event is not dropped from an answer that "
            "then claims success.",
            why="After the first byte an event is the only way left to report an error. A proxy that skips what it "
            "cannot parse turns an error into a short answer that looks complete.",
            sources=(
                "OpenAI API: errors in a stream",
                "Cloudflare API: response envelope (success, errors)",
                "Cloudflare docs: Workers AI errors",
            ),
            right="Pass the event on as it came, translate it into its own dialect, or break off.",
            mend="Look at each event for error, errors and success: false before you extract its text. When "
            "JSON.parse or json.loads fails in the middle of a stream, end the answer as failed; do not just continue "
            "with the next line.",
        ),
    ),
)
