"""Mistakes in what is carried: values, parts, fields and statuses that change on their way."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="spends-the-request",
        sentence="A second attempt or a fallback starts from a request that the first one has changed.",
        mends="Copy the client's request, all the way down, for every attempt.",
        presupposes=("retry", "fallback_model"),
        best=("retry.after-500", "fallback.used", "retry.after-503"),
        made_by=(
            "mutant:spent-by-the-first-attempt",
            "mutant:fallback-without-tools",
            "mutant:question-asked-twice",
            "mutant:usage-wished-for-once",
            "proxy:spends-the-request",
            "proxy:asks-twice-in-one",
            "proxy:wishes-once",
        ),
    ),
    Mistake(
        id="shares-requests",
        sentence="Something of one caller's request stays behind and goes into the next one's.",
        mends="Hold nothing of a request in module scope or in a default argument.",
        best=("requests.nothing-of-anothers",),
        made_by=("mutant:rules-of-everybody", "mutant:parameters-left-behind", "proxy:one-list-for-all"),
    ),
    Mistake(
        id="tells-credentials-upstream",
        sentence="The client's own credentials go upstream, in a header or in the body.",
        mends="Name the headers that travel on, set your own Authorization, and name callers by a hash.",
        best=("requests.credentials-stay",),
        made_by=("mutant:caller-named-by-token", "proxy:tells-who-asks"),
    ),
    Mistake(
        id="counts-unasked",
        sentence="Streams end with a chunk without choices that counts tokens, although nobody asked for it.",
        mends="Take out the usage chunk that you asked for yourself, unless the client wants one.",
        best=("streaming.plain",),
        made_by=("mutant:usage-for-everybody", "proxy:counts-for-all"),
    ),
    Mistake(
        id="changes-statuses",
        sentence="A refusal of upstream reaches the client with a status of another class.",
        mends="Keep 4xx, 5xx and 429 apart: client libraries decide by them whether to ask again.",
        best=("errors.bad-request", "errors.out-of-capacity"),
        made_by=("mutant:refusals-are-our-fault", "mutant:limits-told-as-outages", "proxy:always-our-fault"),
    ),
    Mistake(
        id="loses-fields-of-answers",
        sentence="Fields of an answer beside its text are lost or overwritten: log probabilities, refusals, details.",
        mends="Copy deltas and messages whole; when you join chunks, append lists and join texts.",
        best=("requests.off-and-nought", "cache.stream-then-json", "cache.json-then-stream"),
        made_by=(
            "mutant:last-logprobs-win",
            "mutant:hit-without-logprobs",
            "mutant:hit-without-refusal",
            "mutant:refusal-kept-to-itself",
            "mutant:lists-overwritten",
            "mutant:usage-without-details",
            "proxy:text-and-tools",
        ),
    ),
)
