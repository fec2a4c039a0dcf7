"""What a target holds on to: memory, descriptors and upstream calls go back to where they were."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="resources",
    title="What a target holds on to",
    about="Memory, descriptors and upstream calls go back to where they were.",
    guides=(
        Guide(
            id="no-leak",
            level=Level.MUST,
            promise="Memory, descriptors, tasks and upstream calls return to where they were.",
            why="A leak of a kilobyte per request is an outage every few days, and always under load.",
            sources=("edgeproof: no-leak",),
            right="Keep pooled connections, warmed-up memory, and a cache up to its bound.",
            mend="Close upstream responses on every way out, errors and clients that left included. Remove listeners "
            "and timers at the end of a request. Bound every map that is filled by requests.",
        ),
    ),
)
