"""Conversations over a WebSocket: asked, answered piece by piece, gone on with elsewhere, and ended in order.

The one rule: what is said over a socket is judged as what is said by HTTP is; here is what a socket has besides.
"""

from __future__ import annotations

from fault_injection.families import client, http, sse_ends
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

_KEPT = "conversation-kept"
_TRUE = "websocket-true"
_SOCKET = ("sessions.websocket",)
_NEXT = Step(label="next", question="s", talk="t", socket="next", pause="moment")
_ANSWERED = (Expect(step="next", seen="answered", invariant=_TRUE),)

CASES: tuple[Case, ...] = (
    Case(
        id="websocket.two-turns",
        promise="Questions over one WebSocket are answered piece by piece, each behind the turns before it.",
        reference="RFC 6455 §6; edgeproof's own rule: conversation-kept",
        focus=(_TRUE, _KEPT, "no-loss", "not-buffered"),
        needs=_SOCKET,
        steps=(
            Step(label="first", prompt=Prompt(tokens=8, pace_s=0.03), talk="t", socket="s"),
            Step(label="second", question="r", talk="t", socket="s", pause="moment"),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant=_TRUE),
            Expect(step="second", seen="answered", invariant=_TRUE),
        ),
    ),
    Case(
        id="websocket.and-http",
        promise="A conversation can be gone on with by HTTP and by WebSocket in turn.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT, _TRUE),
        needs=_SOCKET,
        steps=(
            Step(label="http", stream=False, talk="t"),
            Step(label="socket", question="r", talk="t", socket="s", pause="moment"),
            Step(label="http-again", question="s", talk="t", pause="moment"),
        ),
        expect=(
            Expect(step="socket", seen="answered", invariant=_KEPT),
            Expect(step="http-again", seen="answered", invariant=_KEPT),
        ),
    ),
    Case(
        id="websocket.connected-again",
        promise="A client that closes its WebSocket and opens another finds its conversation there.",
        reference="RFC 6455 §7.2.3; edgeproof's own rule: conversation-kept",
        focus=(_KEPT, _TRUE),
        needs=_SOCKET,
        steps=(
            Step(label="first", talk="t", socket="s"),
            Step(label="goodbye", talk="t", act="leave", socket="s"),
            _NEXT,
        ),
        expect=_ANSWERED,
    ),
    Case(
        id="websocket.ping-and-goodbye",
        promise="A ping comes back, and so does the goodbye at the end.",
        reference="RFC 6455 §5.5.1, §5.5.2",
        focus=(_TRUE,),
        needs=_SOCKET,
        steps=(
            Step(label="ping", talk="t", act="ping", socket="s"),
            Step(label="first", talk="t", socket="s"),
            Step(label="ping-again", talk="t", act="ping", socket="s"),
            Step(label="goodbye", talk="t", act="leave", socket="s"),
        ),
        expect=(Expect(step="first", seen="answered", invariant=_TRUE),),
    ),
    Case(
        id="websocket.heard-by-others",
        promise="Whoever is connected to a conversation hears the answers in it, and nobody else does.",
        reference="Cloudflare docs: Durable Objects, use WebSockets (broadcast)",
        focus=(_TRUE, "not-shared"),
        needs=("sessions.broadcast",),
        steps=(
            Step(label="hears", talk="t", act="listen", socket="second"),
            Step(label="outside", talk="v", act="listen", socket="outside"),
            Step(label="first", prompt=Prompt(tokens=8, pace_s=0.03), talk="t", socket="s"),
            Step(label="second", question="r", talk="t", socket="s", pause="moment"),
            Step(label="ping", talk="t", act="ping", socket="s", pause="moment"),
        ),
        expect=(Expect(step="second", seen="answered", invariant=_TRUE),),
    ),
    Case(
        id="websocket.heard-by-another-caller",
        promise="A caller who connects to another caller's conversation hears nothing of it.",
        reference="OWASP API Security Top 10: API1, broken object level authorization",
        focus=("not-shared", _TRUE),
        needs=("sessions.broadcast", "sessions.per_identity"),
        steps=(
            Step(label="mine", talk="t", act="listen", socket="mine"),
            Step(label="theirs", talk="t", act="listen", socket="theirs", identity="b"),
            Step(label="first", prompt=Prompt(tokens=8, pace_s=0.03), talk="t", socket="s"),
            Step(label="ping", talk="t", act="ping", socket="s", pause="moment"),
        ),
        expect=(Expect(step="first", seen="answered", invariant=_TRUE),),
    ),
    Case(
        id="websocket.cut-in-mid-answer",
        promise="An answer that breaks off is sent as an error and not as whole, and the conversation goes on.",
        reference="edgeproof's own rule: no-laundering",
        focus=("no-laundering", _KEPT, _TRUE),
        needs=_SOCKET,
        steps=(
            Step(label="first", question="r", talk="t", socket="s"),
            Step(label="cut", talk="t", socket="s", pause="moment"),
            _NEXT,
        ),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5),)),),
        expect=(Expect(step="cut", seen="failed", invariant="no-laundering"), *_ANSWERED),
    ),
    Case(
        id="websocket.upstream-error",
        promise="A question that upstream refuses is answered with an error, and the next one is answered.",
        reference="edgeproof's own rule: websocket-true",
        focus=(_TRUE, _KEPT),
        needs=_SOCKET,
        steps=(Step(label="failed", talk="t", socket="s"), _NEXT),
        upstream=(Upstream(faults=(http.Status(code=500),)),),
        expect=(Expect(step="failed", seen="failed", invariant="no-laundering"), *_ANSWERED),
    ),
    Case(
        id="websocket.client-that-left",
        promise="A client that closes its WebSocket in mid-answer ends the upstream call, and can go on later.",
        reference="edgeproof's own rule: cancel-propagates",
        focus=("cancel-propagates", _KEPT),
        needs=_SOCKET,
        steps=(
            Step(
                label="leaving",
                prompt=Prompt(tokens=80, pace_s=0.05),
                talk="t",
                socket="s",
                faults=(client.AbortAfter(events=4),),
            ),
            Step(label="next", question="s", talk="t", pause="moment"),  # others may hear the rest over a socket
        ),
        expect=_ANSWERED,
    ),
    Case(
        id="websocket.too-large-a-message",
        promise="A message over the limit is declined with an error or a close code, and the conversation goes on.",
        reference="RFC 6455 §7.4.1 (1009); Cloudflare docs: Workers runtime APIs, WebSockets",
        focus=(_TRUE, _KEPT),
        needs=("sessions.websocket", "limits.max_request_bytes"),
        steps=(
            Step(label="first", question="r", talk="t", socket="s"),
            Step(
                label="large", talk="t", socket="s", faults=(client.HugeRequest(size_bytes=2_000_000),), pause="moment"
            ),
            _NEXT,
        ),
        expect=_ANSWERED,
    ),
    Case(
        id="websocket.not-json",
        promise="A message that is no JSON is declined with an error or a close code, and the conversation goes on.",
        reference="RFC 6455 §7.4.1 (1003, 1007)",
        focus=(_TRUE, _KEPT),
        needs=_SOCKET,
        steps=(
            Step(label="first", question="r", talk="t", socket="s"),
            Step(label="nonsense", talk="t", socket="s", faults=(client.NotJson(),)),
            _NEXT,
        ),
        expect=_ANSWERED,
    ),
    Case(
        id="websocket.slow-reader",
        promise="A client that does not read its WebSocket for a while holds up nobody else, and still gets all.",
        reference="edgeproof's own rule: not-buffered",
        focus=("no-loss", "not-buffered", _TRUE),
        needs=_SOCKET,
        steps=(
            Step(
                label="slow",
                prompt=Prompt(tokens=200, token_bytes=4096),
                talk="t",
                socket="slow",
                faults=(client.SlowReader(bytes_per_s=10_000_000, pause_s=0.6),),
            ),
            Step(label="quick", question="r", prompt=Prompt(tokens=8, pace_s=0.03), talk="v", socket="s", start="with"),
        ),
        expect=(
            Expect(step="slow", seen="answered", invariant="no-loss"),
            Expect(step="quick", seen="answered", invariant=_TRUE),
        ),
    ),
)
