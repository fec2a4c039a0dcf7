"""What a claim means: which failures every target that claims retries, a breaker or a fallback must act on.

The one rule: a target chooses its failures. Only what every such claim means is held as `must`; the rest is at most
`should`, unless the target file says more.
"""

from __future__ import annotations

from typing import Final

from harness.core.judging.upstream.view import UpstreamView
from harness.core.target.claims import Retry
from reports.record import Level

USUAL_FAILURES: Final = frozenset({500, 502, 503, 504})
"""Upstream failed, in the words of RFC 9110 §15.6; 501 and 505 say that asking again is of no use."""
USUALLY_RETRIED: Final = USUAL_FAILURES | {408, 429}
"""What every claim of retries means besides a lost connection. 520 to 530 are Cloudflare's own, and many a client
library knows nothing of them."""


def is_usual_failure(call: UpstreamView) -> bool:
    """Whether every breaker counts the call as a failure, and every fallback steps in: a usual 5xx, or no answer."""
    return call.status is None or call.status in USUAL_FAILURES


def is_retried(retry: Retry, status: int) -> bool:
    """Whether a claim of retries surely means this status."""
    return status in (USUALLY_RETRIED if retry.statuses is None else retry.statuses)


def retry_level(retry: Retry, call: UpstreamView) -> Level | None:
    """Return how much it weighs not to ask again after a failed call; None where the claim leaves it out.

    A list of statuses says all that is retried besides a lost connection. Without one, other server errors may be.
    """
    if call.status is None or is_retried(retry, call.status):
        return Level.MUST
    return Level.SHOULD if retry.statuses is None and call.status >= 500 else None
