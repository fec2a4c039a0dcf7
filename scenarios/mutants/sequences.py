"""Defects that take three steps to show: what is kept after a hit, a breaker after its probe, a stream that lives on.

The one rule: each is a mistake that a proxy was seen to make, or that its authors nearly made.
"""

from __future__ import annotations

from scenarios.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        id="hit-makes-young-again",
        defect="Each hit stores the answer again, so a popular one never expires.",
        area="expiry",
        invariant="cache-expires",
        cases=("cache.age-counts-from-the-answer",),
        seam="http.app:Front._give_stored",
    ),
    Mutant(
        id="hit-used-up",
        defect="A streamed hit empties the cached answer itself, so the next one finds nothing.",
        area="cache",
        invariant="cache-hit-equal",
        cases=("cache.json-stream-json",),
        seam="service:ChatService.cached",
    ),
    Mutant(
        id="kept-without-a-reason",
        defect="A stream that ended with [DONE] is cached, even without an answer and a finish reason.",
        area="cache",
        invariant="cache-never-bad",
        cases=("cache.not-an-answer-without-an-answer",),
        seam="answers.completions:_whole",
    ),
    Mutant(
        id="key-of-the-first-message",
        defect="The cache key holds only the first message of a conversation.",
        area="cache key",
        invariant="cache-key-complete",
        cases=("cache.conversation-of-three-turns",),
        seam="requests:_cache_key",
    ),
    Mutant(
        id="probe-left-and-lost",
        defect="A probe whose client leaves is never released, and no other is let through.",
        area="breaker",
        invariant="breaker-recovers",
        cases=("breaker.probe-left",),
        seam="upstream.breaker:Permit.release",
    ),
    Mutant(
        id="probe-refused-and-lost",
        defect="A probe that upstream rejects as invalid is never released.",
        area="breaker",
        invariant="breaker-recovers",
        cases=("breaker.probe-refused",),
        seam="upstream.retry:Attempts._once",
    ),
    Mutant(
        id="failed-probe-leaves-it-half-open",
        defect="A failed probe starts no new rest, so every later request is let through.",
        area="breaker",
        invariant="breaker-opens",
        cases=("breaker.probe-fails",),
        seam="upstream.breaker:Breaker.count_failure",
    ),
    Mutant(
        id="opens-once",
        defect="A breaker that has recovered does not open a second time.",
        area="breaker",
        invariant="breaker-opens",
        cases=("breaker.opens-a-second-time",),
        seam="upstream.breaker:Breaker.count_failure",
    ),
    Mutant(
        id="idle-until-text",
        defect="Only text resets the idle timer, so a long tool call is taken for silence.",
        area="endings",
        invariant="long-stream-lives",
        cases=("streaming.slow-tool-call",),
        seam="upstream.sources:LiveSource._pull",
    ),
    Mutant(
        id="error-without-a-field",
        defect="An error inside a stream is written as a line of JSON without `data:`, and the stream is ended.",
        area="endings",
        invariant="error-surfaced",
        cases=("endings.error-object-late",),
        seam="http.relay:_end_abnormally",
    ),
    Mutant(
        id="attempts-billed",
        defect="The cost of an answer is multiplied by the attempts it took, those that were refused included.",
        area="requests",
        invariant="cost-true",
        cases=("billing.attempts-cost-once",),
        seam="http.app:Front._cost",
    ),
    Mutant(
        id="first-event-not-looked-at",
        defect="A 200 is passed on before its first event is read, so an error in it is not asked for again.",
        area="retry",
        invariant="openings-retried",
        cases=("retry.after-an-error-as-the-first-event",),
        seam="service:ChatService._opening",
    ),
)
