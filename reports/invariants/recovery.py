"""Asking again: retries, circuit breaker and fallback do what the target file claims, and no more."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="recovery",
    title="Asking again",
    about="Retries, circuit breaker and fallback do what the target file claims, and no more.",
    guides=(
        Guide(
            id="retry-recovers",
            level=Level.MUST,
            promise="Where retries are claimed, a failure that a retry would have fixed does not reach the client.",
            why="Short upstream failures are normal. A claim of retries promises that clients do not see them.",
            sources=(
                "RFC 9110 §9.2.2: idempotent methods",
                "RFC 9112 §9.3.1: retrying requests",
                "Cloudflare docs: AI Gateway, retries",
            ),
            right="Give up when the deadline would not leave time for another attempt, when Retry-After asks for a "
            "long wait, or when its breaker is open.",
            mend="Retry connection errors, 500, 502, 503 and 504 (and 429 and 408 where you claim them) while nothing "
            "has been sent to the client. Count attempts, not retries: max_attempts = 3 means three calls.",
        ),
        Guide(
            id="openings-retried",
            level=Level.SHOULD,
            promise="A stream that fails before its first event is retried, where retries or a fallback are claimed.",
            why="A 200 says only that upstream has begun. When its first event is an error, or none comes, the client "
            "has nothing yet, and another attempt costs it nothing.",
            sources=(
                "RFC 9110 §9.2.2: idempotent methods",
                "Cloudflare docs: AI Gateway, retries",
                "Cloudflare docs: AI Gateway, fallbacks",
            ),
            right="Pass on the status as soon as it is known, although that cannot be undone: so this is at "
            "most non-strict.",
            mend="Read upstream's first event before you answer with 200. When it is an error, treat the attempt like "
            "one that was refused.",
        ),
        Guide(
            id="retry-bounded",
            level=Level.MUST,
            promise="Never more attempts than claimed.",
            why="Retries multiply load at the worst moment. Two layers with three attempts each turn one call into "
            "nine.",
            sources=("RFC 9110 §10.2.3: Retry-After", "edgeproof's own rule: retry-bounded"),
            right="Make the claimed number of attempts for each model, and follow a redirect.",
            mend="Retry in one layer only: turn off the retries of the HTTP client or the SDK, or count them in. Say "
            "the whole number in retry.max_attempts.",
        ),
        Guide(
            id="no-retry-of-client-errors",
            level=Level.MUST,
            promise="A request that upstream rejected as invalid is not retried.",
            why="It will be rejected again. The client waits longer for the same error, and each attempt counts "
            "against a limit.",
            sources=("RFC 9110 §15.5: client errors", "Cloudflare docs: Workers AI errors"),
            right="Retry 408, 409, 421 (as `fetch` does by itself), 425 and 429, and every status that the target "
            "file names; resend a request after correcting it.",
            mend="Decide by status, not by whether an exception was raised. Many libraries raise for both 4xx and 5xx.",
        ),
        Guide(
            id="no-retry-after-first-byte",
            level=Level.MUST,
            promise="Once the client has part of an answer, the request is not retried.",
            why="A second attempt writes another answer. Glued to the first half, it makes a text that no model wrote.",
            sources=("edgeproof's own rule: no-retry-after-first-byte", "RFC 9110 §9.2.2: idempotent methods"),
            right="Retry freely before the first piece has gone out; ask two upstreams at once and take the faster.",
            mend="Note that the first piece was sent, and from then on let errors end the answer. Wrap only the call "
            "up to the first event in the retry logic, not the whole stream.",
        ),
        Guide(
            id="backoff",
            level=Level.SHOULD,
            promise="Attempts are spaced.",
            why="Immediate attempts hit the same outage and add to it; later ones find upstream recovered.",
            sources=("Cloudflare docs: AI Gateway, retries (backoff)",),
            right="Choose any spacing, with or without jitter; follow a Retry-After of zero at once.",
            mend="Wait between attempts: some 100 ms, then twice as long each time, with jitter.",
        ),
        Guide(
            id="honours-retry-after",
            level=Level.SHOULD,
            promise="Retry-After is honoured.",
            why="Upstream has said when to come back. Earlier attempts fail and may prolong the block.",
            sources=("RFC 9110 §10.2.3: Retry-After",),
            right="Not retry at all and pass the header on, or wait longer.",
            mend="Read Retry-After as seconds and as a date. Wait at least that long, or give up at once when the "
            "deadline is nearer.",
        ),
        Guide(
            id="breaker-opens",
            level=Level.MUST,
            promise="After the claimed number of failures in a row, upstream is left alone for the claimed time.",
            why="A breaker keeps clients from waiting for what will fail, and lets upstream recover. One that never "
            "opens is only a claim.",
            sources=("edgeproof's own rule: breaker-opens, as [capabilities.circuit_breaker] claims it",),
            right="Count for each model or for all together, and count rarer errors or not; 500, 502, 503, 504 and "
            "lost connections count everywhere.",
            mend="Count failures of attempts in one place that all requests share. Reset the count on success only. "
            "Check the breaker before every attempt, including retries.",
        ),
        Guide(
            id="breaker-recovers",
            level=Level.MUST,
            promise="Once the claimed time is over and upstream has recovered, requests are served again.",
            why="A breaker that stays open turns a short upstream failure into a long outage of yours.",
            sources=("edgeproof's own rule: breaker-recovers, as [capabilities.circuit_breaker] claims it",),
            right="Let a single request through first, and the others when it has succeeded.",
            mend="Open it for a fixed time from the failure that opened it; do not prolong it with requests that were "
            "declined. Release the probe when its client leaves or its answer breaks, or no request will ever be "
            "let through again.",
        ),
        Guide(
            id="fallback-used",
            level=Level.MUST,
            promise="When the model fails for good, the claimed fallback model is asked.",
            why="A claimed fallback promises an answer from a smaller model instead of an error.",
            sources=(
                "Cloudflare docs: AI Gateway, fallbacks",
                "edgeproof's own rule: capabilities.fallback_model in the target file",
            ),
            right="Decide for itself about 429 and rare errors, pass on a Retry-After, and skip the fallback when the "
            "deadline leaves no time.",
            mend="Call the fallback after the retries and while the breaker is open, for lost connections as well as "
            "for statuses. Do it before the first piece has gone out.",
        ),
        Guide(
            id="fallback-not-sticky",
            level=Level.MUST,
            promise="The fallback serves the request that needed it; the next one asks the first model again.",
            why="One failure must not move all users to the smaller model until the next restart.",
            sources=("edgeproof's own rule: fallback-not-sticky", "Cloudflare docs: AI Gateway, fallbacks"),
            right="Go to the fallback at once while its breaker for the first model is open, or while Retry-After "
            "lasts.",
            mend="Choose the model for each request. Do not write the fallback into shared settings or into the "
            "request that is kept.",
        ),
    ),
)
