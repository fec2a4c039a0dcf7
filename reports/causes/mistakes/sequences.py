"""Mistakes that show at the third step: after a hit, a probe, a first event, or a while without text."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="hits-renew-ages",
        sentence="Each cache hit restarts the TTL of an answer, so a popular one never expires.",
        mends="Count an answer's age from when upstream gave it. Never write an answer back because it was read.",
        presupposes=("cache",),
        best=("cache.age-counts-from-the-answer", "cache.age-counts-from-the-stream"),
        made_by=("mutant:hit-makes-young-again", "proxy:renewed-by-hits"),
    ),
    Mistake(
        id="takes-silence-of-text-for-silence",
        sentence="The idle limit counts from the last text, so a stream of tool arguments or reasoning is cut.",
        mends="Reset the idle timer with every byte that upstream sends, where it is read.",
        best=("streaming.slow-tool-call",),
        made_by=("mutant:idle-until-text", "proxy:idle-until-text"),
    ),
    Mistake(
        id="bills-what-came-to-nothing",
        sentence="The reported cost of an answer grows with the attempts it took.",
        mends="Compute the cost once, from the usage of the answer that the client gets.",
        presupposes=("cost_header",),
        best=("billing.attempts-cost-once",),
        made_by=("mutant:attempts-billed", "proxy:bills-attempts"),
    ),
    Mistake(
        id="takes-a-status-for-an-answer",
        sentence="A stream with status 200 counts as begun although its first event is an error, so it is not retried.",
        mends="Read the first event before you answer; treat an error in it like a refusal.",
        presupposes=("retry", "fallback_model"),
        best=("retry.after-an-error-as-the-first-event", "fallback.used-after-an-error-as-the-first-event"),
        made_by=("mutant:first-event-not-looked-at", "proxy:begins-at-the-head"),
    ),
)
