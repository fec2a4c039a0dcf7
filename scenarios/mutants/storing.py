"""Defects in how answers are stored and coded: R2, NDJSON, captures of what flows by, codings, known beginnings.

The one rule: each is a mistake that a proxy was seen to make, or that its authors nearly made.
"""

from __future__ import annotations

from typing import Final

from scenarios.mutants.mutant import Mutant

_ORIGIN: Final = "streaming-cache"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        id="bucket-down-is-fatal",
        defect="An error of R2 fails the request.",
        area="R2",
        invariant="binding-down-survived",
        cases=("bucket.read-fails",),
        seam="cache.r2:R2Tier.get",
    ),
    Mutant(
        id="bucket-waited-for",
        defect="A read of R2 has no timeout of its own.",
        area="R2",
        invariant="binding-slow-bounded",
        cases=("bucket.read-without-an-answer",),
        seam="cache.r2:R2Tier._timeout_s",
    ),
    Mutant(
        id="beginning-of-another-question",
        defect="The beginning of the last answer goes out first, whatever was asked.",
        area="cache",
        invariant="no-cross-talk",
        cases=("concurrency.stream-after-stream",),
        seam="cache.beginnings:Beginnings.ahead",
    ),
    Mutant(
        id="lines-forgotten-in-the-cache",
        defect="A cached answer is streamed as events, even to clients that read only NDJSON.",
        area="cache",
        invariant="cache-stream-form",
        cases=("cache.lines-then-lines",),
        seam="http.app:Front._give_stored",
    ),
    Mutant(
        id="coding-of-the-last-client",
        defect="An answer comes in the coding that the client before it could read.",
        area="clients",
        invariant="coding-varies",
        cases=("cache.coding-of-each-client",),
        seam="http.codings:chosen",
    ),
    Mutant(
        id="coding-without-vary",
        defect="A compressed answer does not say that it depends on Accept-Encoding.",
        area="clients",
        invariant="coding-varies",
        cases=("cache.coding-of-each-client",),
        seam="http.codings:vary",
    ),
    Mutant(
        id="stream-read-before-it-is-passed",
        defect="An answer is read to its end for the cache before any of it is passed on.",
        area="pace",
        invariant="not-buffered",
        cases=("streaming.first-token-at-once",),
        seam="origin.passing:next_block",
        target=_ORIGIN,
    ),
    Mutant(
        id="cut-capture-kept",
        defect="A captured stream is stored when its connection ends cleanly, even if the answer did not.",
        area="cache",
        invariant="cache-never-bad",
        cases=("cache.not-cut-by-its-limit",),
        seam="origin.keeper:is_whole",
        target=_ORIGIN,
    ),
    Mutant(
        id="cut-lines-kept",
        defect="A captured stream of NDJSON is stored although it stopped inside a line.",
        area="cache",
        invariant="cache-never-bad",
        cases=("cache.not-cut-lines",),
        seam="origin.wholeness:_stream",
        target=_ORIGIN,
    ),
    Mutant(
        id="captures-unbounded",
        defect="Captures have no bound, and are not let go when their streams end.",
        area="cache",
        invariant="cache-bounded",
        cases=("cache.bounded",),
        seam="origin.capture:Capture.add",
        target=_ORIGIN,
    ),
    Mutant(
        id="capture-without-its-caller",
        defect="The key of a captured answer leaves out whose it is.",
        area="isolation",
        invariant="cache-isolated",
        cases=("cache.callers-apart-for-streams",),
        seam="origin.passing:owner_of",
        target=_ORIGIN,
    ),
)
