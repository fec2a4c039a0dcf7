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
            promise="Messages, parameters, tools and roles reach upstream as the client sent them, in every attempt.",
            why="A dropped system message, a lost temperature or a picture that became a word changes the answer, and "
            "neither side gets an error. Nobody sees what a second attempt has lost.",
            sources=(
                "OpenAI API: create chat completion",
                "OpenAI API: structured outputs, key ordering",
                "Cloudflare docs: Workers AI, text generation input",
                "RFC 8259 §4, §6: objects are unordered, numbers beyond 2^53 may lose digits",
            ),
            right="Translate the request into another dialect, and leave out what that dialect does not have. Leave "
            "out a parameter that has its default. Write numbers and escapes in another way. Whatever `[rewrites]` "
            "in the target file declares: `adds`, `changes`, `drops`. Trimmed white space, digits beyond 2^53, a "
            "dropped `user` or an unknown parameter are at most non-strict. An undeclared addition "
            "is reported once: as a remark, or as non-strict where it changes the answer.",
            mend="Copy the request and change what you must, instead of building a new one from the fields you know. "
            "Copy it again for every attempt. Keep content parts, tool messages and their ids. Pass on zero, false and "
            "the empty string: test for absence, not for truth. Keep the order of keys in schemas, and leave tool "
            "arguments as strings.",
        ),
        Guide(
            id="not-shared",
            level=Level.MUST,
            promise="Nothing of one caller's request shows in another's.",
            why="A stranger's message, tool or name in a request leaks to the model, and from there to "
            "whoever reads its answer.",
            sources=("OWASP Top 10 for LLM applications: LLM02, sensitive information disclosure",),
            right="Send what it sets by itself with every request, and keep a conversation for its own caller where "
            "`[rewrites]` declares that it adds messages.",
            mend="Hold nothing of a request in module scope, in a default argument or in an object that is used again. "
            "Build each request from a fresh copy.",
        ),
        Guide(
            id="credentials-kept-back",
            level=Level.MUST,
            promise="The client's credentials do not reach upstream, unless clients bring the upstream's own.",
            why="A client's token or session cookie in a provider's log has to be revoked.",
            sources=(
                "RFC 9110 §11.7, §11.7.2: credentials are for whom they were made",
                "RFC 6265 §8.2: cookies are ambient authority",
            ),
            right="Pass on everything where clients bring the upstream's token themselves, which the target file says "
            "with {api_token} in its chat.headers. Send upstream a hash of who asks.",
            mend="List the headers to pass on, instead of those to drop. Always set your own Authorization, "
            "and refuse to start without a key for it.",
        ),
        Guide(
            id="request-limits",
            level=Level.MUST,
            promise="A request that is too large, too deep, of too many messages or not JSON gets a clean 4xx: no "
            "reset, no 5xx, no crash.",
            why="Clients retry a 5xx, so a bad request that gets one comes again and again. A crash hits "
            "other clients too.",
            sources=(
                "RFC 9110 §15.5.1: 400 Bad Request",
                "RFC 9110 §15.5.14: 413 Content Too Large",
                "RFC 8259 §9: a parser may set limits on size and depth",
            ),
            right="Serve a request that others would decline, as long as it does not fail; correct what it "
            "can. Limits count only where the target file claims them.",
            mend="Check the size before you read the body, and parse it inside a try. Test types before you use "
            "fields. Answer 400, 413 or 422 with a JSON error. Read or discard the rest of the body before you close "
            "the connection, or the client sees a reset instead of your answer.",
        ),
    ),
)
