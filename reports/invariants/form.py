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
            promise="HTTP framing and content coding are valid, events follow the WHATWG rules, and text is valid "
            "UTF-8.",
            why="A strict client refuses what a lenient one guesses at. A wrong length also corrupts the next "
            "answer on the same connection.",
            sources=(
                "RFC 9112 §6.3: length of a message body",
                "RFC 9112 §7.1: chunked transfer coding",
                "RFC 9110 §8.4: Content-Encoding",
                "WHATWG HTML §9.2.6: interpreting an event stream",
                "RFC 3629 §3: UTF-8",
                "the makers of each dialect: the order of its events (docs/guides/dialects.md)",
            ),
            right="Pass on upstream's bad event or bad byte unchanged: that is at most non-strict.",
            mend="Drop Content-Length, Content-Encoding, Transfer-Encoding and the other hop-by-hop fields of "
            "upstream when you rewrite the body (RFC 9110 §7.6.1). Send text/event-stream for events. End each "
            "event with a blank line. Never put raw line breaks into a data line. In another dialect than chat "
            "completions, open what you fill and close what you opened, in the order that its makers give.",
        ),
        Guide(
            id="error-shape",
            level=Level.SHOULD,
            promise="Errors are JSON with a message.",
            why="Client libraries read error.message. An HTML page, a stack trace or an empty body says "
            "nothing to their users, and some libraries fail to parse it.",
            sources=(
                "OpenAI API: the error object (error.message, error.type, error.code)",
                "Cloudflare API: response envelope (errors[].message)",
            ),
            right="Use any of the usual shapes: error.message, errors[0].message, message, detail. Send it as JSON "
            "even where a stream was asked for.",
            mend="Install one error handler for the whole application, including what the framework answers by itself: "
            "404, 405, 413 and requests that cannot be parsed. Do not pass on the HTML error pages of an edge in "
            "front of upstream.",
        ),
        Guide(
            id="retry-after-kept",
            level=Level.SHOULD,
            promise="Upstream's Retry-After reaches the client, which never gets a shorter one.",
            why="Without it clients guess. They come back too early and all at once, and exhaust the limit again.",
            sources=("RFC 9110 §10.2.3: Retry-After", "RFC 6585 §4: 429 Too Many Requests"),
            right="Name a longer wait, subtract the time that it waited itself, or drop a useless wait, "
            "such as one of days.",
            mend="Copy the header when you pass on a 429 or 503. If you build error answers from an exception, take "
            "the header along.",
        ),
        Guide(
            id="status-kept",
            level=Level.SHOULD,
            promise="A refusal keeps its class: 4xx stays 4xx, 5xx stays 5xx, and 429 stays 429.",
            why="Client libraries retry after a 5xx and give up after a 4xx. With the wrong class, they retry what "
            "can never work, or give up on what would have worked.",
            sources=("RFC 9110 §15.5, §15.6: client and server errors", "RFC 6585 §4: 429 Too Many Requests"),
            right="Choose another status of the class. Answer as it likes where upstream refused the target itself: "
            "its credentials, its payment, its allowance, or a timeout. After several attempts it may report any of "
            "them.",
            mend="Copy upstream's status into your error response, and map only what you must.",
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
