"""Mistakes in what is asked of upstream: requests, limits, retries, breaker and fallback."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="passes-on-part-of-requests",
        sentence="Upstream is not asked what was asked: parameters, parts, early turns, falsy values, numbers or key "
        "order are lost.",
        mends="Pass the client's JSON on and change only what you must, instead of picking fields and reading values "
        "into other types; mind `omitempty` and `if value`; refuse what is too long or unknown instead of leaving "
        "it out.",
        best=(
            "requests.temperature-and-top-p",
            "requests.system-message",
            "requests.off-and-nought",
            "requests.images",
            "requests.response-format",
            "requests.sixty-turns",
        ),
        made_by=(
            "mutant:parameters-not-passed-on",
            "mutant:length-overruled",
            "mutant:tools-not-passed-on",
            "mutant:system-message-dropped",
            "mutant:last-twenty-messages",
            "mutant:text-parts-first-only",
            "proxy:drops-parameters",
            "proxy:knows-the-old-limit",
            "proxy:stops-by-lists-alone",
            "mutant:newer-limit-unknown",
            "mutant:one-model-for-all",
            "mutant:stop-as-a-word-dropped",
            "proxy:drops-system",
            "mutant:falsy-taken-for-missing",
            "mutant:inner-false-taken-for-missing",
            "proxy:tests-for-truth",
            "mutant:pictures-become-words",
            "mutant:attachments-left-out",
            "mutant:names-left-out",
            "mutant:first-part-of-the-rules",
            "mutant:text-beside-calls-dropped",
            "proxy:takes-the-first-rule",
            "proxy:calls-eat-text",
            "mutant:result-of-the-last-call-only",
            "mutant:half-characters-dropped",
            "proxy:sees-no-pictures",
            "mutant:keys-sorted",
            "mutant:numbers-as-text",
            "mutant:arguments-through-doubles",
            "proxy:sorts-keys",
            "proxy:rereads-arguments",
        ),
    ),
    Mistake(
        id="checks-no-limits",
        sentence="Requests, or messages on a WebSocket, over the claimed limits are not refused with a clean error.",
        mends="Count bytes, depth and messages while reading, and answer 413 or 400; do not just hang up. Close a "
        "WebSocket with code 1009, or answer with an error.",
        best=("limits.a-little-too-large", "limits.a-little-too-deep", "limits.too-many-messages"),
        made_by=(
            "mutant:size-not-checked",
            "mutant:size-before-unpacking",
            "mutant:large-request-reset",
            "mutant:depth-not-checked",
            "mutant:messages-not-counted",
            "mutant:dropped-without-a-code",
            "mutant:any-size-on-a-socket",
        ),
    ),
    Mistake(
        id="stumbles-over-bad-requests",
        sentence="A malformed request ends in an internal error, or goes upstream, instead of being refused.",
        mends="Validate the body before using it, and answer 400 with what is wrong.",
        best=("limits.plain-text", "limits.body-null", "limits.role-missing"),
        made_by=("mutant:bad-json-is-our-fault", "proxy:surprised"),
    ),
    Mistake(
        id="does-not-retry",
        sentence="Retries are claimed, but failures that a retry would fix are not retried.",
        mends="Retry connection errors and 5xx before the first byte, and check that retries are switched on.",
        best=("retry.after-500-with-no-fallback-left", "retry.after-reset-with-no-fallback-left", "retry.after-503"),
        made_by=(
            "mutant:never-again",
            "mutant:reset-not-retried",
            "proxy:never-retries",
            "proxy:gives-up-dead-connections",
        ),
    ),
    Mistake(
        id="retries-too-often",
        sentence="There are more attempts than claimed, for example because two layers both retry.",
        mends="Retry in one place only, and count the first attempt.",
        best=("retry.bounded", "retry.bounded-on-a-stream"),
        made_by=("mutant:one-too-many", "proxy:retries-often"),
    ),
    Mistake(
        id="retries-client-errors",
        sentence="Requests that upstream rejected as invalid are retried, which cannot help.",
        mends="Retry only connection errors, 408, 429 and 5xx; pass other 4xx on at once.",
        best=("retry.not-of-a-bad-request", "errors.bad-request"),
        made_by=("mutant:bad-request-asked-again", "proxy:retries-everything"),
    ),
    Mistake(
        id="retries-in-mid-stream",
        sentence="A broken stream is retried after the client has received part of it, so two answers are mixed.",
        mends="After the first byte has gone out, report the error; never retry or fall back.",
        best=("retry.not-behind-the-first-token-after-reset", "fallback.not-behind-the-first-token"),
        made_by=(
            "mutant:asked-again-in-the-middle",
            "mutant:fallback-in-the-middle",
            "proxy:resumes-streams",
        ),
    ),
    Mistake(
        id="retries-too-soon",
        sentence="The next attempt comes at once, or before the time that `Retry-After` asked for.",
        mends="Wait between attempts, longer each time and with jitter, and at least as long as `Retry-After` says.",
        best=("retry.spaced", "retry.waits-as-told"),
        made_by=(
            "mutant:no-pause-between",
            "mutant:told-to-wait-and-did-not",
            "proxy:never-waits",
            "proxy:knows-better",
        ),
    ),
    Mistake(
        id="breaker-never-opens",
        sentence="The circuit breaker never opens, so a dead upstream is asked again and again.",
        mends="Check that every failure reaches the breaker's counter, and that nothing resets it in between.",
        best=("breaker.opens",),
        made_by=("mutant:never-opens", "proxy:never-opens"),
    ),
    Mistake(
        id="breaker-never-closes",
        sentence="An open circuit breaker never closes again, or not once its probe is refused or abandoned.",
        mends="Let one probe through after the rest and settle it in a `finally`: a success, a failure, or neither, "
        "which lets the next one try; check the unit of the rest.",
        best=(
            "breaker.recovers",
            "breaker.probe-refused",
            "breaker.probe-left",
        ),
        made_by=(
            "mutant:open-for-good",
            "mutant:probe-never-settled",
            "proxy:never-closes",
            "mutant:probe-left-and-lost",
            "mutant:probe-refused-and-lost",
            "proxy:loses-its-probe",
        ),
    ),
    Mistake(
        id="breaker-counts-wrong-things",
        sentence="The circuit breaker miscounts: client errors, clients that left or old failures open it, a failed "
        "probe does not.",
        mends="Count upstream's own failures in a row and nothing else; forget them after a success, and begin a new "
        "rest with each failed probe.",
        best=(
            "breaker.not-by-client-errors",
            "breaker.not-by-clients-that-leave",
            "breaker.not-by-single-failures",
            "breaker.probe-fails",
        ),
        made_by=(
            "mutant:client-errors-counted",
            "mutant:leavers-counted",
            "mutant:never-forgives",
            "mutant:failed-probe-leaves-it-half-open",
            "mutant:opens-once",
            "proxy:half-open-for-good",
        ),
    ),
    Mistake(
        id="does-not-fall-back",
        sentence="The fallback model is claimed, but not asked when the first one fails.",
        mends="Check that the fallback is wired up, and that lost connections count as failures as well.",
        best=("fallback.used", "fallback.used-after-resets"),
        made_by=(
            "mutant:fallback-never-asked",
            "mutant:fallback-not-for-resets",
            "proxy:never-falls-back",
        ),
    ),
    Mistake(
        id="stays-on-the-fallback",
        sentence="After the fallback model has answered once, it answers everything.",
        mends="Choose the model anew for each request; keep no `current model` on the proxy.",
        best=("fallback.not-sticky",),
        made_by=("mutant:fallback-for-good", "proxy:stays-on-fallback"),
    ),
)
