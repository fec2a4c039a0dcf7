"""Breaches in what is counted of a caller's usage."""

from __future__ import annotations

import json

from fault_injection.reply import Reply, json_reply
from harness.core.observed.history import UpstreamExchange, Visit
from harness.core.target.analytics import Analytics
from harness.core.target.claims import Capabilities
from tests.harness.core.histories import MAIN, Fields, client, failure, stream, upstream, view, visit
from tests.harness.core.judging.invariants.caught.shapes import Example

CLAIMS = Capabilities(streaming=True, analytics=Analytics(report="/v1/usage", queue=2))


def report(requests: int = 0, *, model: str = MAIN, dropped: int = 0, waiting: int = 0, **numbers: Fields) -> Reply:
    """Return what a target says it has counted of one model."""
    row = {"model": model, "requests": requests, **numbers}
    return json_reply(json.dumps({"rows": [row], "dropped": dropped, "waiting": waiting}).encode())


def reports(before: Reply, after: Reply, *, at: float = 5.0) -> tuple[Visit, ...]:
    """Return what was said before all questions, and what behind them."""
    return visit("usage", before, at=-2.0, talk=""), visit("usage", after, at=at, talk="")


def write(fault: str = "http.status(code=500)", *, at: float = 0.3, **more: Fields) -> UpstreamExchange:
    """Return a write that met a fault."""
    body = b"{}"
    return upstream(
        failure(500), at=at, nonce="", surface="analytics.write", path="/", body=body, faults=(fault,), **more
    )


COUNTING: dict[str, Example] = {
    "analytics-true": (
        lambda: view(
            client(stream("Blue.")), upstream(stream("Blue.")), claims=CLAIMS, visits=reports(report(3), report(3))
        ),
        "usage: 1 of 1 whole answers are not counted",
    ),
    "analytics-aside": (
        lambda: view(client(failure(500)), [upstream(stream("Blue.")), write(at=0.05)], claims=CLAIMS),
        "ask: counting failed, and so did the request: 500",
    ),
    "drops-told": (
        lambda: view(
            client(stream("Blue.")),
            [upstream(stream("Blue.")), write()],
            claims=CLAIMS,
            visits=reports(report(3), report(3)),
        ),
        "usage: 1 whole answers are neither counted nor told as dropped",
    ),
}
