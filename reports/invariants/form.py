"""What an answer looks like.

Framing, events and errors that every client can read, and nothing in them that is secret.
"""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="form",
    title="What an answer looks like",
    about="Framing, events and errors that every client can read, and nothing in them that is secret.",
    guides=(
        Guide(
            id="valid-framing",
            level=Level.MUST,
            promise="HTTP framing and content coding are valid, events are valid by the rules of WHATWG, text is valid "
            "UTF-8.",
            why="A strict client refuses what a lenient one guesses at. Bytes too many or too few also shift the next "
            "answer on the same connection.",
            sources=(
                "RFC 9112 §6.3: length of a message body",
                "RFC 9112 §7.1: chunked transfer coding",
                "RFC 9110 §8.4: Content-Encoding",
                "WHATWG HTML §9.2.6: interpreting an event stream",
                "RFC 3629 §3: UTF-8",
            ),
            right="Pass on upstream's bad event or bad byte as it came: that is no more than non-strict.",
            mend="Drop Content-Length, Content-Encoding, Transfer-Encoding and the other hop-by-hop fields of "
            "upstream when you write the body anew (RFC 9110 §7.6.1). Send text/event-stream for events. End each "
            "event with a blank line. Never put raw line breaks into a data line.",
        ),
        Guide(
            id="error-shape",
            level=Level.SHOULD,
            promise="Errors are JSON with a message.",
            why="Client libraries read error.message. From an HTML page, a stack trace or an empty body their users "
            "learn nothing, and some libraries fail at parsing it.",
            sources=(
                "OpenAI API: the error object (error.message, error.type, error.code)",
                "Cloudflare API: response envelope (errors[].message)",
            ),
            right="Use any of the usual shapes: error.message, errors[0].message, message, detail. Call it JSON also "
            "where a stream was asked for.",
            mend="Install one error handler for the whole application, also for what the framework answers by itself: "
            "404, 405, 413 and requests that cannot be parsed. Do not pass on the HTML error pages of an edge in "
            "front of upstream.",
        ),
        Guide(
            id="retry-after-kept",
            level=Level.SHOULD,
            promise="An upstream's Retry-After survives to the client, which is not told to come back any sooner.",
            why="Without it clients guess. They come back too early, all at once, and keep the limit exhausted.",
            sources=("RFC 9110 §10.2.3: Retry-After", "RFC 6585 §4: 429 Too Many Requests"),
            right="Name a longer wait, subtract the time that it waited itself, or drop a wait that helps nobody, "
            "such as one of days.",
            mend="Copy the header when you pass on a 429 or 503. If you build error answers from an exception, take "
            "the header along.",
        ),
        Guide(
            id="status-kept",
            level=Level.SHOULD,
            promise="A refusal keeps its class: 4xx stays 4xx, 5xx stays 5xx, and 429 stays 429.",
            why="Client libraries ask again after a 5xx and give up after a 4xx. Told the wrong one, they repeat what "
            "can never work, or give up what would have.",
            sources=("RFC 9110 §15.5, §15.6: client and server errors", "RFC 6585 §4: 429 Too Many Requests"),
            right="Choose another status of the class. Answer as it likes where upstream refused the target itself: "
            "its credentials, its payment, its allowance, or a timeout. After several attempts tell of any of them.",
            mend="Copy upstream's status into your error, and map only what you must.",
        ),
        Guide(
            id="no-secrets",
            level=Level.MUST,
            promise="Upstream credentials never reach a client.",
            why="Whoever holds the API token can spend your money and read your data. It leaks through error messages "
            "that quote the request, through headers that are reflected, and through redirects.",
            sources=("RFC 9110 §11.6.2: Authorization", "Cloudflare docs: Workers AI errors"),
            right="Nothing: there is no good reason to show them.",
            mend="Build error answers from what you know, never from the text of an exception or from upstream's "
            "whole answer. Copy response headers by an allow list. Do not hand redirects of upstream to the client.",
        ),
    ),
)
