"""What is asked: a request reaches upstream as it was meant, and what cannot be served is declined cleanly."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="requests",
    title="What is asked",
    about="A request reaches upstream as it was meant, and what cannot be served is declined cleanly.",
    guides=(
        Guide(
            id="request-true",
            level=Level.MUST,
            promise="Messages, parameters, tools and roles reach upstream as the client sent them.",
            why="A dropped system message, a lost temperature or a forgotten tool changes the answer, and neither "
            "side gets an error.",
            sources=("OpenAI API: create chat completion", "Cloudflare docs: Workers AI, text generation input"),
            right="Add to the request, for instance a system message or a default, translate it into another dialect, "
            "and leave out what that dialect does not have. Trimmed white space is no more than non-strict.",
            mend="Copy the request and change what you must, instead of building a new one from the fields you know. "
            "Keep content parts, tool messages and their ids. Pass on zero, false and the empty string: test for "
            "absence, not for truth.",
        ),
        Guide(
            id="request-limits",
            level=Level.MUST,
            promise="A request that is too large, too deep, of too many messages or not JSON gets a clean 4xx: no "
            "reset, no 5xx, no crash.",
            why="Clients retry a 5xx, so a bad request that gets one comes again and again. A crash takes others "
            "along.",
            sources=(
                "RFC 9110 §15.5.1: 400 Bad Request",
                "RFC 9110 §15.5.14: 413 Content Too Large",
                "RFC 8259 §9: a parser may set limits on size and depth",
            ),
            right="Serve a request that others would decline, as long as it does not fail at it; put right what it "
            "can. Limits count only where the target file claims them.",
            mend="Check the size before you read the body, and parse it inside a try. Test types before you use "
            "fields. Answer 400, 413 or 422 with a JSON error. Read or discard the rest of the body before you close "
            "the connection, or the client sees a reset instead of your answer.",
        ),
    ),
)
