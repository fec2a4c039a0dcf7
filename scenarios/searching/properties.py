"""What the property suite promises, as cases that go by a name: the searches that it makes.

The one rule: such a case holds no steps of its own; what was played is told by the failures that were found, each of
which is a case with all its steps.
"""

from __future__ import annotations

from typing import Final

from scenarios.case import Case


def _search(name: str, promise: str, focus: str, *needs: str) -> Case:
    return Case(
        id=f"properties.{name}",
        promise=promise,
        reference="edgeproof's own rule: every invariant",
        focus=(focus,),
        needs=needs,
    )


PAIRS: Final = _search(
    "pairs", "Every fault, at every place, meets every state of the cache, and no invariant breaks.", "no-laundering"
)
SEARCH: Final = _search("search", "Whatever requests and faults come together, no invariant breaks.", "no-laundering")
CACHE: Final = _search(
    "cache-walk",
    "Whatever is asked, and when, the cache does what its plain model does.",
    "cache-hit-equal",
    "cache",
)
UPSTREAM: Final = _search(
    "upstream-walk", "However upstream fails and recovers, calls come as the plain model has them.", "retry-bounded"
)
BREAKER: Final = _search(
    "breaker-walk",
    "Whatever becomes of a probe, behind the next rest upstream is asked again, as the plain model has it.",
    "breaker-recovers",
    "circuit_breaker",
)
RATE: Final = _search(
    "rate-walk", "Requests beyond the limit are declined, those within it are not.", "request-limits", "rate_limit"
)

SEARCHES: Final = (PAIRS, SEARCH, CACHE, UPSTREAM, BREAKER, RATE)
"""Every search, in the order in which they are told."""
