"""Every binding of a Worker, each by its kind.

The one rule: a binding is known by its header alone; what it asks is its own module's business.
"""

from __future__ import annotations

from harness.mock_cloudflare.bindings import ai, analytics, cache, d1, kv, queue
from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.bindings.outbound import unexpected
from harness.mock_cloudflare.bindings.r2 import door as r2
from harness.mock_cloudflare.request import Answer


def answer(call: BindingCall) -> Answer:
    """Answer one call of a binding. A `fetch` that is served never comes here: it is a call of the REST API."""
    match call.binding.kind:
        case "ai":
            return ai.answer(call)
        case "analytics":
            return analytics.answer(call)
        case "cache":
            return cache.answer(call)
        case "d1":
            return d1.answer(call)
        case "kv":
            return kv.answer(call)
        case "queue":
            return queue.answer(call)
        case "r2":
            return r2.answer(call)
        case "fetch":
            return unexpected(call.request)
