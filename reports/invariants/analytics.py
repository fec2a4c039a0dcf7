"""What is counted of a caller's usage, and what counting may cost: nothing."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="analytics",
    title="Analytics",
    about="A proxy counts what its callers use. The numbers must be correct, and counting must delay nobody.",
    guides=(
        Guide(
            id="analytics-true",
            level=Level.MUST,
            promise="Each answer is counted once: for its caller, under its model, with its tokens, and as a hit where "
            "it came from the cache.",
            why="Bills, quotas and hit rates are made of these numbers. One that is wrong is noticed a month later and "
            "cannot be corrected.",
            sources=(
                "Cloudflare docs: Workers Analytics Engine, get started",
                "Cloudflare docs: Workers Analytics Engine, SQL API (sampling)",
                "edgeproof's own rule: analytics-true",
            ),
            right="Count requests that failed or whose client left, or leave them out. Report the tokens that a hit "
            "saved, or none. Report in `waiting` what is still to be counted. Answer with an error when there are no "
            "numbers.",
            mend="Make one point of each answer when it is over, of values that belong to that answer alone. Never "
            "make one for an attempt at upstream, and never write a point again whose write may have succeeded.",
        ),
        Guide(
            id="analytics-aside",
            level=Level.MUST,
            promise="Counting that is slow, broken or down costs no client its answer and delays none.",
            why="No client asked to be counted. A proxy that waits for its numbers is as slow and as often down as the "
            "place where it keeps them.",
            sources=(
                "Cloudflare docs: Workers Analytics Engine, get started (writeDataPoint returns at once)",
                "edgeproof's own rule: analytics-aside",
            ),
            right="Lose the numbers, and say how many.",
            mend="Put each point into a queue and write it from a task of its own, with a time limit. Let no exception "
            "of a write reach a request.",
        ),
        Guide(
            id="drops-told",
            level=Level.SHOULD,
            promise="What could not be counted is reported, and no more waits to be counted than is claimed.",
            why="Numbers that are too small look like a quiet day. A queue without a bound takes the memory of the "
            "proxy while the place behind it is down.",
            sources=("edgeproof's own rule: drops-told",),
            right="Drop the oldest or the newest. Report a number that may have been written as dropped, too.",
            mend="Give the queue a bound. Count what does not fit and what is not known to be written, and report "
            "it in `dropped`, beside the numbers.",
        ),
    ),
)
