"""Defects of counting: numbers that are wrong, in the way, or lost without a word.

The one rule: each is a mistake that a proxy with usage reports was seen to make, or that its authors nearly made.
"""

from __future__ import annotations

from scenarios.mutants.mutant import Mutant

_TRUE = "analytics-true"
_ASIDE = "analytics-aside"
_TOLD = "drops-told"


def _counting(name: str, defect: str, invariant: str, case: str, seam: str) -> Mutant:
    return Mutant(
        id=name,
        defect=defect,
        area="analytics",
        invariant=invariant,
        cases=(f"analytics.{case}",),
        seam=f"usage.{seam}",
    )


MUTANTS: tuple[Mutant, ...] = (
    _counting(
        "point-written-at-once",
        "A point is written before its answer is given.",
        _ASIDE,
        "write-without-an-answer",
        "writer:PointWriter.offer",
    ),
    _counting(
        "lost-point-fails-answers",
        "Once a point was lost, telling the next one raises in the request that it is about.",
        _ASIDE,
        "write-fails",
        "writer:PointWriter.tell",
    ),
    _counting(
        "counted-by-attempts",
        "An answer is counted once for each attempt at upstream.",
        _TRUE,
        "retried",
        "writer:PointWriter.tell",
    ),
    _counting(
        "tokens-of-the-one-before",
        "A point has the tokens of the answer before it.",
        _TRUE,
        "json-and-streams",
        "writer:point_of",
    ),
    _counting(
        "hits-are-misses",
        "An answer from the cache is counted as one from upstream.",
        _TRUE,
        "cache-hit",
        "writer:point_of",
    ),
    _counting(
        "counted-for-the-first-caller",
        "All answers are counted for the caller who came first.",
        _TRUE,
        "two-callers",
        "writer:point_of",
    ),
    _counting(
        "drops-in-silence",
        "Points for which there was no room, or that could not be written, are forgotten.",
        _TOLD,
        "queue-full",
        "writer:PointWriter._drop",
    ),
    _counting(
        "queue-without-a-bound",
        "While points cannot be written, any number of them waits.",
        _TOLD,
        "queue-full",
        "writer:PointWriter._has_room",
    ),
    _counting(
        "no-numbers-are-zero",
        "Numbers that cannot be read are reported as none.",
        _TRUE,
        "numbers-cannot-be-read",
        "reports:Reports._rows",
    ),
)
