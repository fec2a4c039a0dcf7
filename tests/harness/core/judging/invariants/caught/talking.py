"""Breaches in conversations and over WebSockets."""

from __future__ import annotations

from harness.core.observed.history import ClientEnd
from harness.core.target.claims import Capabilities
from harness.core.target.sessions import Sessions
from tests.harness.core.histories import OTHER, client, request, stream, upstream, view
from tests.harness.core.judging.invariants.caught.shapes import Example

_SESSIONS = Sessions(header="X-Conversation", websocket="/socket")
_CLAIMS = Capabilities(streaming=True, sessions=_SESSIONS)

TALKING: dict[str, Example] = {
    "conversation-kept": (
        lambda: view(
            [client(stream("Blue."), label="first", talk="t"), client(stream("Red."), at=2.0, nonce=OTHER, talk="t")],
            [upstream(stream("Blue.")), upstream(stream("Red."), at=2.1, nonce=OTHER, body=request(OTHER))],
            claims=_CLAIMS,
        ),
        "ask: upstream was not told what was asked before in its conversation",
    ),
    "websocket-true": (
        lambda: view(
            client(method="GET", socket="s", talk="t", end=ClientEnd.REFUSED, problem="answered with status 404"),
            claims=_CLAIMS,
        ),
        "ask: no WebSocket at /socket: answered with status 404",
    ),
}
