"""Mistakes in counting what callers use."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="counts-in-the-way",
        sentence="An answer waits until it is counted, or fails because that failed.",
        mends="Put each number into a bounded queue, and write it from a task of its own, behind the answer.",
        presupposes=("analytics",),
        best=("analytics.write-without-an-answer", "analytics.write-fails", "analytics.write-reset"),
        made_by=("mutant:point-written-at-once", "mutant:lost-point-fails-answers"),
    ),
    Mistake(
        id="counts-wrongly",
        sentence="Usage is reported otherwise than it was: of other callers, twice, with other tokens, or not at all.",
        mends="Count each answer once when it is over, from values that belong to it alone. Bound the queue, count "
        "what is dropped, and answer with an error where numbers cannot be read.",
        presupposes=("analytics",),
        best=("analytics.json-and-streams", "analytics.two-callers", "analytics.retried", "analytics.queue-full"),
        made_by=(
            "mutant:counted-by-attempts",
            "mutant:tokens-of-the-one-before",
            "mutant:hits-are-misses",
            "mutant:counted-for-the-first-caller",
            "mutant:drops-in-silence",
            "mutant:queue-without-a-bound",
            "mutant:no-numbers-are-zero",
        ),
    ),
)
