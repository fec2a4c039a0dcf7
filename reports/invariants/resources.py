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
            why="A leak of a kilobyte per request is an outage every few days, and always at peak load.",
            sources=("edgeproof's own rule: no-leak",),
            right="Keep pooled connections, warmed-up memory, and a cache up to its bound.",
            mend="Close upstream responses on every path, including errors and clients that left. Remove listeners "
            "and timers at the end of a request. Limit every map that requests fill.",
        ),
        Guide(
            id="memory-bounded",
            level=Level.MUST,
            promise="What one client leaves unread fills no more than an eighth of a Worker's memory.",
            why="On the edge an isolate has 128 MiB for all its clients. When a few slow ones fill it, it is killed, "
            "and every answer in progress is lost.",
            sources=("Cloudflare docs: Workers, Limits, memory", "edgeproof's own rule: memory-bounded"),
            right="Hold what is in transit, and cache answers up to a limit of its own.",
            mend="Do not hand a stream to two readers with `tee()` when one of them may be slow: what the quick one "
            "has read is kept for the other. Keep a copy for the cache as it passes, up to a bound, in a "
            "`TransformStream` or in `pull`, and follow the client's pace only.",
        ),
    ),
)
