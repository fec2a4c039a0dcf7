"""Mistakes in what is asked of upstream: requests, limits, retries, breaker and fallback."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="passes-on-part-of-requests",
        sentence="Part of a request does not reach upstream: parameters, tools, system messages or early turns.",
        mends="Copy the client's body and change only what you must, instead of picking known fields; refuse what is "
        "too long instead of cutting it.",
        best=("requests.temperature-and-top-p", "requests.system-message", "requests.tools", "requests.sixty-turns"),
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
        ),
    ),
    Mistake(
        id="checks-no-limits",
        sentence="Requests over the claimed limits are not refused with a clean error.",
        mends="Count bytes, depth and messages while reading, and answer 413 or 400; do not just hang up.",
        best=("limits.a-little-too-large", "limits.a-little-too-deep", "limits.too-many-messages"),
        made_by=(
            "mutant:size-not-checked",
            "mutant:size-before-unpacking",
            "mutant:large-request-reset",
            "mutant:depth-not-checked",
            "mutant:messages-not-counted",
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
        sentence="Retries are claimed, but failures that asking again would mend are not retried.",
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
        sentence="There are more attempts than claimed, as when two layers both retry.",
        mends="Retry in one place only, and count the first attempt.",
        best=("retry.bounded", "retry.bounded-on-a-stream"),
        made_by=("mutant:one-too-many", "proxy:retries-often"),
    ),
    Mistake(
        id="retries-client-errors",
        sentence="Requests that upstream refused as wrong are sent again, which cannot help.",
        mends="Retry only connection errors, 408, 429 and 5xx; pass other 4xx on at once.",
        best=("retry.not-of-a-bad-request", "errors.bad-request"),
        made_by=("mutant:bad-request-asked-again", "proxy:retries-everything"),
    ),
    Mistake(
        id="retries-in-mid-stream",
        sentence="A broken stream is asked for again after the client has had part of it, so two answers are mixed.",
        mends="After the first byte has gone out, tell the error; never retry or fall back.",
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
        sentence="An open circuit breaker never closes again.",
        mends="Let one probe through after the rest, settle it whatever comes of it, and check the unit of the rest.",
        best=("breaker.recovers",),
        made_by=("mutant:open-for-good", "mutant:probe-never-settled", "proxy:never-closes"),
    ),
    Mistake(
        id="breaker-counts-wrong-things",
        sentence="The circuit breaker counts what is no failure of upstream: client errors, clients that left, "
        "old failures.",
        mends="Count only upstream's own failures, and forget them after a success.",
        best=(
            "breaker.not-by-client-errors",
            "breaker.not-by-clients-that-leave",
            "breaker.not-by-single-failures",
        ),
        made_by=("mutant:client-errors-counted", "mutant:leavers-counted", "mutant:never-forgives"),
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
