"""Mistakes in how answers are stored in R2, and coded for clients."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="cannot-do-without-its-bucket",
        sentence="A bucket that fails or is silent costs clients their answers.",
        mends="Race every read of R2 against a short timer, and treat whatever goes wrong as a miss.",
        presupposes=("r2",),
        best=("bucket.read-fails", "bucket.read-without-an-answer"),
        made_by=("mutant:bucket-down-is-fatal", "mutant:bucket-waited-for"),
    ),
    Mistake(
        id="codes-for-somebody-else",
        sentence="An answer's coding follows from another client's Accept-Encoding, or a cache between may think so.",
        mends="Choose the coding for each request, and send Vary: Accept-Encoding wherever the choice was made.",
        presupposes=("cache",),
        best=("cache.coding-of-each-client", "clients.kept-for-a-browser"),
        made_by=("mutant:coding-of-the-last-client", "mutant:coding-without-vary"),
    ),
)
