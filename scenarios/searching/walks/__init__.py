"""Walks: rule-based state machines that put a case together step by step.

The one rule: a walk only decides what is asked and what goes wrong; it is played as a whole when it is over, so that it
can be shrunk, kept as a file and played again like any other case. What ought to come of it, the plain models say.
"""

from scenarios.searching.walks.breaker import BreakerWalk
from scenarios.searching.walks.cache import CacheWalk
from scenarios.searching.walks.rate import RateWalk
from scenarios.searching.walks.upstream import UpstreamWalk
from scenarios.searching.walks.walk import Walk

__all__ = ["BreakerWalk", "CacheWalk", "RateWalk", "UpstreamWalk", "Walk"]
