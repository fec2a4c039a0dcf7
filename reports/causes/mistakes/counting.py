"""Mistakes in counting what callers use."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="counts-in-the-way",
        sentence="An answer waits until it is counted, or fails because that failed.",
        mends="Put each number into a bounded queue, and write it from a task of its own, behind the answer.",
        best=("analytics.write-without-an-answer", "analytics.write-fails", "analytics.write-reset"),
        made_by=("mutant:point-written-at-once", "mutant:lost-point-fails-answers"),
    ),
    Mistake(
        id="counts-what-was-not",
        sentence="Usage is counted otherwise than it was: for another caller, twice, or with other tokens.",
        mends="Make one number of each answer when it is over, of values that belong to that answer alone.",
        best=(
            "analytics.json-and-streams",
            "analytics.two-callers",
            "analytics.retried",
            "analytics.cache-hit",
        ),
        made_by=(
            "mutant:counted-by-attempts",
            "mutant:tokens-of-the-one-before",
            "mutant:hits-are-misses",
            "mutant:counted-for-the-first-caller",
        ),
    ),
    Mistake(
        id="loses-numbers-in-silence",
        sentence="Numbers that are lost, wait without end, or cannot be read look like usage that never was.",
        mends="Count what is dropped, give the queue a bound, and answer with an error where numbers cannot be read.",
        best=("analytics.queue-full", "analytics.numbers-cannot-be-read"),
        made_by=("mutant:drops-in-silence", "mutant:queue-without-a-bound", "mutant:no-numbers-are-zero"),
    ),
)
